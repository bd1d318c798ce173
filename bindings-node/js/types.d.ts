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

// ---------------------------------------------------------------------------------- documents

/** JSON that the engine reads: an object, JSON text, or JSON bytes in UTF-8. */
export type Input<R = unknown> = R | string | Uint8Array | ArrayBuffer;

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** What every resource has (RFC 7643 section 3.1). */
export interface Resource {
  /** URIs of the schemas whose attributes are in this resource. */
  schemas: string[];
  /** Given by the server, never changed. */
  id?: string;
  /** The client's own key. */
  externalId?: string;
  /** Set by the server. */
  meta?: Meta;
}

/** What the server says about a resource. */
export interface Meta {
  resourceType?: string;
  created?: string;
  lastModified?: string;
  location?: string;
  /** An entity tag such as `W/"3"`. */
  version?: string;
}

/** One value of an attribute with several values (RFC 7643 section 2.4). */
export interface MultiValue<T extends string = string> {
  value?: string;
  display?: string;
  /** What the value is for. Canonical values are suggestions; others are allowed. */
  type?: T | (string & {});
  /** At most one value is the primary one. */
  primary?: boolean;
  $ref?: string;
}

export interface Name {
  formatted?: string;
  familyName?: string;
  givenName?: string;
  middleName?: string;
  honorificPrefix?: string;
  honorificSuffix?: string;
}

export interface Address {
  formatted?: string;
  streetAddress?: string;
  locality?: string;
  region?: string;
  postalCode?: string;
  /** Two letters, ISO 3166-1. */
  country?: string;
  type?: "work" | "home" | "other" | (string & {});
  primary?: boolean;
}

/** A group that a user is in; set by the server. */
export interface GroupMembership {
  value?: string;
  $ref?: string;
  display?: string;
  type?: "direct" | "indirect" | (string & {});
}

/** A member of a group. */
export interface Member {
  value?: string;
  $ref?: string;
  type?: "User" | "Group" | (string & {});
  display?: string;
}

/** The enterprise extension (RFC 7643 section 4.3). */
export interface EnterpriseUser {
  employeeNumber?: string;
  costCenter?: string;
  organization?: string;
  division?: string;
  department?: string;
  manager?: { value?: string; $ref?: string; displayName?: string };
}

/**
 * A user (RFC 7643 section 4.1), with the enterprise extension.
 *
 * @example
 * const rosa: User = {
 *   schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
 *   userName: "rosa",
 *   emails: [{ value: "rosa@mail.example", type: "work", primary: true }],
 * };
 */
export interface User extends Resource {
  userName: string;
  name?: Name;
  displayName?: string;
  nickName?: string;
  profileUrl?: string;
  title?: string;
  userType?: string;
  preferredLanguage?: string;
  locale?: string;
  timezone?: string;
  active?: boolean;
  /** Written only: no answer ever has it. */
  password?: string;
  emails?: MultiValue<"work" | "home" | "other">[];
  phoneNumbers?: MultiValue<"work" | "home" | "mobile" | "fax" | "pager" | "other">[];
  ims?: MultiValue[];
  photos?: MultiValue<"photo" | "thumbnail">[];
  addresses?: Address[];
  groups?: GroupMembership[];
  entitlements?: MultiValue[];
  roles?: MultiValue[];
  x509Certificates?: MultiValue[];
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"?: EnterpriseUser;
}

/** A group (RFC 7643 section 4.2). */
export interface Group extends Resource {
  displayName: string;
  members?: Member[];
}

/** The documents of the built-in resource types. */
export interface BuiltinResources {
  User: User;
  Group: Group;
  ServiceProviderConfig: Resource & { [name: string]: unknown };
  ResourceType: Resource & ResourceTypeDocument;
  Schema: Resource & SchemaDocument;
}

/** The name of a built-in resource type. */
export type BuiltinName = keyof BuiltinResources;

// ------------------------------------------------------------------------------------- schemas

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

// -------------------------------------------------------------------------------------- issues

/** How much an issue weighs: only an `error` makes a document invalid. */
export type Severity = "error" | "warning" | "advice";

/** Something found in a document, a filter or a call. */
export interface Issue {
  /** Stable and kebab-case, such as `unknown-attribute`. {@link codes} lists them all. */
  code: string;
  severity: Severity;
  /** In SCIM's words, such as `emails.value`. */
  scimPath: string;
  /** A JSON Pointer (RFC 6901), such as `/emails/0/value`. */
  pointer: string;
  /** The same place as steps, for form libraries. */
  path: (string | number)[];
  /** Where in the text, from and up to: in UTF-16 units if text was given, in bytes if bytes were. */
  span?: [start: number, end: number];
  /** What the message's blanks were filled with. */
  params: Record<string, string>;
  /** One sentence. It never holds a value of the document. */
  message: string;
  /** What to do. */
  help?: string;
  /** The requirement or section of an RFC. */
  spec: string;
  /** The word for a SCIM error body (RFC 7644 table 9). */
  scimType?: string;
}

