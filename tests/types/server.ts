// What the types of the server promise: compiled, never run.

import { createServer } from "node:http";

import {
  MemoryServer,
  basic,
  bearer,
  conflict,
  createScimHandler,
  jwt,
  memoryStore,
  none,
  passwordHash,
  passwordMatches,
  pgStore,
  securityEvent,
  bool,
  computed,
  constant,
  int,
  joinTable,
  jsonb,
  core,
  defineResource,
  sqliteStore,
  table,
  text,
  tokenDigest,
  ts,
  uuid,
  type Key,
  type Principal,
  type Resource,
  type ScimHandler,
  type Store,
  type StoredResource,
  type User,
} from "@scimforge/node";

const scim: ScimHandler = createScimHandler({
  basePath: "/scim/v2",
  store: sqliteStore("./scim.db"),
  auth: bearer({ tokens: { [tokenDigest("x")]: { sub: "okta", tenant: "acme", expiresAt: new Date() } } }),
  limits: { maxBody: 1 << 20 },
  resources: [core.User.with(core.EnterpriseUser, { id: "urn:example:Badge", attributes: [] }), defineResource({ name: "Kiln", schema: "./kiln.json" }), { name: "Device", endpoint: "/Devices", schema: "urn:example:Device" }],
});
createServer(scim.node());
createServer((req, res) => void scim.node(req, res));
const response: Promise<Response> = scim.fetch(new Request("https://scim.example.test/scim/v2/Users"));
await scim.close();

const pool = {
  query: async (text: string, values?: unknown[]) => ({ rows: [text, values] }),
  connect: async () => ({ ...pool, release() {} }),
};
const ddl: string = createScimHandler({ store: pgStore(pool, { prefix: "app.scim_" }), auth: none() }).ddl();
pgStore({ query: pool.query }, { inTransaction: true });
// @ts-expect-error: a client alone is in a transaction of somebody
pgStore({ query: pool.query });
console.log(ddl);

const mapped = {
  User: table("app.users", {
    id: uuid("id"),
    userName: text("email").ci().unique(),
    active: bool("enabled"),
    name: { givenName: text("first_name") },
    displayName: computed((row: { first_name: string }) => row.first_name),
    emails: constant([{ value: text("email"), type: "work" }]),
    roles: [{ value: text("role"), primary: true }],
    meta: { created: ts("created_at"), version: int("row_version") },
    softDelete: ts("deleted_at").utc(),
    tenant: uuid("org_id"),
    rest: jsonb("scim_extra"),
    defaults: { role: "member" },
  }),
  Group: table("app.teams", { id: uuid("id"), members: joinTable("app.team_members", { group: "team_id", user: "user_id" }) }),
};
pgStore(pool, mapped);
pgStore({ query: pool.query }, mapped, { inTransaction: true });
// @ts-expect-error: rows are found by something
table("app.users", { userName: text("email") });
// @ts-expect-error: a join table has two columns
joinTable("app.team_members", { group: "team_id" });

// @ts-expect-error: nobody decides by accident that everybody is let in
createScimHandler({ store: memoryStore() });
// @ts-expect-error: tokens are given by digest
bearer({ tokens: { secret: { sub: "okta" } } });
// @ts-expect-error: a misspelt setting
createScimHandler({ store: memoryStore(), auth: none(), basepath: "/" });

createScimHandler({
  store: memoryStore(),
  auth: [
    basic({ users: { hr: { password: await passwordHash("x"), permissions: ["Users:*"] } } }),
    jwt({ issuer: "https://login.example.test", audience: "scim", scopes: { "scim.read": ["Users:list"] } }),
    async ({ params }) => ({ tenant: params.tenant, profile: "entra", subject: { type: "User", id: "u-1" } }),
  ],
  permissions: { "Users:create": "people.write" },
  bulk: { maxOperations: 100, maxPayloadSize: "1mb" },
  me: { writable: ["displayName"] },
  rateLimit: { perToken: "25/s", burst: 50 },
  cors: ["https://admin.example.test"],
  failedSignIns: { max: 5, minutes: 10 },
  trustProxy: 1,
  observe: { audit: ({ operation, status, duration }) => `${operation} ${status} ${duration.toFixed()}`, otel: true },
});
const granted: string[] = ["Users:list"];
const principal: Principal = { permissions: [...granted, "Devices:list", "people.write", "Groups:members"] };
bearer({ tokens: { [tokenDigest("x")]: principal } });
const operations: { operation: string; permission: string }[] = scim.operations();
const matches: Promise<boolean> = passwordMatches(await passwordHash("x"), "x");
createScimHandler({ store: memoryStore(), auth: ({ raw, address }) => (address === raw.ip ? principal : null), sensitiveAttributes: ["emails"] });
// @ts-expect-error: a permission is a text
bearer({ tokens: { [tokenDigest("x")]: { permissions: [7] } } });
// @ts-expect-error: a rate has a unit
createScimHandler({ store: memoryStore(), auth: none(), rateLimit: { perToken: "25" } });
// @ts-expect-error: a JWT is for somebody
jwt({ issuer: "https://login.example.test" });

