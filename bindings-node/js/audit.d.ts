/** What happened in one request. */
export interface AuditRecord {
  time: string;
  tenant: string;
  /** The `sub` of the principal; absent if nobody was known. */
  principal?: string;
  /** Such as `Users:create`; empty if the path names nothing. */
  operation: string;
  /** The resource, where there is one. */
  id?: string;
  /** That of the answer; 499 if the client went away before its request was whole. */
  status: number;
  /** The code of the error, where there is one. */
  code?: string;
  /** What was bent for the client. */
  trace: object[];
  /** Milliseconds. */
  duration: number;
}
