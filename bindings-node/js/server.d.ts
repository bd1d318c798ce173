import type { IncomingMessage, ServerResponse } from "node:http";

import type { Authenticate, Authenticator } from "./auth/index.js";
import type { AuditRecord } from "./audit.js";
import type { DeadLetter, EventSettings, Outbox } from "./events.js";
import type { BuiltinName, Change, Meta, Profile, Resource, ResourceTypeDocument, SchemaDocument, ScimEvent } from "./types.js";
import type { Table } from "./postgres/builders.js";

/** The place of a resource. */
export interface Key {
  tenant: string;
  type: string;
  id: string;
}

/** A value that no other resource of the type may have (per tenant). */
export interface Unique {
  path: string;
  /** As it is compared: in lower case unless case counts, and a `userName` as `precis` prepares it. */
  key: string;
}

/** What is kept of a resource that was removed. */
export interface Kept {
  /** When that was. */
  at?: string;
  /** By whom. */
  by?: string;
  /** The `id`s of the groups it was in. */
  groups?: string[];
  /** Its unique values stay taken. */
  unique?: "kept";
}

export interface RemovedRow {
  kept: Kept;
  resource: Resource;
}

/** Which of the resources that were removed are asked for; see {@link Store.removed}. */
export interface RemovedPlan {
  tenant: string;
  type: string;
  id?: string;
  unique?: Unique[];
  after?: { at?: string; id: string };
  limit?: number;
}

/** A query in the engine's words. */
export interface QueryPlan {
  tenant: string;
  /** The names of the resource types to look through. */
  types: string[];
  /** The filter in canonical form. */
  filter?: string;
  /** An equality that every match has, for an index: `key` is what `unique` has of a resource. */
  equal?: { path: string; key: string; caseExact: boolean };
  sortBy?: string;
  descending: boolean;
  offset: number;
  limit: number;
  needTotal: boolean;
  /** Set where nobody looks at the `members` of groups: rows that have a `meta.version` may come without them. */
  withoutMembers?: true;
}

/** What a query found: one page, or (`residual`) at least all matches, which the engine then filters, sorts and cuts. */
export interface QueryResult {
  rows: Resource[];
  total?: number;
  residual: boolean;
}

/** A resource as a store gets it: complete, with the attributes of its type. */
export type StoredResource = Resource & { id: string; meta: Meta } & Record<string, any>;

/**
 * A store of your own. Resources are plain objects in canonical form; keep them as they are. Of users
 * alone it is a `Store<User>`.
 * Throw {@link conflict} and {@link versionMismatch} to refuse a change, anything else for 500.
 */
export interface Store<R extends Resource = StoredResource> {
  get(key: Key): Resource | null | undefined | Promise<Resource | null | undefined>;
  /**
   * The resource with some of its `members`: if it has more than `few`, those whose `value`,
   * folded, is among `members` will do, as a `part`. A change of them then comes in
   * `members` of {@link Store.replace}. Left out, groups are read and written whole.
   */
  part?(key: Key, asked: { members: string[]; few: number }): Part | Promise<Part>;
  /** Who of `members` is in which group; shown as `groups`. */
  memberships?(asked: { tenant: string; type: string; members: string[] }): Membership[] | Promise<Membership[]>;
  /** An array is taken for `{ rows, residual: true }`. */
  query(plan: QueryPlan): QueryResult | Resource[] | Promise<QueryResult | Resource[]>;
  /** `password` is in clear, once: hash it, or drop it. It is in no resource. */
  insert(key: Key, resource: R, with_: { unique: Unique[]; password?: string; event?: ScimEvent }): unknown;
  /**
   * Answers `false` if there is no such resource. With `members` the resource has none: those
   * stay as they are but for what is said there.
   */
  replace(
    key: Key,
    resource: R,
    with_: { unique: Unique[]; password?: string; ifVersion?: string; event?: ScimEvent; members?: { old?: object; new?: object }[] },
  ): unknown;
  /** Answers `false` if there is no such resource. */
  remove(key: Key, with_: { ifVersion?: string; event?: ScimEvent; keep?: Kept }): unknown;
  /**
   * Needed for `delete: "soft"`, as are `restore` and `purge`: `remove` then has `keep`, to be kept with
   * the resource. Of what was removed, the one with `id`; the last that had the first of the `unique`
   * values that any had; or `limit` behind `after`, in the order of time and `id`.
   */
  removed?(asked: RemovedPlan): RemovedRow[] | Promise<RemovedRow[]>;
  /** As `replace`, for one that was removed; `anew`: its password is forgotten, unless there is another. */
  restore?(key: Key, resource: R, with_: { unique: Unique[]; password?: string; event?: ScimEvent; anew: boolean }): unknown;
  /**
   * Forgets `limit` of what was removed before a time, of a tenant or of all; answers how many, by type.
   * Where you keep events, take `data` and `externalId` out of theirs.
   */
  purge?(asked: { tenant?: string; before: string; limit: number }): Record<string, number> | Promise<Record<string, number>>;
  /**
   * Runs work with a store whose changes are kept together or not at all: those of a Bulk, unless
   * the process ends. An operation that is refused must leave the others as they are; where one
   * fails, the work throws, and nothing of it is to stay.
   */
  transaction?<T>(work: (store: Store<R>) => Promise<T>): Promise<T>;
  /** Where it keeps the `event` of each change, in the transaction of the change, for those who are told. */
  outbox?: Outbox;
  close?(): void | Promise<void>;
}

