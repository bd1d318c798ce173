// HTTP Basic (RFC 7617) for clients that know nothing else. Only over TLS.

import { createHmac, randomBytes } from "node:crypto";

import { checkPrincipal, realmOf } from "./principal.js";

// How long a password that was right needs no second look: argon2 is slow on purpose.
const REMEMBERED = 5 * 60_000;
const MOST_REMEMBERED = 1_000;
const MOST_AT_ONCE = 2;
const MOST_WAITING = 64;

// `users`: name to principal with `password`, an argon2id PHC string. `lookup(name)` for those
// that live in a database.
export function basic(native, { users = {}, lookup, realm = "scim" } = {}) {
  const known = new Map(Object.entries(users));
  for (const user of known.values()) checkUser(native, "basic", user);
  if (known.size === 0 && lookup === undefined) {
    throw new TypeError("basic: give `users` or `lookup`; without either nobody could sign in");
  }
  const right = remembered();
  const verify = narrow((phc, password) => native.verifyPassword(phc, password));
  // What names that nobody has are compared with, so that they take as long.
  let nobody;

  return {
    principals: () => [...known.values()].map((principal) => ({ where: "basic", principal })),
    challenge: `Basic ${realmOf(realm)}, charset="UTF-8"`,
    schemes: [
      {
        type: "httpbasic",
        name: "HTTP Basic",
        description: "A name and a password in the Authorization header",
        specUri: "https://www.rfc-editor.org/info/rfc7617",
        primary: true,
      },
    ],
    async authenticate({ authorization }) {
      const given = credentials(authorization);
      if (given === undefined) return undefined;
      const user = known.get(given.name) ?? (await lookup?.(given.name)) ?? undefined;
      if (user === undefined) {
        nobody ??= native.hashPassword(randomBytes(16).toString("base64"));
        await verify(await nobody, given.password);
        return undefined;
      }
      if (!known.has(given.name)) checkUser(native, "basic: lookup", user);
      const { password: phc, ...principal } = user;
      const proof = right.key(given.name, given.password, phc);
      if (!right.has(proof)) {
        if (!(await verify(phc, given.password))) return undefined;
        right.add(proof);
      }
      return { sub: given.name, credential: `basic:${given.name}`, ...principal };
    },
  };
}

function checkUser(native, where, user) {
  checkPrincipal(where, user);
  if (typeof user.password !== "string" || !native.isPasswordHash(user.password)) {
    throw new TypeError(`${where}: \`password\` is an argon2id PHC string; passwordHash(password) makes it`);
  }
}

export function credentials(authorization) {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

// Passwords that were right, under a key that is gone with the process.
function remembered() {
  const secret = randomBytes(32);
  const until = new Map();
  return {
    key: (...parts) => createHmac("sha256", secret).update(JSON.stringify(parts)).digest("base64"),
    has: (proof) => (until.get(proof) ?? 0) > Date.now(),
    add(proof) {
      if (until.size >= MOST_REMEMBERED) until.clear();
      until.set(proof, Date.now() + REMEMBERED);
    },
  };
}

// Guesses wait for each other, and not without end.
function narrow(work) {
  const waiting = [];
  let inside = 0;
  return async (...given) => {
    if (inside < MOST_AT_ONCE) inside += 1;
    else if (waiting.length < MOST_WAITING) await new Promise((go) => waiting.push(go));
    else throw new Error("basic: too many passwords are being checked");
    try {
      return await work(...given);
    } finally {
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}
