// @scimforge/node: the wrapper of `shared.js` over the native addon, and the server.

import { native } from "./addon.js";
import { basic as basicOf } from "./auth/basic.js";
import { createScimHandler as createHandler } from "./http.js";
import { classes } from "./native.js";
import { makeApi } from "./shared.js";

export { bearer } from "./auth/bearer.js";
export { none } from "./auth/index.js";
export { jwt } from "./auth/jwt.js";
export { createToken, tokenDigest } from "./auth/token.js";
export { pgStore } from "./postgres.js";
export { bool, computed, constant, int, joinTable, jsonb, table, text, ts, uuid } from "./postgres/builders.js";
export { core, defineResource } from "./resources.js";
export { conflict, memoryStore, sqliteStore, versionMismatch } from "./stores.js";

export const {
  ScimError,
  Migration,
  MemoryServer,
  schema,
  validate,
  isValid,
  filter,
  filterFrom,
  applyPatch,
  explainPatch,
  inverse,
  diff,
  lintSchema,
  schemaChanges,
  securityEvent,
  project,
  migrate,
  caret,
  codes,
  profiles,
  version,
} = makeApi(classes(native));

export function createScimHandler(settings) {
  return createHandler(native, settings);
}

export function basic(settings) {
  return basicOf(native, settings);
}

// Argon2id, as basic() takes it.
export function passwordHash(password) {
  return native.hashPassword(password);
}

// Whether a password is the one of a hash.
export function passwordMatches(hash, password) {
  return native.verifyPassword(hash, password);
}

// The browser package has to be loaded first; code for both calls this in both.
export async function load() {}
