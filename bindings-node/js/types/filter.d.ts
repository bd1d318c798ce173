// Filters, and documents that are read once.

import type { Input, Resource } from "./documents.js";
import type { Bent, Issue } from "./issues.js";
import type { PatchOptions, ProfileOptions, ProjectOptions, ValidateOptions } from "./options.js";
import type { PatchMessage, PatchResult } from "./patch.js";
import type { Schema } from "./schema.js";

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
