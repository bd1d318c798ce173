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

// An operation on a store with its password hashed; those of several resources may each have one.
// All else stays the text that it is: numbers may have more digits than JavaScript has.
export async function hashed(native, text, ahead) {
  const parts = [];
  let from = 0;
  for (const { at, end } of places(text)) {
    parts.push(text.slice(from, at), JSON.stringify(await hashOf(native, JSON.parse(text.slice(at, end)), ahead)));
    from = end;
  }
  return parts.join("") + text.slice(from);
}

// Where passwords stand in an operation, which has them beside the resource.
function places(text) {
  const wanted = text.startsWith('{"op":"insertMany"') ? 3 : 1;
  const found = [];
  let depth = 0;
  let named = false;
  for (const { 0: token, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    else if (named) found.push({ at: index, end: index + token.length });
    named = depth === wanted && token === '"password"' && text[index + token.length] === ":";
  }
  return found;
}

// Takes a hash that was made ahead, or makes one.
async function hashOf(native, password, ahead) {
  return ahead?.get(password)?.pop() ?? native.hashPassword(password);
}