/**
 * Why a call could not be done. `code`, `scimType` and the message are those of the first issue.
 *
 * @example
 * try {
 *   schema("User").filter('userName eq "rosa" adn');
 * } catch (error) {
 *   if (error instanceof ScimError) console.log(error.code, error.issues[0]?.span);
 * }
 */
export class ScimError extends Error {
  constructor(issues: Issue[], status?: number, cause?: unknown);
  readonly name: "ScimError";
  /** The code of the first issue. */
  readonly code: string;
  /** The HTTP status that would answer it. */
  readonly status: number;
  readonly scimType?: string;
  readonly issues: Issue[];
}

/** A row of the catalogue of codes. */
export interface CodeInfo {
  code: string;
  status: number;
  scimType?: string;
  spec: string;
  /** With `{blanks}` for an issue's params. */
  message: string;
  help?: string;
}

/** One use of a quirk. */
export interface Bent {
  /** Which, such as `booleanText`. */
  quirk: string;
  /** Where in the document or message; empty for a filter. */
  pointer: string;
  /** Where in SCIM's words. */
  scimPath: string;
  /** Where in the text of a filter or path, which stands at `pointer`: UTF-16 units. */
  span?: [start: number, end: number];
  /** What was done otherwise, in a sentence. */
  reason: string;
  /** The requirements behind it, such as `PAT-002, Q-01`. */
  spec: string;
}

// ------------------------------------------------------------------------------------- options

/** The name of a set of tolerances; {@link profiles} lists what each holds. */
export type ProfileName =
  | "strict"
  | "rfc"
  | "lenient"
  | "entra"
  | "entra-legacy"
  | "microsoft-validator"
  | "okta"
  | "onelogin"
  | "google"
  | "jumpcloud"
  | "sailpoint"
  | "salesforce"
  | "wso2"
  | "aws"
  | "github"
  | "google-cloud"
  | "miro";

/** What becomes of attributes that no schema knows; `true` is `ignore` and `false` is `reject`. */
export type UnknownPolicy = "reject" | "ignore" | "keep";

/** Sizes that a call allows. What is not given is as it is by default. */
export interface Limits {
  /** Bytes of a JSON text. Default 64 MiB. */
  jsonBytes?: number | undefined;
  /** Nesting of a JSON text. Default 64, at most 256. */
  jsonDepth?: number | undefined;
  /** Bytes of a filter or path. Default 8 KiB. */
  filterBytes?: number | undefined;
  /** Nesting of a filter. Default 32, at most 64. */
  filterDepth?: number | undefined;
  /** Comparisons in a filter. Default 256. */
  filterTerms?: number | undefined;
  /** Operations in a PATCH. Default 1,000. */
  patchOperations?: number | undefined;
}

/**
 * How much of what real clients send is accepted: the name of a set of tolerances, or one with
 * changes.
 *
 * @example
 * const profile: Profile = { base: "rfc", booleanText: true };
 */
export type Profile =
  | ProfileName
  | {
      base?: ProfileName | undefined;
      unknownAttributes?: UnknownPolicy | boolean | undefined;
      [quirk: string]: boolean | ProfileName | UnknownPolicy | undefined;
    };

/** What a document is for. */
export type Mode = "create" | "replace" | "patch" | "response" | "import";

export interface ProfileOptions {
  profile?: Profile | undefined;
}

export interface LimitedOptions extends ProfileOptions {
  limits?: Limits | undefined;
}

export interface PatchOptions extends LimitedOptions {
  /** Whether the result has `operations`: what each of them did. Default no. */
  explain?: boolean | undefined;
  /** How many members of a group the PATCH may take away in all; by default any number. */
  maxMemberLoss?: number | undefined;
}

export interface ValidateOptions extends LimitedOptions {
  /** Default `create`. */
  mode?: Mode | undefined;
  /** Default `rfc`. */
  profile?: Profile | undefined;
  /** The stored document, for `replace` and `patch`: immutable attributes are compared with it. */
  original?: Input | undefined;
  /** Default 100. */
  maxIssues?: number | undefined;
}

export interface EmitOptions extends LimitedOptions {
  /** The server's. Default `rfc`. */
  profile?: Profile | undefined;
}

