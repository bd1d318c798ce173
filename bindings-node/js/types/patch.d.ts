// PATCH messages, and what came of them.

import type { Resource } from "./documents.js";
import type { Bent } from "./issues.js";

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
