// The native addon.

import { createRequire } from "node:module";

export const native = load();

function load() {
  try {
    return createRequire(import.meta.url)("../scimforge.node");
  } catch (error) {
    const here = `${process.platform}-${process.arch}`;
    throw new Error(`scimforge: the addon does not load on ${here}; @scimforge/browser runs everywhere`, { cause: error });
  }
}
