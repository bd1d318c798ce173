// What needs no schema at hand.

import type { BuiltinName, BuiltinResources, Input, Resource } from "./documents.js";
import type { Expression, Filter } from "./filter.js";
import type { CodeInfo, Issue, ScimError } from "./issues.js";
import type { LimitedOptions, PatchOptions, ProfileName, ProjectOptions, ValidateOptions } from "./options.js";
import type { ExplainedResult, Inverse, PatchExplanation, PatchMessage, PatchResult } from "./patch.js";
import type { Schema } from "./schema.js";
import type { SchemaChanges, SchemaDocument, SchemaDocuments } from "./schemas.js";

/**
 * A built-in schema by name, or one of your own.
 *
 * @example
 * const devices = schema({
 *   resourceType: { name: "Device", endpoint: "/Devices", schema: "urn:example:Device" },
 *   schemas: [{ id: "urn:example:Device", name: "Device", attributes: [{ name: "serial", required: true }] }],
 * });
 */
export function schema<N extends BuiltinName>(name: N): Schema<BuiltinResources[N]>;
export function schema<R = Resource>(documents: SchemaDocuments | Uint8Array | ArrayBuffer | Schema<R>): Schema<R>;

/**
 * {@link Schema.validate} by the built-in schema that the document names in `schemas`.
 *
 * @example
 * validate({ ...rosa, userName: "" })[0].code; // "empty-value"
 */
export function validate(value: Input, options?: ValidateOptions): Issue[];
/**
 * {@link Schema.isValid} by the built-in schema that the document names.
 *
 * @example
 * isValid({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], displayName: "Bakers" }); // true
 */
export function isValid(value: Input, options?: ValidateOptions): boolean;
/**
 * {@link Schema.filter} on the schema of option `schema` (default `User`).
 *
 * @example
 * filter('displayName sw "B"', { schema: "Group" }).matches({ displayName: "Bakers" }); // true
 */
export function filter(
  text: string,
  options?: LimitedOptions & { schema?: BuiltinName | Schema<unknown> | SchemaDocuments },
): Filter;
/**
 * {@link Schema.applyPatch} by the built-in schema that the document names.
 *
 * @example
 * const { resource, changed } = applyPatch(rosa, patch);
 * resource.emails[0].value; // "rosa@south.test"
 */
export function applyPatch<R = Resource>(
  value: Input<R>,
  patch: Input<PatchMessage>,
  options: PatchOptions & { explain: true },
): ExplainedResult<R>;
export function applyPatch<R = Resource>(
  value: Input<R>,
  patch: Input<PatchMessage>,
  options?: PatchOptions,
): PatchResult<R>;
/**
 * {@link Schema.explainPatch} by the built-in schema that the document names.
 *
 * @example
 * explainPatch(rosa, patch).operations[0].effect; // "replaced"
 */
export function explainPatch(
  value: Input,
  patch: Input<PatchMessage>,
  options?: Omit<PatchOptions, "explain">,
): PatchExplanation;
/**
 * {@link Schema.inverse} by the built-in schema that the document names.
 *
 * @example
 * inverse(rosa, patch).lost; // []
 */
export function inverse(value: Input, patch: Input<PatchMessage>, options?: LimitedOptions): Inverse;
/**
 * {@link Schema.diff} by the built-in schema that the old document names.
 *
 * @example
 * diff(rosa, { ...rosa, title: null }); // null
 */
export function diff<R = Resource>(old: Input<R>, value: Input<R>): PatchMessage | null;
/**
 * {@link Schema.project} by the built-in schema that the document names.
 *
 * @example
 * project(rosa, { attributes: ["userName"] }); // { schemas: rosa.schemas, userName: "rosa" }
 */
export function project<R = Resource>(value: Input<R>, options?: ProjectOptions): Partial<R>;
/**
 * What is wrong or doubtful in a schema document, or in a resource type with its schemas: errors
 * make it unreadable, warnings are contradictions, advice is what is missing for people.
 *
 * @example
 * lintSchema({ id: "urn:acme:Badge", attributes: [{ name: "pin", mutability: "writeOnly" }] });
 * // […, { code: "readable-secret", pointer: "/attributes/0", … }]
 */
export function lintSchema(document: Input<SchemaDocument | SchemaDocuments>): Issue[];
/**
 * What a new version of a schema document means for clients of the old one.
 *
 * @example
 * const badge = { id: "urn:acme:Badge", attributes: [{ name: "pin" }] };
 * schemaChanges(badge, { ...badge, attributes: [] }).verdict; // "breaking"
 *
 * @throws {ScimError} if one is no schema, with pointers below `/old` and `/new`
 */
export function schemaChanges(old: Input<SchemaDocument>, value: Input<SchemaDocument>): SchemaChanges;
/**
 * {@link Schema.filterFrom} for users, or for the schema that is named or given.
 *
 * @example
 * filterFrom({ not: { attribute: "title", operator: "pr" } }).toString(); // "not (title pr)"
 */
export function filterFrom(
  expression: Input<Expression>,
  options?: LimitedOptions & { schema?: BuiltinName | Schema<unknown> | SchemaDocuments },
): Filter;
/**
 * The place of an issue in the text that it was found in, as two lines: the text, and carets below
 * the place. `undefined` for an issue without a span. It shows the text, with the values in it.
 *
 * @example
 * const text = "title pr adn";
 * try {
 *   filter(text);
 * } catch (error) {
 *   console.log(caret(error.issues[0], text));
 *   // title pr adn
 *   //          ^^^
 * }
 */
export function caret(issue: Pick<Issue, "span">, text: string | Uint8Array): string | undefined;
/**
 * The catalogue of codes.
 *
 * @example
 * codes().find((row) => row.code === "too-large").status; // 413
 */
export function codes(): CodeInfo[];
/**
 * The profiles by name, and the quirks of each: what it tolerates, and how it writes.
 *
 * @example
 * profiles().strict; // []
 */
export function profiles(): Record<ProfileName, string[]>;
/** The version of the package. */
export const version: string;

/**
 * In the browser: fetches and starts the engine; call it once, before everything else. In Node
 * the engine is there already, so that the same code runs in both.
 *
 * @example
 * await load();
 * isValid(rosa); // true
 */
export function load(source?: unknown): Promise<void>;