export type Part = { row: Resource | null } | { part: Resource };

export interface Membership {
  /** The `id` of the member. */
  member: string;
  /** The `id` of the group. */
  group: string;
  /** The `displayName` of the group. */
  display?: string;
}

/** A store that the package brings. */
export interface ShippedStore {
  readonly kind: "memory" | "sqlite" | "postgres";
}

/** What {@link pgStore} asks of `pg`'s `Pool` and `Client`. */
export interface PgClient {
  query(text: string, values?: unknown[]): Promise<{ rows: any[] }>;
}

/** What {@link pgStore} asks of `pg`'s `Pool`. */
export interface PgPool extends PgClient {
  connect(): Promise<PgClient & { release(error?: any): void }>;
}

/**
 * Whatever runs a text (`$1`, `$2`, …) with values: Drizzle, Knex, Kysely, Prisma. Adapters for
 * these lie in `examples/adapters`.
 */
export interface PgQueries extends PgClient {
  /** Commits when the work is done, rolls back when it throws. */
  transaction<T>(work: (queries: PgClient) => Promise<T>): Promise<T>;
}

export interface PgSettings {
  /** What the names of the tables begin with, perhaps behind a schema: `app.scim_`. Default `scim_`. */
  prefix?: string | undefined;
  /**
   * Whether the tables are made, and filled anew when the schemas have changed, at the first
   * request. Default true; without it, run what {@link ScimHandler.ddl} gives.
   */
  migrate?: boolean | undefined;
  /**
   * Whether statements are prepared once for each connection, which `pg` does by names. Default
   * true; false behind a pooler that gives each transaction another connection and does not know
   * prepared statements.
   */
  prepare?: boolean | undefined;
}

/**
 * Resources in memory, gone with the process.
 *
 * @example
 * const bakers = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], id: "g-1", displayName: "Bakers", meta: { resourceType: "Group" } };
 * const scim = createScimHandler({ store: memoryStore({ resources: [bakers] }), auth: none() });
 * (await scim.fetch(new Request("http://127.0.0.1/scim/v2/Groups/g-1"))).status; // 200
 */
export function memoryStore(settings?: { resources?: (Resource & Record<string, any>)[] }): ShippedStore;
/**
 * Resources in one SQLite file. What was answered has reached the disk. Passwords are hashed with
 * argon2id and kept apart.
 *
 * @example
 * const scim = createScimHandler({ store: sqliteStore("./scim.db"), auth: none() });
 * (await scim.fetch(new Request("http://127.0.0.1/scim/v2/Groups"))).status; // 200
 * await scim.close();
 */
export function sqliteStore(path: string): ShippedStore;
/**
 * Resources in PostgreSQL (13 or later), in tables of their own, over your pool of `pg` or what else
 * runs queries. Filters,
 * order and pages are SQL; passwords are hashed with argon2id and kept apart. With
 * `inTransaction`, a client is used inside a transaction that is yours to end.
 *
 * @example
 * const pool = { query: async () => ({ rows: [] }), connect: async () => pool, release() {} }; // new pg.Pool()
 * const scim = createScimHandler({ store: pgStore(pool, { prefix: "app.scim_" }), auth: none() });
 */
