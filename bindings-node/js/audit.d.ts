/** What happened in one request, or in one operation of a Bulk. */
export interface AuditRecord {
  time: string;
  /** The same for a Bulk and for each of its operations, which have records of their own; the `txn` of its events. */
  request: string;
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
  /** Operators and paths of the filter, with `?` for every value. */
  filter?: string;
  /** What was bent for the client; of the operations of a Bulk, in the record of the Bulk. */
  trace: object[];
  /** Milliseconds; for operations of a Bulk, those of all together. */
  duration: number;
  /** Of an operation of a Bulk: its place in the request, counted from zero. */
  place?: number;
  /** Of an operation of a Bulk: POST, PUT, PATCH or DELETE; empty if it is none of these. */
  method?: string;
}
