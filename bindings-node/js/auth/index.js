// Who is asking. An authenticator has `authenticate(head)`, which answers a principal or nothing,
// a `challenge` for WWW-Authenticate, and `schemes` for ServiceProviderConfig.

import { bearer } from "./bearer.js";
import { jwt } from "./jwt.js";

// Everybody is let in, to everything: for tests, and behind a proxy that has asked already.
export function none() {
  return {
    challenge: undefined,
    schemes: [],
    letsAllIn: true,
    authenticate: ({ params }) => ({ permissions: ["scim:*"], tenant: params.tenant }),
  };
}

const WAYS = { bearer, jwt, none };

// What the handler works with, from what the developer gave.
export function authenticator(given) {
  const uncalled = Object.keys(WAYS).find((name) => WAYS[name] === given);
  if (uncalled !== undefined) throw new TypeError(`createScimHandler: \`auth\` is ${uncalled}(…), called; this is the function itself`);
  if (Array.isArray(given) && given.length > 0) return anyOf(given.map(authenticator));
  if (typeof given === "function") return { challenge: 'Bearer realm="scim"', schemes: [], authenticate: given };
  if (typeof given?.authenticate === "function") return { schemes: [], ...given };
  throw new TypeError("createScimHandler: `auth` is bearer({…}), basic({…}), jwt({…}), none(), a function of your own, or an array of them");
}

// The first that knows who asks; only if none does, a failure of one of them counts.
function anyOf(several) {
  const challenges = several.map(({ challenge }) => challenge).filter((challenge) => challenge !== undefined);
  const schemes = several.flatMap(({ schemes }) => schemes);
  return {
    challenge: challenges.length === 0 ? undefined : [...new Set(challenges)].join(", "),
    principals: () => several.flatMap((one) => one.principals?.() ?? []),
    schemes: schemes.map(({ primary, ...scheme }, place) => ({ ...scheme, primary: place === 0 })),
    async authenticate(head) {
      let failure;
      for (const one of several) {
        try {
          const principal = await one.authenticate(head);
          if (principal !== undefined && principal !== null) return principal;
        } catch (error) {
          failure ??= error;
        }
      }
      if (failure !== undefined) throw failure;
      return undefined;
    },
  };
}
