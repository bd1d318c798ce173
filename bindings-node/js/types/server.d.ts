// The server in memory.

import type { Input, Resource } from "./documents.js";
import type { Profile } from "./options.js";

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
  /** What the one who asks may do: `["Users:list", "Groups:*"]`, `["scim:*"]`. Default: everything. */
  permissions?: string[];
  /** The resource that the one who asks is, for `/Me`. */
  subject?: { type: string; id: string };
  /** What is tolerated of this client. Default: what the settings say. */
  profile?: Profile;
  /** What the request is called in its events. Default: the next of `ids`. */
  txn?: string;
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
   * The server described in OpenAPI 3.1, as `GET /openapi.json` answers.
   *
   * @example
   * Object.keys(new MemoryServer().openapi().paths["/Users"]); // ["get", "post"]
   */
  openapi(baseUrl?: string): Record<string, any>;
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
  /**
   * What a host does, and no client, with resources that were deleted and are kept, where the
   * settings have `delete: "soft"`: lists them, puts one back, or forgets the older ones.
   *
   * @example
   * const server = new MemoryServer({ delete: "soft" });
   * server.insert({ ...rosa, id: "u-1", meta: { resourceType: "User" } });
   * server.handle({ method: "DELETE", target: "/Users/u-1" }).status; // 204
   * server.task({ task: "restore", type: "User", id: "u-1" }).json().userName; // "rosa"
   */
  task(task: Task, env?: Environment): Answer;
  /**
   * The events after one with a number, in order, where the settings have `events`; at most so
   * many (1,000).
   *
   * @example
   * const server = new MemoryServer({ events: true });
   * server.handle({ method: "POST", target: "/Users", body: rosa });
   * server.changes()[0].event.name; // "user.created"
   */
  changes(after?: number, most?: number): Change[];
  /**
   * Forgets the events up to one with a number.
   *
   * @example
   * const server = new MemoryServer({ events: true });
   * server.forgetChanges(10);
   */
  forgetChanges(upTo: number): void;
}

/** Lists answer `removed` and perhaps `next`, for `after`; a purge `purged` and whether there is `more`. */
export type Task =
  | { task: "removed"; type: string; after?: { at?: string; id: string }; limit?: number }
  | { task: "restore"; type: string; id: string }
  | { task: "purge"; before: string; tenant?: string; limit?: number };

/** An event, and its number. */
export interface Change {
  seq: number;
  event: ScimEvent;
}

/** One change of one resource. A password is in none. */
export interface ScimEvent {
  /** What tells it from every other event. */
  id: string;
  time: string;
  /** The request that it comes from. */
  txn: string;
  tenant: string;
  /** Who asked for it. */
  principal?: string;
  /** The resource type, and `created`, `updated`, `activated`, `deactivated` or `deleted`. */
  name: string;
  /** The URIs of RFC 9967: what was done, and whether that activated or deactivated the resource. */
  types: string[];
  /** The path of the resource behind the base URL. */
  uri: string;
  resourceType: string;
  resourceId: string;
  externalId?: string;
  version?: string;
  previousVersion?: string;
  /** The paths of attributes that were added, changed or removed. */
  attributes: string[];
  /** In mode `full`: the resource that was created, the body of a PUT, or the message of a PATCH, that make the change. */
  data?: Record<string, unknown>;
}

/** What a Security Event Token says beside its event. */
export interface SecurityEventOptions {
  issuer: string;
  audience: string | string[];
  /** What tells this token from others: another for each receiver. */
  jti: string;
  /** When the token was made. */
  iat: Date | string;
  /** `full` for values, where the event has them. Default `notice`. */
  mode?: "notice" | "full";
}

/**
 * The claims of a Security Event Token (RFC 9967) for an event, to be signed.
 *
 * @example
 * const server = new MemoryServer({ events: true });
 * server.handle({ method: "POST", target: "/Users", body: rosa }, { ids: ["u-1"], txn: "t-1" });
 * const [{ event }] = server.changes();
 * securityEvent(event, { issuer: "https://scim.example.test", audience: "https://feed.example.test", jti: event.id, iat: new Date() })
 *   .sub_id; // { format: "scim", uri: "/Users/u-1" }
 */
export function securityEvent(event: ScimEvent, options: SecurityEventOptions): Record<string, unknown>;
