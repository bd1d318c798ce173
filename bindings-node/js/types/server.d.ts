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
}
