// A compiled schema, on which everything hangs.

import type { Input, Resource } from "./documents.js";
import type { Expression, Filter, ScimDocument, SortOptions } from "./filter.js";
import type { schema } from "./functions.js";
import type { Issue, ScimError } from "./issues.js";
import type {
  EmitOptions,
  EmitPatchOptions,
  EmittedPatch,
  EmittedResource,
  JsonSchemaOptions,
  LimitedOptions,
  PatchOptions,
  ProjectOptions,
  ValidateOptions,
} from "./options.js";
import type { ExplainedResult, Inverse, PatchExplanation, PatchMessage, PatchResult } from "./patch.js";
import type { Field, SchemaDocuments } from "./schemas.js";
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "./standard.js";

/**
 * A resource type with its schemas, compiled. Make it once with {@link schema}.
 *
 * @example
 * const users = schema("User");
 * users.validate({ userName: "rosa" }); // [{ code: "missing-schemas", … }]
 * users.filter('userName sw "ro"').matches(rosa); // true
 */
export interface Schema<R = Resource> extends StandardSchemaV1<unknown, R> {
  /** For libraries that read Standard Schema, with its JSON Schema. */
  readonly "~standard": StandardSchemaV1<unknown, R>["~standard"] & StandardJSONSchemaV1<unknown, R>["~standard"];
  /**
   * Everything that is wrong with a document, in its order. Text that is not JSON is an issue too.
   *
   * @example
   * schema("User").validate({ ...rosa, active: "yes" })[0].pointer; // "/active"
   *
   * @throws {ScimError} for a wrong option, and for a value that is no JSON
   */
  validate(value: Input, options?: ValidateOptions): Issue[];
  /**
   * Whether there is no issue of severity `error`. Stops at the first.
   *
   * @example
   * schema("User").isValid(rosa); // true
   * schema("User").isValid(rosa, { mode: "response" }); // false
   */
  isValid(value: Input, options?: ValidateOptions): boolean;
  /**
   * What is wrong with one field, for validation while someone types.
   *
   * @example
   * const form = { ...rosa, emails: [{ value: "rosa" }], active: "maybe" };
   * schema("User").validateAt(form, ["emails", 0, "value"]).map((issue) => issue.code); // ["invalid-email"]
   */
  validateAt(value: Input, path: (string | number)[] | string, options?: ValidateOptions): Issue[];
  /**
   * The fields of a form.
   *
   * @example
   * const name = schema("User").fields().find((field) => field.path === "userName");
   * name.autocomplete; // "username"
   */
  fields(): Field[];
  /**
   * A JSON Schema for the documents of a mode, in canonical spelling: names in another case and
   * `null` it does not know. It is open, and canonical values are `examples`. `date-time` is the
   * nearest format; a time without zone, which SCIM allows, is not.
   *
   * @example
   * schema("User").toJsonSchema().required; // ["schemas", "userName"]
   */
  toJsonSchema(options?: JsonSchemaOptions): Record<string, unknown>;
  /**
   * A TypeScript module: an interface for the resource and one for each of its parts.
   *
   * @example
   * schema("Group").types().includes("export interface Group {"); // true
   */
  types(): string;
  /**
   * Reads a filter and ties it to this schema.
   *
   * @example
   * schema("Group").filter('members.value eq "u-7"').matches({ members: [{ value: "u-7" }] }); // true
   *
   * @throws {ScimError} with the place in the text
   */
  filter(text: string, options?: LimitedOptions): Filter;
  /**
   * A filter of a tree, as {@link Filter.expression} gives it: no quoting, no pasting of text. What
   * is wrong has its `pointer` into the tree.
   *
   * @example
   * schema("User").filterFrom({ attribute: "userName", operator: "eq", value: typed });
   */
  filterFrom(expression: Input<Expression>, options?: LimitedOptions): Filter;
  /**
   * Applies a PATCH to a copy: the document itself is untouched, also when this throws.
   *
   * @example
   * const { resource, changed } = schema("User").applyPatch(rosa, {
   *   schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
   *   Operations: [{ op: "replace", path: "active", value: false }],
   * });
   */
  applyPatch(value: Input, patch: Input<PatchMessage>, options: PatchOptions & { explain: true }): ExplainedResult<R>;
  applyPatch(value: Input, patch: Input<PatchMessage>, options?: PatchOptions): PatchResult<R>;
  /**
   * The same, with the result as JSON text: `{"resource":…,"changed":…,"trace":…}`.
   *
   * @example
   * JSON.parse(schema("User").applyPatchText(rosa, patch)).changed; // true
   */
  applyPatchText(value: Input, patch: Input<PatchMessage>, options?: PatchOptions): string;
  /**
   * A dry run: what a PATCH would do, operation by operation and without any value. It throws where
   * {@link Schema.applyPatch} would.
   *
   * @example
   * const { operations } = schema("User").explainPatch(rosa, patch);
   * operations[0].changes[0].touched; // [{ pointer: "/emails/0/value", effect: "replaced" }]
   */
  explainPatch(value: Input, patch: Input<PatchMessage>, options?: Omit<PatchOptions, "explain">): PatchExplanation;
  /**
   * The PATCH that takes a document, patched by `patch`, back to what it is now; `null` where that
   * changes nothing. `lost` has the paths of what PATCH cannot bring back: what only the server
   * sets, what cannot be changed once it has a value, what is required and was not there.
   *
   * @example
   * const undo = schema("User").inverse(rosa, patch);
   * undo.patch.Operations[0].value; // [{ value: "rosa@north.test", type: "work" }]
   */
  inverse(value: Input, patch: Input<PatchMessage>, options?: LimitedOptions): Inverse;
  /**
   * The PATCH that makes `value` of `old`, or `null` where nothing has changed. Every operation has
   * a path and is accepted by the strictest server; lists are changed value by value.
   *
   * @example
   * schema("User").diff(rosa, { ...rosa, title: "Baker" }).Operations;
   * // [{ op: "add", path: "title", value: "Baker" }]
   * schema("User").diff(rosa, rosa); // null
   */
  diff(old: Input, value: Input): PatchMessage | null;
  /**
   * A resource in the form that a server takes, by that server's profile: canonical, without what
   * the server sets. Not in the browser.
   *
   * @example
   * schema("User").emit({ ...rosa, active: true }, { profile: { textBooleans: true } }).resource.active; // "True"
   *
   * @throws {ScimError} if it is not clean, or lacks what this server demands
   */
  emit(value: Input<R>, options?: EmitOptions): EmittedResource<R>;
  /**
   * A clean PATCH in the messages that a server takes, by that server's profile. Not in the browser.
   *
   * @example
   * const patch = {
   *   schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
   *   Operations: [{ op: "add", path: "members", value: [{ value: "u-7" }] }],
   * };
   * schema("Group").emitPatch(patch, { profile: "salesforce" }).messages[0].Operations;
   * // [{ op: "add", path: "members", value: { members: [{ value: "u-7" }] } }]
   *
   * @throws {ScimError} `option-needed` if the form cannot be found without `original`
   */
  emitPatch(patch: Input<PatchMessage>, options?: EmitPatchOptions): EmittedPatch;
  /**
   * Reads a document once, to be asked often: validation, filters, projection and PATCH then work
   * on its text where it lies. Whether it is valid is another question.
   *
   * @example
   * const rosa = schema("User").document(await request.text());
   * if (rosa.matches(filter("active eq true"))) respond(rosa.project());
   */
  document(value: Input): ScimDocument<R>;
  /**
   * The same values in order (RFC 7644 section 3.4.2.3): of several values of an attribute the
   * primary one counts, what is missing comes last, equal ones are in the order of their `id`.
   *
   * @example
   * const people = [{ userName: "zoe" }, { userName: "Adam" }];
   * schema("User").sort(people, { sortBy: "userName" })[0].userName; // "Adam"
   */
  sort<V extends Input | ScimDocument>(values: Iterable<V>, options: SortOptions): V[];
  /**
   * The resource as a server returns it: canonical names and order, nothing secret, nothing empty.
   *
   * @example
   * schema("User").project({ USERNAME: "rosa", password: "s3cret" }); // { userName: "rosa" }
   */
  project(value: Input, options?: ProjectOptions): Partial<R>;
  /**
   * The documents.
   *
   * @example
   * schema("Group").toJSON().resourceType.endpoint; // "/Groups"
   */
  toJSON(): Required<SchemaDocuments>;
}
