// Who asks, as text for the engine. It is mostly who asked before: then the text is the one before.

import { stringify } from "./crossing.js";

export function callers() {
  let last;
  let text;
  return ({ tenant, principal, permissions, subject, profile }) => {
    const caller = { tenant, principal, permissions, subject, profile };
    if (last === undefined || !isSame(last, caller)) {
      text = stringify(caller);
      // What is changed where it stands later is not what was written.
      last = isPlain(caller) ? { ...caller, permissions: [...permissions], subject: subject && { ...subject } } : undefined;
    }
    return text;
  };
}

// What can be compared in less time than it is written.
function isPlain({ permissions, profile }) {
  return Array.isArray(permissions) && (profile === undefined || typeof profile === "string");
}

function isSame(last, caller) {
  return (
    isPlain(caller) &&
    last.tenant === caller.tenant &&
    last.principal === caller.principal &&
    last.profile === caller.profile &&
    last.subject?.type === caller.subject?.type &&
    last.subject?.id === caller.subject?.id &&
    last.permissions.length === caller.permissions.length &&
    last.permissions.every((permission, place) => permission === caller.permissions[place])
  );
}
