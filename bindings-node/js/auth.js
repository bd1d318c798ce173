// Who is asking. An authenticator has `authenticate(head)`, which answers a principal or nothing,
// a `challenge` for WWW-Authenticate, and `schemes` for ServiceProviderConfig.

import { createHash, timingSafeEqual } from "node:crypto";

const DIGEST = /^sha256:([0-9a-f]{64})$/;

// The form in which tokens are kept: never the token itself.
export function tokenDigest(token) {
  return `sha256:${hash(token).toString("hex")}`;
}

function hash(token) {
  return createHash("sha256").update(token, "utf8").digest();
}

// `tokens`: digest to principal, `{ sub, tenant?, expiresAt? }`. `lookup(digest)` for those that
// live in a database.
export function bearer({ tokens = {}, lookup, realm = "scim" } = {}) {
  const known = Object.entries(tokens).map(([digest, principal]) => {
    const match = DIGEST.exec(digest);
    if (match === null) {
      throw new TypeError("bearer: a token is given as sha256:<64 hex digits>; tokenDigest(token) makes it");
    }
    return { digest: Buffer.from(match[1], "hex"), principal, expires: instant(principal?.expiresAt) };
  });
  if (known.length === 0 && lookup === undefined) {
    throw new TypeError("bearer: give `tokens` or `lookup`; without either nobody could sign in");
  }

  return {
    challenge: `Bearer realm="${realm.replaceAll(/[\\"]/g, "")}"`,
    schemes: [
      {
        type: "oauthbearertoken",
        name: "Bearer token",
        description: "A token in the Authorization header",
        specUri: "https://www.rfc-editor.org/info/rfc6750",
        primary: true,
      },
    ],
    async authenticate({ authorization }) {
      const token = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization ?? "")?.[1];
      if (token === undefined) return undefined;
      const digest = hash(token);
      // Every token is compared, so that the time says nothing about which one is close.
      let found;
      for (const candidate of known) {
        if (timingSafeEqual(candidate.digest, digest)) found = candidate;
      }
      const principal = found?.principal ?? (await lookup?.(`sha256:${digest.toString("hex")}`));
      const expires = found === undefined ? instant(principal?.expiresAt) : found.expires;
      return expires <= Date.now() ? undefined : (principal ?? undefined);
    },
  };
}

function instant(time) {
  if (time === undefined || time === null) return Infinity;
  const millis = new Date(time).getTime();
  if (Number.isNaN(millis)) throw new TypeError("bearer: `expiresAt` is a Date or an ISO time");
  return millis;
}

// Everybody is let in: for tests, and behind a proxy that has asked already.
export function none() {
  return { challenge: undefined, schemes: [], authenticate: async () => ({}) };
}

// What the handler works with, from what the developer gave.
export function authenticator(given) {
  if (typeof given === "function") return { challenge: 'Bearer realm="scim"', schemes: [], authenticate: given };
  if (typeof given?.authenticate === "function") return { schemes: [], ...given };
  throw new TypeError("createScimHandler: `auth` is bearer({…}), none() or a function of your own");
}