export function pgStore(pool: PgPool | PgQueries, settings?: PgSettings): ShippedStore;
export function pgStore(client: PgClient, settings: PgSettings & { inTransaction: true }): ShippedStore;
/**
 * Resources in tables that the application has already. What columns cannot hold is refused by
 * name, unless there is a `rest`. `ready()` of the handler compares the mapping with the database;
 * so does the first request.
 *
 * @example
 * const pool = { query: async () => ({ rows: [] }), connect: async () => pool, release() {} }; // new pg.Pool()
 * const users = table("app.users", { id: uuid("id"), userName: text("email").ci().unique(), rest: jsonb("scim_extra") });
 * const scim = createScimHandler({ store: pgStore(pool, { User: users }), resources: ["User"], auth: none() });
 * scim.explain('userName eq "rosa@north.test"').servedBy; // ["a unique index on lower(app.users.email)"]
 */
export function pgStore(pool: PgPool | PgQueries, mapping: Record<string, Table>, settings?: PgSettings): ShippedStore;
export function pgStore(client: PgClient, mapping: Record<string, Table>, settings: PgSettings & { inTransaction: true }): ShippedStore;
/**
 * To be thrown by a store: another resource has the value of this attribute.
 *
 * @example
 * const taken = new Set(["rosa"]);
 * const insert = (key, resource) => {
 *   if (taken.has(resource.userName.toLowerCase())) throw conflict("userName");
 * };
 */
export function conflict(attribute: string): Error;
/**
 * To be thrown by a store: the resource has another version than `ifVersion`.
 *
 * @example
 * const remove = (key, { ifVersion }) => {
 *   if (ifVersion !== undefined && ifVersion !== 'W/"3"') throw versionMismatch();
 * };
 */
export function versionMismatch(): Error;

/** A schema document, or the path of a JSON file with one. */
export type SchemaSource = SchemaDocument | string | URL;

/**
 * A resource type with the schemas that it uses beside the built-in ones, as {@link schema} takes it
 * too.
 *
 * @example
 * core.Group.with({ id: "urn:example:Costs", attributes: [{ name: "center", type: "string" }] }).schemas.length; // 1
 */
export interface ResourceDefinition {
  readonly resourceType: ResourceTypeDocument;
  readonly schemas: SchemaDocument[];
  /**
   * The same with more extensions.
   *
   * @example
   * core.User.with(core.EnterpriseUser).resourceType.schemaExtensions[0].required; // false
   */
  with(...extensions: (SchemaSource | { id: string } | { schema: SchemaSource | { id: string }; required?: boolean | undefined })[]): ResourceDefinition;
}

/**
 * The resource types of RFC 7643, without extensions, and its extension for the User.
 *
 * @example
 * const costs = { id: "urn:example:Costs", attributes: [{ name: "center", type: "string" }] };
 * createScimHandler({ store: memoryStore(), auth: none(), resources: [core.User.with(core.EnterpriseUser, costs), core.Group] });
 */
export const core: {
  readonly User: ResourceDefinition;
  readonly Group: ResourceDefinition;
  readonly EnterpriseUser: { readonly id: string };
};

/**
 * A resource type of your own. `endpoint` is `/Devices` for a `Device` if absent.
 *
 * @example
 * const schema = { id: "urn:example:Device", attributes: [{ name: "serial", type: "string" }] };
 * defineResource({ name: "Device", schema }).resourceType.endpoint; // "/Devices"
 */
export function defineResource(definition: {
  name: string;
  endpoint?: string | undefined;
  schema: SchemaSource;
  extensions?: Parameters<ResourceDefinition["with"]>[number][] | undefined;
  id?: string | undefined;
  description?: string | undefined;
}): ResourceDefinition;

