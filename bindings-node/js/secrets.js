// Passwords are hashed before a transaction begins: that takes long, and others wait for it.

import { call } from "./crossing.js";
import { gate } from "./gate.js";

// No more than a Bulk may have operations; the rest is hashed where it is written.
const MOST = 1000;

// Node has few threads, and stores and files need some of them.
const hashing = gate(2);

// The passwords that a request may set, as its engine says, each with a hash for every time it is
// there; `undefined` without one. Those of one request are hashed one after the other, so that many
// of them keep nobody else's waiting.
export async function hashedAhead(native, engine, request, body, env) {
  const found = call(() => engine.passwords(request, body, env));
  if (found.length === 0) return undefined;
  const ahead = new Map();
  for (const password of found.slice(0, MOST)) {
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
