import type { IncomingMessage, ServerResponse } from "node:http";

import type { BuiltinName, Profile, Resource, ResourceTypeDocument, SchemaDocument } from "./types.js";

/** Who asks. More members than these are yours. */
export interface Principal {
  /** A name for logs and audit. */
  sub?: string;
  /** Whose data: part of every key, so that tenants never see each other. Default: the empty name. */
  tenant?: string;
  [name: string]: unknown;
}

/** What a principal is read from. */
export interface RequestHead {
  method: string;
  /** Below the base path, as the client wrote it. */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  authorization: string | undefined;
}

/** Answers a principal, or nothing for 401. What it throws is 401 too, and goes to `onError`. */
export type Authenticate = (
  head: RequestHead,
) => Principal | null | undefined | Promise<Principal | null | undefined>;

export interface Authenticator {
  authenticate: Authenticate;
  /** For WWW-Authenticate. */
  challenge?: string | undefined;
  /** For ServiceProviderConfig. */
  schemes?: AuthenticationScheme[];
}

/** RFC 7643 section 5. */
export interface AuthenticationScheme {
  type: "oauth" | "oauth2" | "oauthbearertoken" | "httpbasic" | "httpdigest" | (string & {});
  name: string;
  description: string;
  specUri?: string;
  documentationUri?: string;
  primary?: boolean;
}

export interface TokenPrincipal extends Principal {
  /** From then on the token is refused. */
  expiresAt?: string | Date;
}

export interface BearerSettings {
  /** Digests of tokens ({@link tokenDigest}) and who they stand for. Several may be valid at once. */
  tokens?: Record<`sha256:${string}`, TokenPrincipal>;
  /** For tokens that live in a database: finds the principal of a digest. */
  lookup?: (digest: string) => TokenPrincipal | null | undefined | Promise<TokenPrincipal | null | undefined>;
  realm?: string;
}

/**
 * Bearer tokens. Digests are compared in constant time; no token is kept.
 *
 * @example
 * bearer({ tokens: { [tokenDigest(token)]: { sub: "okta", tenant: "acme" } } });
 */
export function bearer(settings: BearerSettings): Authenticator;
/**
 * Lets everybody in: for tests, or behind a proxy that has asked already.
 *
 * @example
 * const scim = createScimHandler({ store: memoryStore(), auth: none() });
 * (await scim.fetch(new Request("http://127.0.0.1/scim/v2/Users"))).status; // 200
 */
export function none(): Authenticator;
/**
 * `sha256:` and 64 hex digits.
 *
 * @example
 * tokenDigest("try-me").startsWith("sha256:"); // true
 */
export function tokenDigest(token: string): `sha256:${string}`;

/** The place of a resource. */
export interface Key {
  tenant: string;
  type: string;
  id: string;
}

/** A value that no other resource of the type may have (per tenant). */
export interface Unique {
  path: string;
  /** As it is compared: in lower case unless case counts. */
  key: string;
}

/** A query in the engine's words. */
export interface QueryPlan {
  tenant: string;
  /** The names of the resource types to look through. */
  types: string[];
  /** The filter in canonical form. */
  filter?: string;
  /** An equality that every match has, for an index. */
  equal?: { path: string; key: string; caseExact: boolean };
  sortBy?: string;
  descending: boolean;
  offset: number;
  limit: number;
  needTotal: boolean;
}

/** What a query found: one page, or (`residual`) at least all matches, which the engine then filters, sorts and cuts. */
export interface QueryResult {
  rows: Resource[];
  total?: number;
  residual: boolean;
}

/**
 * A store of your own. Resources are plain objects in canonical form; keep them as they are.
 * Throw {@link conflict} and {@link versionMismatch} to refuse a change, anything else for 500.
 */