export interface ScimHandlerSettings {
  /** Where the endpoint lies; `:tenant` stands for a name, such as in `/t/:tenant/scim`. Default `/scim/v2`. */
  basePath?: string | undefined;
  /**
   * The URL of the endpoint, with its path, that locations begin with: `https://id.acme.example/scim/v2`.
   * Default: scheme, host and mount of the request; set it behind a proxy.
   */
  baseUrl?: string | undefined;
  store: ShippedStore | Store<any>;
  /** Who asks. Of several, the first that knows. */
  auth: Authenticator | Authenticate | (Authenticator | Authenticate)[];
  /** Whether discovery documents are there for everybody. Default true. */
  openDiscovery?: boolean | undefined;
  /**
   * The permissions that operations need, where they differ from their names (`Users:create`,
   * `Users:update`, `Groups:list`, `Groups:members` for a PATCH of members alone, `Me:view`,
   * `Bulk:run`, …); `"wso2"` for those of that server.
   */
  permissions?: Record<string, string> | "wso2" | undefined;
  /**
   * The permissions that single attributes need, by resource type: `{ User: { title: { read:
   * "hr.read", write: "hr.write" } } }`. To whoever lacks the one to write, the attribute is
   * read-only; to whoever lacks the one to read, it is also in no answer, filter or order. A part of
   * one value (`name.familyName`) stays when the rest of it goes; of several values (`emails.value`)
   * whole ones can be taken away all the same, unless there is a rule about `emails`. The `groups` of
   * users show the names of groups. What needs a permission to be read has no part in versions.
   */
  attributePermissions?: Record<string, Record<string, { read?: string | undefined; write?: string | undefined }>> | undefined;
  /**
   * Attributes whose values must not stand in a URL, which proxies and browsers keep: a filter on them
   * (`?filter=emails.value eq …`) is answered with 403 and `sensitive`, and goes by POST to
   * `/.search`. Many identity providers cannot do that. Default: none.
   */
  sensitiveAttributes?: string[] | undefined;
  /**
   * Whether `userName` is compared, sorted and unique as PRECIS prepares it (RFC 8265): wide letters
   * are letters, `å` is one character or two, case does not count. What PRECIS does not allow (other
   * blanks, symbols, mixed directions) `strict` refuses, and other profiles take and note
   * (`unpreparedText`). `false`: case alone does not count, as in SCIM 1.1 and for names that were
   * there before; what stands beside the resources is made anew when this changes. Default true.
   */
  precis?: boolean | undefined;
  /** What is tolerated in requests. Default `lenient`. */
  profile?: Profile | undefined;
  limits?: {
    /** Bytes of a body, or a text such as `"1mb"`. Default 10 MiB. */
    maxBody?: number | string | undefined;
    /** Resources in an answer. Default 200. */
    maxResults?: number | undefined;
    /** Resources in an answer when no count is asked for. Default 100. */
    defaultPageSize?: number | undefined;
    /** How many members of a group one PATCH may take away in all. Default any number. */
    maxMemberLoss?: number | undefined;
    /** Bounds on JSON, filters and PATCH messages. */
    jsonBytes?: number | string | undefined;
    jsonDepth?: number | undefined;
    filterBytes?: number | string | undefined;
    filterDepth?: number | undefined;
    filterTerms?: number | undefined;
    patchOperations?: number | undefined;
    /** What a Bulk may hold; `false` for none. Default 1,000 operations and 1 MiB. */
    bulk?: boolean | { maxOperations?: number | undefined; maxPayload?: number | string | undefined } | undefined;
  } | undefined;
  /**
   * Cursors (RFC 9865), signed with a secret of at least 32 bytes that all processes share, and how
   * long one lasts, in seconds or as `"1h"`. Default: none, and pages by index.
   */
  pagination?:
    | {
        cursor?: { secret: string; ttl?: number | `${number}${"s" | "m" | "h" | "d"}` | undefined } | undefined;
        default?: "index" | "cursor" | undefined;
      }
    | { cursorKey: string; cursorTimeout?: number | undefined; default?: "index" | "cursor" | undefined }
    | undefined;
  /** What a Bulk may hold, in the words of ServiceProviderConfig; the same as `limits.bulk`. */
  bulk?: boolean | { maxOperations?: number | undefined; maxPayloadSize?: number | string | undefined } | undefined;
  /** What `/Me` makes, and what people may change of themselves; `false` for no `/Me`. */
  me?: boolean | { resourceType?: string | undefined; writable?: string[] | undefined } | undefined;
  /**
   * What a POST does when a resource with its `externalId` is there: make another one, or replace
   * that one as a PUT would (for clients that send a create again when the answer was lost; whoever
   * asks needs the permission to update). Default `"insert"`.
   */
  create?: "insert" | "upsert-by-externalId" | undefined;
  /**
   * Whether what a client deletes is kept for {@link ScimHandler.restore}: to clients it is gone
   * either way. `unique`: whether another resource may have its `userName` at once (`"freed"`,
   * default) or not before it is purged (`"kept"`). `recreate`: what a POST with its `userName` (or,
   * where POSTs go by it, `externalId`) does: make another one (`"new"`, default), or bring it back
   * under its old `id` with what was sent, answered with 201. Default `"hard"`: nothing is kept.
   */
  delete?: "hard" | "soft" | { mode?: "hard" | "soft" | undefined; unique?: "freed" | "kept" | undefined; recreate?: "new" | "restore" | undefined } | undefined;
  /**
   * Resource types: {@link core} with extensions, {@link defineResource}, names of built-in ones,
   * or documents. Default: `User`, which has the enterprise extension, and `Group`.
   */
  resources?: (BuiltinName | ResourceTypeDocument | ResourceDefinition)[] | undefined;
  /** The schemas that your resource types use beside the built-in ones. */
  schemas?: SchemaDocument[] | undefined;
  /** Whether resources have versions. Default true. */
  etag?: boolean | undefined;
  /** Whether a change must say which version it changes. Default false. */
  requireIfMatch?: boolean | undefined;
  documentationUri?: string | undefined;
  /** Whether `/openapi.json` describes the endpoint, for whom discovery is open. Default true. */
  openapi?: boolean | undefined;
  /**
   * How fast each credential may ask, in this process: 429 with Retry-After beyond it. A function
   * answers the seconds to wait, and counts for several processes. Where it throws, the request is
   * answered with 500, and `onError` is told that it did. Default: no limit.
   */
  rateLimit?: { perToken: `${number}/${"s" | "m" | "h"}`; burst?: number | undefined } | RateLimit | undefined;
  /**
   * How often somebody may fail to sign in, from one address and (with HTTP Basic) for one name,
   * before the next tries are answered with 429 and not looked at; in this process. Credentials
   * that were right before are let through. Default 10 times in 5 minutes.
   */
  failedSignIns?: false | { max?: number | undefined; minutes?: number | undefined } | undefined;
  /**
   * How many proxies stand before the server; `true` for one. So many entries of X-Forwarded-For,
   * from the end, are taken for addresses. Default 0: the address is that of the connection.
   */
  trustProxy?: number | boolean | undefined;
  /** Origins whose pages may ask, such as `https://admin.example.test`. Default: none. */
  cors?: string[] | undefined;
  /**
   * Whether a POST that is sent again with its Idempotency-Key is answered again and not done
   * again; what is remembered is gone with the process. Default: 10 minutes, 1,000 answers.
   */
  idempotency?: boolean | { minutes?: number | undefined; max?: number | undefined } | undefined;
  /** Who is told of changes; `true` to keep events for {@link ScimHandler.changes} alone. Default: nobody. */
  events?: boolean | EventSettings | undefined;
  observe?: {
    /** Gets a record of each request. It has no values of attributes, and no secrets. */
    audit?: ((record: AuditRecord) => unknown) | undefined;
    /**
     * Whether requests are spans of OpenTelemetry (`scim.Users.list`, and in it `scim.store.query`),
     * with the package `@opentelemetry/api`, which you install, or with what it exports, where it
     * does not lie beside this one. They have no values, identifiers or messages. Default false.
     */
    otel?: boolean | object | undefined;
  } | undefined;
  /** Gets what clients do not see: failures of the store and of `auth`. Default: they go to stderr. */
  onError?: ((error: unknown) => void) | undefined;
}

