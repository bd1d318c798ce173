// Access tokens of an authorization server: JWTs, checked with the package `jose`.

import { bearerToken } from "./bearer.js";
import { checkPrincipal, realmOf } from "./principal.js";

const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

// `jwks`: a URL or a document; without it that of the issuer's own metadata. `scopes`: scope to
// permissions; without it scopes are permissions. `tenant`: the claim that names the tenant.
export function jwt({ issuer, audience, jwks, scopes, tenant, subject, profile, algorithms = ALGORITHMS, realm = "scim", jose } = {}) {
  if (typeof issuer !== "string" || issuer === "") throw new TypeError("jwt: `issuer` is the `iss` that tokens have");
  if (typeof audience !== "string" && !Array.isArray(audience)) {
    throw new TypeError("jwt: `audience` is the `aud` that tokens for this server have");
  }
  if (algorithms.some((name) => !ALGORITHMS.includes(name))) {
    throw new TypeError(`jwt: \`algorithms\` are some of ${ALGORITHMS.join(", ")}`);
  }
  const permissionsOf = granting(scopes);
  let keys;

  async function verified(token) {
    const library = jose ?? (await import("jose").catch(missing));
    keys ??= keySet(library, { issuer, jwks }).catch((error) => {
      // The next request asks again.
      keys = undefined;
      throw error;
    });
    const found = await keys;
    try {
      return (await library.jwtVerify(token, found, { issuer, audience, algorithms, requiredClaims: ["exp"] })).payload;
    } catch (error) {
      // What is wrong with a token is the client's; what is wrong with the keys is not.
      if (REFUSALS.has(error?.code)) return undefined;
      throw error;
    }
  }

  return {
    principals: () => [{ where: "jwt", principal: { profile, permissions: Object.values(scopes ?? {}).flat() } }],
    challenge: `Bearer ${realmOf(realm)}`,
    schemes: [
      {
        type: "oauth2",
        name: "OAuth 2.0",
        description: "A JWT access token in the Authorization header",
        specUri: "https://www.rfc-editor.org/info/rfc9068",
        primary: true,
      },
    ],
    async authenticate({ authorization }) {
      const token = bearerToken(authorization);
      if (token === undefined || token.split(".").length !== 3) return undefined;
      const claims = await verified(token);
      if (claims === undefined) return undefined;
      const of = tenant === undefined ? undefined : claims[tenant];
      // A token for no tenant is not one for all.
      if (tenant !== undefined && (typeof of !== "string" || of === "")) return undefined;
      const sub = claims.sub ?? claims.client_id ?? claims.azp;
      const principal = { sub, tenant: of, permissions: permissionsOf(claims), subject: subject?.(claims) ?? undefined, profile };
      return checkPrincipal("jwt", principal);
    },
  };
}

const REFUSALS = new Set([
  "ERR_JWT_EXPIRED",
  "ERR_JWT_CLAIM_VALIDATION_FAILED",
  "ERR_JWT_INVALID",
  "ERR_JWS_INVALID",
  "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
  "ERR_JWKS_NO_MATCHING_KEY",
  "ERR_JWKS_MULTIPLE_MATCHING_KEYS",
  "ERR_JOSE_ALG_NOT_ALLOWED",
  "ERR_JOSE_NOT_SUPPORTED",
]);

function missing(cause) {
  throw new Error("jwt: the package `jose` is not installed; `npm install jose`", { cause });
}

async function keySet(jose, { issuer, jwks }) {
  if (jwks !== undefined && typeof jwks === "object" && !(jwks instanceof URL)) return jose.createLocalJWKSet(jwks);
  const url = jwks ?? (await discovered(issuer));
  return jose.createRemoteJWKSet(new URL(url));
}

// How long the issuer may take, as `jose` has it for the keys.
const MOST_MILLISECONDS = 5000;

// RFC 8414 and OpenID Connect Discovery: the document has to be the issuer's own.
async function discovered(issuer) {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(MOST_MILLISECONDS) });
  const metadata = response.ok ? await response.json() : {};
  if (metadata.issuer !== issuer || typeof metadata.jwks_uri !== "string") {
    throw new Error("jwt: the issuer has no metadata that name it and its keys; give `jwks`");
  }
  return metadata.jwks_uri;
}

function granting(scopes) {
  const table = scopes === undefined ? undefined : new Map(Object.entries(scopes));
  for (const permissions of table?.values() ?? []) checkPrincipal("jwt: scopes", { permissions });
  return ({ scope, scp }) => {
    const given = scope ?? scp ?? [];
    const names = (Array.isArray(given) ? given : String(given).split(" ")).filter((name) => typeof name === "string" && name !== "");
    return table === undefined ? names : names.flatMap((name) => table.get(name) ?? []);
  };
}