export interface EmitPatchOptions extends EmitOptions {
  /** The resource as it is on the server: with it every form can be found. */
  original?: Input | undefined;
}

/** What a server is sent for a resource. */
export interface EmittedResource<R = Resource> {
  /** The body of the POST or PUT. */
  resource: R;
  /** PATCH messages that must follow it: members beyond those that a create may have. */
  messages: PatchMessage[];
  /** What is otherwise than it was given. */
  trace: Bent[];
}

/** What a server is sent for a change. */
export interface EmittedPatch {
  /** To be sent one after the other; none where nothing is to change. */
  messages: PatchMessage[];
  trace: Bent[];
}

export interface ProjectOptions extends ProfileOptions {
  /** Only these, beside what is always returned. */
  attributes?: string[] | undefined;
  /** All but these. */
  excludedAttributes?: string[] | undefined;
}

export interface JsonSchemaOptions {
  /** Default `2020-12`. */
  draft?: "2020-12" | "07" | undefined;
  /** Default `create`. */
  mode?: Mode | undefined;
}

// ---------------------------------------------------------------------------------------- PATCH

/** One operation of a PATCH (RFC 7644 section 3.5.2). */
export interface PatchOperation {
  op: "add" | "remove" | "replace" | (string & {});
  path?: string;
  value?: unknown;
}

/** The body of a PATCH. */
export interface PatchMessage {
  schemas: string[];
  Operations: PatchOperation[];
}

export interface PatchResult<R = Resource> {
  resource: R;
  changed: boolean;
  /** What was bent to understand the message. */
  trace: Bent[];
}

/** A {@link PatchResult} with what each operation did. */
export interface ExplainedResult<R = Resource> extends PatchResult<R> {
  operations: OperationReport[];
}

/** What a PATCH would do. */
export interface PatchExplanation {
  changed: boolean;
  /** One report an operation, in order. */
  operations: OperationReport[];
  trace: Bent[];
}

/** What came of something; of several things `replaced`, unless they went the same way. */
export type Effect = "added" | "replaced" | "removed" | "unchanged";

/** What one operation did. */
export interface OperationReport {
  op: "add" | "remove" | "replace";
  effect: Effect;
  /** How many values it changed. */
  count: number;
  /** Attribute by attribute; without a path there may be several. */
  changes: ChangeReport[];
  /** What was bent to read and apply it. */
  trace: Bent[];
}

/** What an operation did to one attribute. */
export interface ChangeReport {
  /** The attribute as the schema spells it, without a filter. */
  scimPath: string;
  effect: Effect;
  count: number;
  /**
   * The first hundred places: pointers into the resource as the operation left it; of what was
   * removed, as the operation found it.
   */
  touched: { pointer: string; effect: Effect }[];
}

/** What undoes a PATCH. */
export interface Inverse {
  patch: PatchMessage | null;
  /** The paths of what `patch` does not bring back. */
  lost: string[];
}

// -------------------------------------------------------------------------------------- filters

/** A filter as a tree. `emails[type eq "work"]` is `{ attribute: "emails", filter: … }`. */
export type Expression =
  | { and: Expression[] }
  | { or: Expression[] }
  | { not: Expression }
  | { attribute: string; operator: "pr" }
  | {
      attribute: string;
      operator: "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";
      value: null | boolean | number | string;
    }
  | { attribute: string; filter: Expression };

/**
 * Why a part of a filter holds of a resource, or does not; shaped like the filter's {@link Expression}.
 * It holds no value of the resource.
 */
export type Explanation =
  | { matches: boolean; and: Explanation[] }
  | { matches: boolean; or: Explanation[] }
  | { matches: boolean; not: Explanation }
  | ComparisonExplanation
  | ValuePathExplanation;

/** About a comparison, or `pr`. */
export interface ComparisonExplanation {
  matches: boolean;
  /** As it was written. */
  attribute: string;
  operator: "pr" | "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";
  /** The canonical path; absent where the schema has no such attribute and that is tolerated. */
  scimPath?: string;
  /** Where in the text of the filter, in UTF-16 units: from the attribute up to the value. */
  span: [start: number, end: number];
  /** Whether the resource has a value there. */
  present: boolean;
  /** Of several values, the index of the first that fits (for `ne`: that is equal after all). */
  element?: number;
}

/** About `attribute[filter]`. */
export interface ValuePathExplanation {
  matches: boolean;
  attribute: string;
  scimPath?: string;
  /** Where the attribute stands in the text of the filter, in UTF-16 units. */
  span: [start: number, end: number];
  /** How many values there are. */
  elements: number;
  /** Of several values, the index of the first that fits, or else of one that fits as much as any. */
  element?: number;
  /** The inner filter on that value; absent where there is no value. */
  filter?: Explanation;
}