/** Answers the seconds that a credential has to wait; 0 for none. */
export type RateLimit = (credential: string, head: { method: string; path: string }) => number | Promise<number>;

/** What a mount takes from Koa. */
export interface KoaContext {
  req: IncomingMessage;
  res: ServerResponse;
}

/** A query in SQL; without values. */
export interface SqlExplanation {
  sql: string;
  /** What is bound, in order: `pool.query("EXPLAIN " + sql, params)` asks the database itself. */
  params: (string | number)[];
  /** Whether the rows are the answer; else the engine filters what comes. */
  exact: boolean;
  /** The indexes that find the rows. */
  servedBy: string[];
  /** What the engine does, and why. */
  residual: string[];
  advice: string[];
}

/**
 * A SCIM endpoint, made by {@link createScimHandler}.
 *
 * @example
 * const scim = createScimHandler({ store: memoryStore(), auth: bearer({ tokens: { [tokenDigest(token)]: {} } }) });
 * (await scim.fetch(new Request("http://127.0.0.1/scim/v2/Users"))).status; // 401
 */
export interface ScimHandler {
  /**
   * For Hono, Next.js, Bun, Deno and other homes of fetch. `address` is that of the client, for
   * {@link ScimHandlerSettings.failedSignIns}.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none() });
   * const made = await scim.fetch(
   *   new Request("http://127.0.0.1/scim/v2/Users", {
   *     method: "POST",
   *     headers: { "content-type": "application/scim+json" },
   *     body: JSON.stringify(rosa),
   *   }),
   * );
   * made.status; // 201
   */
  fetch(request: Request, from?: { address?: string | undefined }): Promise<Response>;
  /**
   * A listener for `http.createServer`.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none() });
   * http.createServer(scim.node());
   */
  node(): (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void;
  /** The same, called directly. */
  node(req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): Promise<void>;
  /**
   * The operations that the endpoint has, and the permission that each needs: what can be granted.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none(), permissions: { "Users:list": "people.read" } });
   * scim.operations()[0]; // { operation: "Users:list", permission: "people.read" }
   */
  operations(): { operation: string; permission: string }[];
  /**
   * The endpoint described in OpenAPI 3.1, as `GET /openapi.json` answers: what these settings
   * have, your resource types included.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none(), bulk: false });
   * "/Bulk" in scim.openapi().paths; // false
   */
  openapi(): Record<string, any>;
  /**
   * Waits until the store can be used: tables are made, or compared with the mapping. Throws what
   * is wrong; without it, the first request finds out.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none() });
   * await scim.ready();
   */
  ready(): Promise<void>;
  /**
   * The tables and indexes of {@link pgStore}, or what a mapping wants of yours, as SQL that can be
   * run again. For another store it has to be asked for by name.
   *
   * @example
   * const pool = { query: async () => ({ rows: [] }), connect: async () => pool, release() {} }; // new pg.Pool()
   * const scim = createScimHandler({ store: pgStore(pool), auth: none() });
   * scim.ddl().includes("CREATE TABLE IF NOT EXISTS scim_document"); // true
   */
  ddl(dialect?: "postgres"): string;
  /**
   * The schema documents that `/Schemas` serves.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none(), resources: [core.Group] });
   * scim.schemas()[0].name; // "Group"
   */
  schemas(): SchemaDocument[];
  /**
   * What a filter becomes in SQL, which indexes serve it and what SQL cannot tell. Throws for a
   * store that has none of ours: {@link memoryStore}, or one of yours.
   *
   * @example
   * const scim = createScimHandler({ store: sqliteStore(":memory:"), auth: none() });
   * scim.explain('userName eq "rosa"').servedBy; // ["value (userName)"]
   */
  explain(filter: string, type?: string): SqlExplanation;
  /**
   * A middleware for Express, and Nest on it: below a path (`app.use("/scim/v2", scim.express())`), or
   * for the base path. Bodies may have been parsed before.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none() });
   * const app = express();
   * app.use("/scim/v2", scim.express());
   */
  express(): (req: any, res: any, next?: (error?: unknown) => void) => Promise<void>;
  /**
   * A plugin for Fastify, and Nest on it; the content types of SCIM are understood inside of it only.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none() });
   * const app = fastify();
   * await app.register(scim.fastify(), { prefix: "/scim/v2" });
   */
  fastify(): (instance: any) => Promise<void>;
  /**
   * A handler for Hono.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none() });
   * const app = new Hono();
   * app.all("/scim/v2/*", scim.hono());
   */
  hono(): (context: { req: { raw: Request; arrayBuffer(): Promise<ArrayBuffer> } }) => Promise<Response>;
  /**
   * A middleware for Koa.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none() });
   * const app = new Koa();
   * app.use(scim.koa());
   */
  koa(): (context: KoaContext & Record<string, any>, next: () => Promise<unknown>) => Promise<unknown>;
  /**
   * The route handlers of Next.js, for `app/scim/v2/[[...path]]/route.ts`. `next.config.mjs` needs
   * `serverExternalPackages: ["@scimforge/node"]`.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none() });
   * const { GET, POST, PUT, PATCH, DELETE } = scim.next();
   * (await GET(new Request("http://127.0.0.1/scim/v2/Users"))).status; // 200
   */
  next(): Record<"GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS", (request: Request) => Promise<Response>>;
  /**
   * What has changed behind the change with the number `after` (0), in order. Ends with the last;
   * with `follow` it waits for more until `signal` or {@link ScimHandler.close} ends it. Events are
   * kept for `keepDays`.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none(), events: true });
   * for await (const { seq, event } of scim.changes()) save(seq, event);
   */
  changes(after?: number, options?: { follow?: boolean; signal?: AbortSignal }): AsyncIterableIterator<Change>;
  /**
   * What was given up, in the order of the changes, at most `limit` (100). It is kept for `keepDays`.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none(), events: true });
   * for (const { receiver, failure, event } of await scim.deadLetters()) console.log(receiver, failure, event.uri);
   */
  deadLetters(asked?: { receiver?: string; after?: string; limit?: number }): Promise<DeadLetter[]>;
  /**
   * Has what was given up delivered again, as often as if it were new, for all receivers or one, and
   * all of it or some. What has been delivered of a resource since comes before it. The answer is how many
   * there are.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none(), events: true });
   * const letters = await scim.deadLetters();
   * await scim.retryDeadLetters({ ids: letters.filter(({ failure }) => failure === "status 503").map(({ id }) => id) });
   */
  retryDeadLetters(asked?: { receiver?: string; ids?: string[] }): Promise<number>;
  /**
   * A page of what was deleted and is kept (`delete: "soft"`), the oldest first. `next` is `after` of the
   * next page.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none(), delete: "soft" });
   * const { removed, next } = await scim.removed({ type: "User", limit: 50 });
   */
  removed(asked?: { tenant?: string; type?: string; after?: RemovedPage["next"]; limit?: number }): Promise<RemovedPage>;
  /**
   * Puts a resource back that was deleted, and into the groups it was in; `undefined` if none is kept. An
   * error with `status` 409 if another one has a value of it that is unique. `by`: who does it, for the
   * audit record.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none(), delete: "soft" });
   * const rosa = await scim.restore({ type: "User", id: "u-1", by: "helpdesk" });
   */
  restore(asked: { tenant?: string; type?: string; id: string; by?: string }): Promise<StoredResource | undefined>;
  /**
   * Forgets for good what was deleted before a time, of one tenant or of all, and counts it by resource
   * type. The events of it that are kept lose their `data` and `externalId`.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none(), delete: "soft" });
   * const month = 30 * 24 * 60 * 60 * 1000;
   * await scim.purge({ before: new Date(Date.now() - month) }); // {}
   */
  purge(asked: { tenant?: string; before: Date | string; by?: string }): Promise<Record<string, number>>;
  /**
   * Waits for requests and deliveries under way, turns others away, and closes the store.
   *
   * @example
   * const scim = createScimHandler({ store: sqliteStore(":memory:"), auth: none() });
   * await scim.close();
   */
  close(): Promise<void>;
}

/** Resources that were deleted and are kept. */
export interface RemovedPage {
  removed: {
    id: string;
    type: string;
    /** When. */
    removed?: string;
    /** By whom. */
    by?: string;
    userName?: string;
    displayName?: string;
    externalId?: string;
  }[];
  next?: { at?: string; id: string };
}

/**
 * A SCIM endpoint. Throws for a wrong setting; requests are answered, whatever happens. Handlers
 * share nothing.
 *
 * @example
 * const scim = createScimHandler({
 *   basePath: "/scim/v2",
 *   store: sqliteStore("./scim.db"),
 *   auth: bearer({ tokens: { [tokenDigest(token)]: { sub: "okta", permissions: ["scim:*"] } } }),
 * });
 * http.createServer(scim.node()).listen(8080);
 */
export function createScimHandler(settings: ScimHandlerSettings): ScimHandler;
