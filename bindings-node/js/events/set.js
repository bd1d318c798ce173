// Security Event Tokens (RFC 9967), signed by jose and pushed (RFC 8935).

import { createHash } from "node:crypto";

import { call, stringify } from "../crossing.js";
import { post, receiver } from "./http.js";
import { named, typesOf } from "./settings.js";

const SETTINGS = ["issuer", "audience", "key", "alg", "kid", "url", "authorization", "types", "mode", "name", "jose"];

export function securityEvents(given, kept, native) {
  named("setting of `set`", SETTINGS, given);
  const { url, name } = receiver("`set`", given.url);
  const { issuer, audience, key, authorization, types, mode = kept } = given;
  const { alg = key?.alg, kid = key?.kid } = given;
  if (typeof issuer !== "string") throw new TypeError("events: `set` needs an `issuer`");
  if (audience === undefined) throw new TypeError("events: `set` needs an `audience`");
  if (key === undefined || typeof alg !== "string") throw new TypeError("events: `set` needs a `key` and its `alg`, such as ES256");
  let ready;
  const self = {
    name: `set ${given.name ?? name}`,
    types: typesOf(types),
    mode,
    async deliver(event, { signal }) {
      ready ??= signing(key, alg, given.jose).catch((error) => {
        ready = undefined;
        throw error;
      });
      const { SignJWT, own } = await ready;
      // Another receiver has another; another attempt has the same.
      const jti = createHash("sha256").update(`${self.name}\n${event.id}`).digest("base64url").slice(0, 32);
      const options = { issuer, audience, jti, iat: event.time, mode };
      const claims = JSON.parse(call(() => native.securityEvent(stringify(event), stringify(options))));
      const header = { typ: "secevent+jwt", alg, ...(kid !== undefined && { kid }) };
      const token = await new SignJWT(claims).setProtectedHeader(header).sign(own);
      const headers = {
        "content-type": "application/secevent+jwt",
        accept: "application/json",
        ...(authorization !== undefined && { authorization }),
      };
      await post(url, headers, token, signal);
    },
  };
  return self;
}

async function signing(key, alg, given) {
  const jose = given ?? (await import("jose").catch(missing));
  return { SignJWT: jose.SignJWT, own: key.kty === undefined ? key : await jose.importJWK(key, alg) };
}

function missing(cause) {
  throw new Error("events: the package `jose` is not installed; `npm install jose`", { cause });
}