export interface Store {
  get(key: Key): Resource | null | undefined | Promise<Resource | null | undefined>;
  /** An array is taken for `{ rows, residual: true }`. */
  query(plan: QueryPlan): QueryResult | Resource[] | Promise<QueryResult | Resource[]>;
  /** `password` is in clear, once: hash it, or drop it. It is in no resource. */
  insert(key: Key, resource: Resource, with_: { unique: Unique[]; password?: string }): unknown;
  /** Answers `false` if there is no such resource. */
  replace(
    key: Key,
    resource: Resource,
    with_: { unique: Unique[]; password?: string; ifVersion?: string },
  ): unknown;
  /** Answers `false` if there is no such resource. */
  remove(key: Key, with_: { ifVersion?: string }): unknown;
  close?(): void | Promise<void>;
}

/** A store that the package brings. */
export interface ShippedStore {
  readonly kind: "memory" | "sqlite";
}

/**
 * Resources in memory, gone with the process.
 *
 * @example
 * const bakers = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], id: "g-1", displayName: "Bakers", meta: { resourceType: "Group" } };
 * const scim = createScimHandler({ store: memoryStore({ resources: [bakers] }), auth: none() });
 * (await scim.fetch(new Request("http://127.0.0.1/scim/v2/Groups/g-1"))).status; // 200
 */
export function memoryStore(settings?: { resources?: Resource[] }): ShippedStore;
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

export interface ScimHandlerSettings {
  /** Where the endpoint lies. Default `/scim/v2`. */
  basePath?: string;
  /** What locations begin with. Default: scheme and host of the request; set it behind a proxy. */
  baseUrl?: string;
  store: ShippedStore | Store;
  auth: Authenticator | Authenticate;
  /** Whether discovery documents are there for everybody. Default true. */
  openDiscovery?: boolean;
  /** What is tolerated in requests. Default `lenient`. */
  profile?: Profile;
  limits?: {
    /** Bytes of a body. Default 10 MiB. */
    maxBody?: number;
    /** Resources in an answer. Default 200. */
    maxResults?: number;
    /** Resources in an answer when no count is asked for. Default 100. */
    defaultPageSize?: number;
    /** How many members of a group one PATCH may take away in all. Default any number. */
    maxMemberLoss?: number;
  };
  /** Names of built-in resource types, and documents of your own. Default: User and Group. */
  resources?: (BuiltinName | ResourceTypeDocument)[];
  /** The schemas that your resource types use beside the built-in ones. */
  schemas?: SchemaDocument[];
  /** Whether resources have versions. Default true. */
  etag?: boolean;
  /** Whether a change must say which version it changes. Default false. */
  requireIfMatch?: boolean;
  documentationUri?: string;
  /** Gets what clients do not see: failures of the store and of `auth`. */
  onError?: (error: unknown) => void;
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
   * For Hono, Next.js, Bun, Deno and other homes of fetch.
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
  fetch(request: Request): Promise<Response>;
  /**
   * A listener for `http.createServer`, and a middleware for Express.
   *
   * @example
   * const scim = createScimHandler({ store: memoryStore(), auth: none() });
   * http.createServer(scim.node());
   */
  node(): (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void;
  /** The same, called directly. */
  node(req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): Promise<void>;
  /**
   * Waits for requests under way in the store, and closes it.
   *
   * @example
   * const scim = createScimHandler({ store: sqliteStore(":memory:"), auth: none() });
   * await scim.close();
   */
  close(): Promise<void>;
}

/**
 * A SCIM endpoint. Throws for a wrong setting; requests are answered, whatever happens. Handlers
 * share nothing.
 *
 * @example
 * const scim = createScimHandler({
 *   basePath: "/scim/v2",
 *   store: sqliteStore("./scim.db"),
 *   auth: bearer({ tokens: { [tokenDigest(token)]: { sub: "okta" } } }),
 * });
 * http.createServer(scim.node()).listen(8080);
 */
export function createScimHandler(settings: ScimHandlerSettings): ScimHandler;
