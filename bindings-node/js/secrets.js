// Passwords are hashed before a transaction begins: that takes long, and others wait for it.

import { gate } from "./gate.js";

// No more than a Bulk may have operations; the rest is hashed where it is written.
const MOST = 1000;

// Node has few threads, and stores and files need some of them.
const hashing = gate(2);

// The first passwords in a body, each with a hash for every time it is there; `undefined` without
// one. Those of one body are hashed one after the other, so that many of them keep nobody else's
// waiting.
export async function hashedAhead(native, body, most = MOST) {
  const found = passwordsIn(body, most);
  if (found.length === 0) return undefined;
  const ahead = new Map();
  for (const password of found) {
    const hash = await hashing(() => native.hashPassword(password));
    if (ahead.has(password)) ahead.get(password).push(hash);
    else ahead.set(password, [hash]);
  }
  return ahead;
}

// Takes a hash that was made ahead, or makes one.
export async function hashOf(native, password, ahead) {
  return ahead?.get(password)?.pop() ?? native.hashPassword(password);
}

// Whatever may be one: what is none is hashed in vain.
function passwordsIn(body, most) {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  if (!/password/i.test(text)) return [];
  const found = [];
  const left = [parsed(text)];
  while (left.length > 0 && found.length < most) {
    const value = left.pop();
    if (typeof value !== "object" || value === null) continue;
    const { path, value: changed } = value;
    if (typeof path === "string" && /(^|:)password$/i.test(path) && typeof changed === "string") found.push(changed);
    for (const [name, member] of Object.entries(value)) {
      if (/(^|:)password$/i.test(name) && typeof member === "string") found.push(member);
      else left.push(member);
    }
  }
  return found.slice(0, most);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    // The engine says what is wrong with it.
    return undefined;
  }
}
