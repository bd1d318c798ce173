/**
 * scimforge: schemas, validation, filters, PATCH, projection, an in-memory server and migration
 * for SCIM 2.0 (RFC 7643, RFC 7644). One engine, the same in Node and in the browser.
 *
 * Documents go in as an object, as JSON text (a string) or as JSON bytes. Objects are read
 * through `JSON.stringify`: a `Date` is its ISO text, `undefined` and functions are absent,
 * `NaN` is `null`. What has no JSON at all (an object that contains itself, a `bigint`) throws a
 * {@link ScimError} with code `foreign-value`.
 *
 * @module
 */

export * from "./types/documents.js";
export * from "./types/schemas.js";
export * from "./types/issues.js";
export * from "./types/options.js";
export * from "./types/patch.js";
export * from "./types/filter.js";
export * from "./types/standard.js";
export * from "./types/schema.js";
export * from "./types/functions.js";
export * from "./types/migration.js";
export * from "./types/server.js";
