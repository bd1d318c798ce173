// Schemas, resource types and forms, as documents.

import type { schemaChanges } from "./functions.js";
import type { Schema } from "./schema.js";

/** An attribute of a schema (RFC 7643 section 7). */
export interface AttributeDocument {
  name: string;
  type?: "string" | "boolean" | "decimal" | "integer" | "dateTime" | "binary" | "reference" | "complex";
  multiValued?: boolean;
  description?: string;
  required?: boolean;
  canonicalValues?: string[];
  caseExact?: boolean;
  mutability?: "readOnly" | "readWrite" | "immutable" | "writeOnly";
  returned?: "always" | "never" | "default" | "request";
  uniqueness?: "none" | "server" | "global";
  referenceTypes?: string[];
  subAttributes?: AttributeDocument[];
}

/** A schema as `/Schemas` serves it. */
export interface SchemaDocument {
  schemas?: string[];
  id?: string;
  name?: string;
  description?: string;
  attributes: AttributeDocument[];
}

/** A resource type as `/ResourceTypes` serves it. */
export interface ResourceTypeDocument {
  schemas?: string[];
  id?: string;
  name: string;
  description?: string;
  /** Below the base URL, such as `/Devices`. */
  endpoint: string;
  /** The URI of the main schema. */
  schema: string;
  schemaExtensions?: { schema: string; required?: boolean }[];
}

/** A resource type of your own with its schemas. The built-in schemas need not be given. */
export interface SchemaDocuments {
  resourceType: ResourceTypeDocument;
  schemas?: SchemaDocument[];
}

/** Whether clients of the old version of a schema can stumble over the new one. */
export type Verdict = "compatible" | "breaking";

/** One difference between two versions of a schema. */
export interface SchemaChange {
  /** The attribute, such as `emails.type`; empty for the schema itself. */
  path: string;
  /** A stable word such as `type-changed`. */
  what: string;
  verdict: Verdict;
  /** Why, in one sentence. */
  reason: string;
}

/** From {@link schemaChanges}. */
export interface SchemaChanges {
  /** `breaking` if one of the changes is. */
  verdict: Verdict;
  changes: SchemaChange[];
}

/** A field of a form, from {@link Schema.fields}. */
export interface Field {
  name: string;
  /** The SCIM path, such as `emails.value`. */
  path: string;
  /** The JSON Pointer of the field in a resource. */
  pointer: string;
  type: string;
  multiValued: boolean;
  required: boolean;
  mutability: string;
  returned: string;
  /** Suggestions, not a closed list. */
  canonicalValues?: string[];
  caseExact?: boolean;
  description?: string;
  /** For `<input type>`. */
  inputType?: string;
  /** For `<input autocomplete>`. */
  autocomplete?: string;
  readOnly: boolean;
  /** The sub-attributes. */
  fields?: Field[];
}
