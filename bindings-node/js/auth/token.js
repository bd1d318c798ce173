// Tokens of the server's own: made here, shown once, and kept as a digest.

import { createHash, randomBytes } from "node:crypto";

const DIGEST = /^sha256:([0-9a-f]{64})$/;

// The form in which tokens are kept: never the token itself.
export function tokenDigest(token) {
  if (typeof token !== "string" || token === "") {
    throw new TypeError("tokenDigest: give the token, as a text that is not empty; is its environment variable set?");
  }
  return `sha256:${hash(token).toString("hex")}`;
}

const digests = new WeakMap();

// The digest of the token of a request, made once for its headers.
export function digestIn(headers, token) {
  if (typeof headers !== "object" || headers === null) return tokenDigest(token);
  const known = digests.get(headers);
  if (known?.token === token) return known.digest;
  const digest = tokenDigest(token);
  digests.set(headers, { token, digest });
  return digest;
}

// 256 bits, under a name that scanners for leaked secrets find.
export function createToken() {
  const token = `scim_${randomBytes(32).toString("base64url")}`;
  return { token, digest: tokenDigest(token) };
}

export function hash(token) {
  return createHash("sha256").update(token, "utf8").digest();
}

export function digestBytes(digest) {
  const match = DIGEST.exec(digest);
  if (match === null) {
    // As a key, a variable of the environment that is not set is this text.
    const help = digest === "undefined" ? "this one is undefined: is the variable set that holds it?" : "tokenDigest(token) makes it";
    throw new TypeError(`bearer: a token is given as sha256:<64 hex digits>; ${help}`);
  }
  return Buffer.from(match[1], "hex");
}
