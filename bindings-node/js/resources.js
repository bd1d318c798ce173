// Resource types put together from their parts.

import { readFileSync } from "node:fs";

import { known } from "./names.js";

const CORE = "urn:ietf:params:scim:schemas:core:2.0";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

// A resource type with the schemas that it uses beside the built-in ones: what `schema()` takes,
// and `resources` of a handler.
class ResourceDefinition {
  constructor(resourceType, schemas) {
    this.resourceType = resourceType;
    this.schemas = schemas;
    Object.freeze(this);
  }

  // The same with more extensions.
  with(...extensions) {
    const read = extensions.map(extension);
    const { schemaExtensions = [], ...rest } = this.resourceType;
    const more = read.map(({ document, required }) => ({ schema: document.id, required }));
    const resourceType = { ...rest, schemaExtensions: [...schemaExtensions, ...more] };
    return new ResourceDefinition(resourceType, [...this.schemas, ...read.map(({ document }) => document).filter(isOwn)]);
  }
}

export const core = Object.freeze({
  User: new ResourceDefinition({ name: "User", endpoint: "/Users", schema: `${CORE}:User` }, []),
  Group: new ResourceDefinition({ name: "Group", endpoint: "/Groups", schema: `${CORE}:Group` }, []),
  EnterpriseUser: Object.freeze({ id: ENTERPRISE }),
});

// `schema` and each of `extensions`: a schema document, or the path of a JSON file with one.
export function defineResource({ name, endpoint = `/${name}s`, schema, extensions = [], ...rest } = {}) {
  if (typeof name !== "string" || name === "") throw new TypeError("defineResource: give the `name`, such as Device");
  for (const key of Object.keys(rest)) known("defineResource", "setting", ["name", "endpoint", "schema", "extensions", "id", "description"], key);
  const main = documentOf("defineResource: `schema`", schema);
  const bare = new ResourceDefinition({ name, endpoint, schema: main.id, ...rest }, isOwn(main) ? [main] : []);
  return extensions.length === 0 ? bare : bare.with(...extensions);
}

// In the engine's words: names and documents of types, and the documents of their schemas.
export function resourcesOf(resources, schemas) {
  if (!Array.isArray(resources)) return { resourceTypes: resources, schemas };
  const made = resources.filter((one) => one instanceof ResourceDefinition).flatMap((one) => one.schemas);
  const known = new Set((schemas ?? []).map(({ id }) => String(id).toLowerCase()));
  // Several types may use one extension.
  const more = made.filter(({ id }) => !known.has(id.toLowerCase()) && known.add(id.toLowerCase()));
  const resourceTypes = resources.map((one) => (one instanceof ResourceDefinition ? one.resourceType : one));
  return { resourceTypes, schemas: more.length === 0 ? schemas : [...(schemas ?? []), ...more] };
}

// A schema document, the path of one, or `{ schema, required }` with either.
function extension(given) {
  const wrapped = typeof given === "object" && given !== null && given.schema !== undefined && given.attributes === undefined;
  const { schema, required = false } = wrapped ? given : { schema: given };
  return { document: documentOf("with: an extension", schema), required };
}

function documentOf(where, given) {
  const document = typeof given === "string" || given instanceof URL ? readDocument(where, given) : given;
  if (typeof document?.id !== "string") throw new TypeError(`${where} is a schema document with its \`id\`, or the path of a JSON file with one`);
  return document;
}

function readDocument(where, path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new TypeError(`${where} cannot be read from ${path}: ${cause.message}`, { cause });
  }
}

// Built-in schemas are known by their URI.
function isOwn({ attributes }) {
  return attributes !== undefined;
}
