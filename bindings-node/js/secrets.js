// Passwords are hashed before a transaction begins: that takes long, and others wait for it.

// No more than a Bulk may have operations; the rest is hashed where it is written.
const MOST = 1000;

// The passwords in a body, each with a hash for every time it is there; `undefined` without one.
export async function hashedAhead(native, body) {
  const found = passwordsIn(body);
  if (found.length === 0) return undefined;
  const hashes = await Promise.all(found.map((password) => native.hashPassword(password)));
  const ahead = new Map();
  for (const [at, password] of found.entries()) ahead.set(password, [...(ahead.get(password) ?? []), hashes[at]]);
  return ahead;
}

// Takes a hash that was made ahead, or makes one.
export async function hashOf(native, password, ahead) {
  return ahead?.get(password)?.pop() ?? native.hashPassword(password);
}

// Whatever may be one: what is none is hashed in vain.
function passwordsIn(body) {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  if (!/password/i.test(text)) return [];
  const found = [];
  const left = [parsed(text)];
  while (left.length > 0 && found.length < MOST) {
    const value = left.pop();
    if (typeof value !== "object" || value === null) continue;
    const { path, value: changed } = value;
    if (typeof path === "string" && /(^|:)password$/i.test(path) && typeof changed === "string") found.push(changed);
    for (const [name, member] of Object.entries(value)) {
      if (/(^|:)password$/i.test(name) && typeof member === "string") found.push(member);
      else left.push(member);
    }
  }
  return found;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    // The engine says what is wrong with it.
    return undefined;
  }
}
