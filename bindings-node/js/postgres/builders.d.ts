/** A column of a table. What is said of it makes another. */
export interface Column {
  /** No two rows have the same value: there is a unique index. */
  unique(): this;
  /** The database fills the column when a row is made, such as an `id` that counts. */
  generated(): this;
}

/** A column of texts. */
export interface TextColumn extends Column {
  /** Case does not count, and there is an index on `lower(…)` of the column, so that `eq` is found by it. */
  ci(): this;
  /** The column is of the type `citext`. */
  citext(): this;
  /** The application keeps the column in lower case; what is written becomes so. */
  lowercase(): this;
}

/** A column of moments. */
export interface TimeColumn extends Column {
  /** The column is a `timestamp` without a zone, in UTC. */
  utc(): this;
}

/** A value that is the same in every row; see {@link constant}. */
export interface Constant {
  readonly value: unknown;
}

/** A value that the application makes of a row; see {@link computed}. */
export interface Computed {
  readonly work: (row: any) => unknown;
}

/** A table that says who is in which group; see {@link joinTable}. */
export interface JoinTable {
  readonly table: string;
}

/** A table, and what of a resource is in it; see {@link table}. */
export interface Table {
  readonly name: string;
}

/** Where an attribute comes from. An object maps sub-attributes, or those of an extension. */
export type Source =
  | Column
  | Constant
  | Computed
  | JoinTable
  | Record<string, Column | string | number | boolean>[]
  | { [name: string]: Source | undefined };

/** What of a resource is in which column, by attribute (`"name.givenName"` or `name: { givenName }`). */
export interface Attributes {
  /** What rows are found by. */
  id: Column;
  meta?: { created?: Column; lastModified?: Column; /** An int, which counts the changes. */ version?: Column };
  /** A `jsonb` column for everything that has no column of its own. Without it, such is refused. */
  rest?: Column;
  /** A `ts` or `bool` column: who is removed keeps the row. */
  softDelete?: Column;
  /** Whose the row is: the tenant of the credential. */
  tenant?: Column;
  /** What new rows have in columns that SCIM knows nothing of. */
  defaults?: Record<string, unknown>;
  [attribute: string]: Source | Record<string, unknown> | undefined;
}

/**
 * A table that the application has already, perhaps behind a schema (`app.users`, or quoted as SQL
 * does: `"HR data".people`), and what is in its columns.
 *
 * @example
 * const users = table("app.users", {
 *   id: uuid("id"),
 *   userName: text("email").ci().unique(),
 *   active: bool("enabled"),
 *   name: { givenName: text("first_name"), familyName: text("last_name") },
 *   meta: { created: ts("created_at"), lastModified: ts("updated_at"), version: int("row_version") },
 *   softDelete: ts("deleted_at"),
 *   tenant: uuid("org_id"),
 *   rest: jsonb("scim_extra"),
 * });
 * users.name; // "app.users"
 */
export function table(name: string, attributes: Attributes): Table;
/**
 * A column of texts (`text`, `varchar`, an enumeration).
 *
 * @example
 * const userName = text("email").ci().unique();
 */
export function text(column: string): TextColumn;
/**
 * A column of truths.
 *
 * @example
 * const active = bool("enabled");
 */
export function bool(column: string): Column;
/**
 * A column of whole numbers.
 *
 * @example
 * const id = int("id").generated();
 */
export function int(column: string): Column;
/**
 * A column of moments (`timestamptz`; `timestamp` with `utc()`).
 *
 * @example
 * const created = ts("created_at").utc();
 */
export function ts(column: string): TimeColumn;
/**
 * A column of UUIDs.
 *
 * @example
 * const id = uuid("id");
 */
export function uuid(column: string): Column;
/**
 * A column of JSON. As an attribute's own it holds the value as SCIM has it, and filters on it are
 * done by the engine; as `rest`, everything else.
 *
 * @example
 * const rest = jsonb("scim_extra");
 */
export function jsonb(column: string): Column;
/**
 * A value that is the same in every row; or a list, of which members may be columns. With a
 * function, the same as {@link computed}.
 *
 * @example
 * const userType = constant("Employee");
 * const emails = constant([{ value: text("email").ci(), type: "work", primary: true }]);
 */
export function constant(value: unknown): Constant | Computed;
/**
 * What the application makes of a row of the table. It cannot be written otherwise, and filters on
 * it are done by the engine.
 *
 * @example
 * const displayName = computed(({ first_name, email }) => first_name ?? email);
 */
export function computed(work: (row: any) => unknown): Computed;
/**
 * The table that says who is in which group, as `members` of a group. Members are rows of the type
 * that is mapped as `references` (`User`), and their tenant's; with `false`, nobody looks.
 *
 * @example
 * const members = joinTable("app.team_members", { group: "team_id", user: "user_id" });
 */
export function joinTable(
  name: string,
  columns: { group: string; user: string | Column; references?: string | false },
): JoinTable;