/**
 * A filter tied to a schema. Make it once, use it often.
 *
 * @example
 * const staff = filter('userName SW "r" and (active eq true)');
 * staff.matches({ userName: "Rosa", active: true }); // true
 * String(staff); // 'userName sw "r" and active eq true'
 */
export interface Filter {
  /**
   * Whether a document fits.
   *
   * @example
   * filter('emails[type eq "work"]').matches(rosa); // true
   */
  matches(value: Input): boolean;
  /**
   * Why a document fits, or does not. Places are about the text that the filter was read from; if
   * it was made otherwise, about its canonical text.
   *
   * @example
   * filter("title pr").explain({ userName: "rosa" });
   * // { matches: false, attribute: "title", operator: "pr", scimPath: "title", span: [0, 5], present: false }
   */
  explain(value: Input): Explanation;
  /**
   * A filter that matches exactly the same, without what is said twice or negated twice.
   *
   * @example
   * filter("not (not (title pr)) and TITLE pr").simplified().toString(); // "title pr"
   */
  simplified(): Filter;
  /**
   * The canonical text.
   *
   * @example
   * filter("title   PR").toString(); // "title pr"
   */
  toString(): string;
  readonly expression: Expression;
  /** What was bent to read it. */
  readonly trace: Bent[];
}

/**
 * A document that was read for a schema; made by {@link Schema.document}. It never changes.
 *
 * @example
 * const users = ['{"userName": "rosa"}', '{"userName": "ida"}'].map((text) => schema("User").document(text));
 * users.filter((user) => user.matches(filter('userName sw "r"'))).length; // 1
 */
export interface ScimDocument<R = Resource> {
  /**
   * See {@link Schema.validate}.
   *
   * @example
   * schema("User").document('{"userName": 7}').validate()[0].code; // "wrong-type"
   */
  validate(options?: ValidateOptions): Issue[];
  /**
   * See {@link Schema.isValid}.
   *
   * @example
   * schema("User").document(rosa).isValid(); // true
   */
  isValid(options?: ValidateOptions): boolean;
  /**
   * Whether it fits a filter.
   *
   * @example
   * schema("User").document(rosa).matches(filter("active eq true")); // false
   */
  matches(filter: Filter): boolean;
  /**
   * See {@link Schema.project}.
   *
   * @example
   * schema("User").document(rosa).project({ attributes: ["emails.value"] }).emails; // [{ value: "rosa@north.test" }]
   */
  project(options?: ProjectOptions): Partial<R>;
  /**
   * See {@link Schema.applyPatch}.
   *
   * @example
   * schema("User").document(rosa).applyPatch(patch).changed; // true
   */
  applyPatch(patch: Input<PatchMessage>, options?: PatchOptions): PatchResult<R>;
  /**
   * The same, with the result as JSON text.
   *
   * @example
   * schema("User").document(rosa).applyPatchText(patch).startsWith('{"resource":'); // true
   */
  applyPatchText(patch: Input<PatchMessage>, options?: PatchOptions): string;
  /**
   * The JSON text, as it was read.
   *
   * @example
   * schema("User").document('{ "userName": "rosa" }').toString(); // '{ "userName": "rosa" }'
   */
  toString(): string;
  /**
   * The document as an object.
   *
   * @example
   * schema("User").document('{ "userName": "rosa" }').toJSON(); // { userName: "rosa" }
   */
  toJSON(): R;
}

/** How to sort. */
export interface SortOptions extends ProfileOptions {
  /** An attribute, such as `name.familyName`; a complex one stands for its `value`. */
  sortBy: string;
  /** `ascending` by default. */
  sortOrder?: "ascending" | "descending" | undefined;
}

// ------------------------------------------------------------------------------ Standard Schema

/** Standard Schema version 1 (https://standardschema.dev), which form and API libraries read. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** Its companion: the same schema as JSON Schema. */
export interface StandardJSONSchemaV1<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema: {
      /** @throws {ScimError} for a target other than `draft-2020-12` and `draft-07` */
      readonly input: (options: StandardJSONSchemaOptions) => Record<string, unknown>;
      readonly output: (options: StandardJSONSchemaOptions) => Record<string, unknown>;
    };
  };
}

