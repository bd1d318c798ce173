// Identities from other formats.

import type { Resource } from "./documents.js";
import type { Issue, ScimError } from "./issues.js";

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