class Rows implements Store {
  readonly #rows = new Map<string, Resource>();
  get(key: Key) {
    return this.#rows.get(key.id);
  }
  async query() {
    return [...this.#rows.values()];
  }
  insert(key: Key, resource: Resource) {
    if (this.#rows.has(key.id)) throw conflict("id");
    this.#rows.set(key.id, resource);
  }
  replace(key: Key, resource: Resource) {
    this.#rows.set(key.id, resource);
  }
  remove(key: Key) {
    return this.#rows.delete(key.id);
  }
}
const people = new Map<string, StoredResource>();
const literal: Store = {
  get: ({ id }) => people.get(id),
  query: ({ types }) => ({ rows: [...people.values()].filter(({ meta }) => types.includes(meta.resourceType ?? "")), residual: true }),
  insert(key, resource) {
    const login: string = resource.userName;
    if (login === "" || resource.active === false) throw conflict("userName");
    people.set(key.id, resource);
  },
  replace: (key, resource) => void people.set(key.id, resource),
  remove: ({ id }) => people.delete(id),
  // @ts-expect-error: a store answers with resources
  part: () => 7,
};
const users = new Map<string, User>();
const typed: Store<User> = {
  get: ({ id }) => users.get(id) ?? null,
  query: () => [...users.values()],
  insert: ({ id }, user) => void users.set(id, { ...user, userName: user.userName.trim() }),
  replace: ({ id }, user) => void users.set(id, user),
  remove: ({ id }) => users.delete(id),
};
createScimHandler({ store: literal, auth: none() });
createScimHandler({ store: typed, resources: ["User"], auth: none() });
const restored: string | undefined = (await createScimHandler({ store: memoryStore(), auth: none() }).restore({ id: "u-1" }))?.userName;
memoryStore({ resources: [{ schemas: [], id: "u-1", userName: "rosa" }] });
bearer({ file: "./scim-tokens.json" });
createScimHandler({ store: new Rows(), auth: async ({ authorization }) => (authorization ? { sub: "me" } : null) });

const server = new MemoryServer({ maxResults: 10 });
const { status, headers, body }: { status: number; headers: Record<string, string>; body: Uint8Array } = server.handle(
  { method: "GET", target: "/Users", headers: new Headers() },
  { now: "2026-03-01T09:30:00Z" },
);

const told = createScimHandler({
  store: memoryStore(),
  auth: none(),
  events: {
    mode: "full",
    onEvent: (event) => event.attributes.includes("title"),
    webhooks: [{ url: "https://feed.south.example/hook", secret: "whsec_", types: ["user.deactivated"] }],
    set: { url: "https://feed.south.example/set", issuer: "i", audience: ["a"], key: { kty: "EC" }, alg: "ES256" },
    retry: { attempts: 3 },
  },
});
for await (const { seq, event } of told.changes(0, { follow: true, signal: AbortSignal.timeout(1) })) {
  const claims: Record<string, unknown> = securityEvent(event, { issuer: "i", audience: "a", jti: `${seq}`, iat: new Date() });
  if (claims["sub_id"] === undefined) break;
}
for (const letter of await told.deadLetters({ receiver: "onEvent", limit: 10 })) {
  const count: number = await told.retryDeadLetters({ ids: [letter.id] });
  if (count > 0 && letter.event.name === letter.failure) break;
}
// @ts-expect-error: case is a matter of texts
bool("enabled").ci();
// What is not set in the environment is left to its default.
const { SCIM_TOKENS: file, SCIM_URL: baseUrl, SCIM_ISSUER: issuer, SCIM_JWKS: jwks, SCIM_BODY: maxBody } = process.env;
createScimHandler({
  store: memoryStore(),
  auth: [bearer({ file, lookup: undefined }), jwt({ issuer: issuer ?? "https://login.south.example", audience: "scim", jwks, scopes: undefined })],
  ...{ baseUrl, documentationUri: undefined, profile: undefined, trustProxy: file === undefined ? undefined : 1 },
  limits: { maxBody, maxResults: undefined },
  bulk: { maxOperations: undefined },
  observe: { audit: undefined },
  delete: { mode: "soft", unique: undefined },
  events: baseUrl === undefined ? undefined : { mode: undefined, retry: { attempts: undefined } },
});
// @ts-expect-error: there are two modes
createScimHandler({ store: memoryStore(), auth: none(), events: { mode: "all" } });

export { body, headers, matches, operations, response, restored, status };
