// Names that were misspelt, and what was meant.

import { native } from "./addon.js";

// Refuses a name that is none of `names`.
export function known(where, what, names, name, meant) {
  if (names.includes(name)) return;
  const near = meant ?? nearest(name, names);
  const help = near === undefined ? `there are ${names.join(", ")}` : `did you mean \`${near}\`?`;
  throw new TypeError(`${where}: there is no ${what} \`${name}\`; ${help}`);
}

// Near enough for a slip of the pen, as the engine finds it.
export function nearest(name, names) {
  return native.nearest(name, names) ?? undefined;
}