export interface StandardJSONSchemaOptions {
  readonly target: "draft-2020-12" | "draft-07" | (string & {});
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

// --------------------------------------------------------------------------------------- schema

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

// ------------------------------------------------------------------------------------ migration

/** The name of a format that can be read. */
export type Format = "ldif" | (string & {});

/** What became of one record. */
export type Outcome =
  | {
      outcome: "resource";
      type: string;
      /** The key of the record in its source, such as its DN. */
      key: string;
      line: number;
      resource: Resource & { [name: string]: unknown };
      issues: Issue[];
    }
  | { outcome: "skipped"; line: number; reason: string }
  | { outcome: "rejected"; line: number; issue: Issue };

/** What moved, what was lost, what needs a person. */
export type Report = Record<string, unknown>;

export interface MigrationResult {
  resources: Extract<Outcome, { outcome: "resource" }>[];
  rejected: Extract<Outcome, { outcome: "rejected" }>[];
  skipped: Extract<Outcome, { outcome: "skipped" }>[];
  report: Report;
}

/**
 * Turns a whole export into SCIM resources.
 *
 * @example
 * const { resources, report } = migrate("ldif", await file.arrayBuffer());
 */
export function migrate(
  format: Format,
  input: string | Uint8Array | ArrayBuffer,
  options?: Record<string, unknown>,
): MigrationResult;

/**
 * The same in pieces of any size, for files that do not fit into memory: the input is read
 * twice, first to learn its keys, then to convert it.
 *
 * @example
 * const run = new Migration("ldif");
 * for await (const piece of createReadStream(path)) run.scan(piece);
 * run.endScan();
 * for await (const piece of createReadStream(path)) save(run.convert(piece));
 * save(run.endConvert());
 */
export class Migration {
  constructor(format: Format, options?: Record<string, unknown>);
  /**
   * First pass: the next piece.
   *
   * @example
   * const run = new Migration("ldif");
   * for (const piece of ["dn: uid=rosa,dc=ac", "me\nobjectClass: person\nuid: rosa\n"]) run.scan(piece);
   */
  scan(chunk: string | Uint8Array | ArrayBuffer): void;
  /**
   * First pass: there is no more.
   *
   * @example
   * const run = new Migration("ldif");
   * run.scan(ldif);
   * run.endScan();
   *
   * @throws {ScimError} `no-records` if nothing was in it
   */
  endScan(): void;
  /**
   * Second pass: the next piece; what became of the records that it ends.
   *
   * @example
   * const run = new Migration("ldif");
   * run.scan(ldif);
   * run.endScan();
   * run.convert(ldif).concat(run.endConvert())[0].resource.userName; // "rosa"
   */
  convert(chunk: string | Uint8Array | ArrayBuffer): Outcome[];
  /**
   * Second pass: there is no more; what became of the last records.
   *
   * @example
   * const run = new Migration("ldif");
   * run.scan(ldif);
   * run.endScan();
   * run.convert(ldif);
   * run.endConvert().length; // 1
   */
  endConvert(): Outcome[];
  /**
   * What was done so far.
   *
   * @example
   * new Migration("ldif").report().read; // 0
   */
  report(): Report;
}

// --------------------------------------------------------------------------------------- server

export interface ServerRequest {
  method: string;
  /** Path and query below the base URL, such as `/Users?count=1`. */
  target: string;
  headers?: Record<string, string> | Iterable<readonly [name: string, value: string]>;
  body?: Input;
}

/** What the engine never makes up by itself. */
export interface Environment {
  /** Default: now. */
  now?: Date | string;
  /** Identifiers for new resources. Default: random UUIDs. */
  ids?: string[];
  /** What locations begin with, such as `https://scim.example.test/v2`. */
  baseUrl?: string;
  tenant?: string;
  principal?: unknown;
}

export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Uint8Array;
  /** The body as JSON; `undefined` if there is none. */
  json(): any;
}

/**
 * A whole SCIM server over resources in memory: for tests, playgrounds and demonstrations.
 *
 * @example
 * const server = new MemoryServer();
 * server.handle({ method: "POST", target: "/Users", body: rosa }).status; // 201
 */
export class MemoryServer {
  constructor(config?: Record<string, unknown>);
  /**
   * Stores a complete resource as it is.
   *
   * @example
   * const server = new MemoryServer();
   * server.insert({ ...rosa, id: "u-1", meta: { resourceType: "User" } });
   * server.handle({ method: "GET", target: "/Users/u-1" }).json().userName; // "rosa"
   */
  insert(resource: Input<Resource>): void;
  /**
   * Answers one request; what is wrong with it is an answer too.
   *
   * @example
   * const server = new MemoryServer();
   * const made = server.handle({ method: "POST", target: "/Users", body: rosa }, { ids: ["u-1"] });
   * made.json().id; // "u-1"
   */
  handle(request: ServerRequest, env?: Environment): Answer;
}
