// What is wrong, and what was bent.

import type { codes } from "./functions.js";

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
