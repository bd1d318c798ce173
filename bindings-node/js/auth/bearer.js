// Bearer tokens that the server gave out itself.

import { timingSafeEqual } from "node:crypto";

import { after } from "../after.js";
import { checkPrincipal, instant, realmOf } from "./principal.js";
import { tokenFile } from "./token-file.js";
import { digestBytes, digestIn } from "./token.js";

// `used` is told of a token at most this often.
const BETWEEN_USES = 60_000;
const MOST_REMEMBERED = 10_000;

// `tokens`: digest to principal, `{ sub, tenant?, permissions?, expiresAt? }`. `file`: a file of
// these, as the command `token` writes it. `lookup(digest)` for those that live in a database. `used(digest, time)` for a list of tokens nobody needs.
export function bearer({ tokens = {}, file, lookup, used, realm = "scim" } = {}) {
  const known = candidates(tokens);
  if (known.length === 0 && file === undefined && lookup === undefined) {
    throw new TypeError("bearer: give `tokens`, `file` or `lookup`; without any nobody could sign in");
  }
  const filed = file === undefined ? undefined : tokenFile(file, candidates);
  const note = used === undefined ? () => {} : sometimes(used);

  return {
    // Those that are known now; a database may know others.
    principals: () => [...known, ...(filed?.() ?? [])].map(({ principal }) => ({ where: "bearer", principal })),
    challenge: `Bearer ${realmOf(realm)}`,
    schemes: [
      {
        type: "oauthbearertoken",
        name: "Bearer token",
        description: "A token in the Authorization header",
        specUri: "https://www.rfc-editor.org/info/rfc6750",
        primary: true,
      },
    ],
    authenticate({ authorization, headers }) {
      const token = bearerToken(authorization);
      if (token === undefined) return undefined;
      const digest = digestIn(headers, token);
      const bytes = digestBytes(digest);
      // Every token is compared, so that the time says nothing about which one is close.
      let found;
      for (const list of filed === undefined ? [known] : [known, filed()]) {
        for (const candidate of list) {
          if (timingSafeEqual(candidate.digest, bytes)) found = candidate;
        }
      }
      const passed = (principal, expires) => {
        if (expires <= Date.now()) return undefined;
        note(digest);
        return { credential: digest, ...principal };
      };
      if (found !== undefined) return passed(found.principal, found.expires);
      return after(lookup?.(digest), (principal) => {
        if (principal === undefined || principal === null) return undefined;
        checkPrincipal("bearer: lookup", principal);
        return passed(principal, instant("bearer: lookup", principal.expiresAt));
      });
    },
  };
}

function candidates(tokens) {
  return Object.entries(tokens).map(([digest, principal]) => ({
    digest: digestBytes(digest),
    principal: checkPrincipal("bearer", principal),
    expires: instant("bearer", principal.expiresAt),
  }));
}

export function bearerToken(authorization) {
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization ?? "")?.[1];
}

function sometimes(used) {
  const last = new Map();
  // A list of tokens that cannot be written keeps nobody out.
  const tell = async (digest, time) => used(digest, time);
  return (digest) => {
    const now = Date.now();
    if (now - (last.get(digest) ?? -Infinity) < BETWEEN_USES) return;
    if (last.size >= MOST_REMEMBERED) last.clear();
    last.set(digest, now);
    tell(digest, new Date(now)).catch((error) => process.emitWarning(error));
  };
}
