// What developers get wrong when they set an endpoint up: each is told before the first request, with
// the place, what is wrong there, and what was meant.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import {
  basic,
  bearer,
  core,
  createScimHandler,
  defineResource,
  jwt,
  memoryStore,
  none,
  passwordHash,
  pgStore,
  sqliteStore,
  table,
  text,
  tokenDigest,
  uuid,
} from "../../bindings-node/js/index.js";
import { folder } from "./server.mjs";

const digest = tokenDigest("quay-7");
const pool = { query: async () => ({ rows: [] }), connect: async () => pool, release() {} };
const own = { get() {}, query: () => [], insert() {}, replace() {}, remove() {} };
const made = (settings) => createScimHandler({ store: memoryStore(), auth: none(), ...settings });
const tokens = (principal) => bearer({ tokens: { [digest]: principal } });
const hook = (more) => ({ events: { webhooks: [{ url: "https://hooks.north.example/scim", secret: "whsec_bm9ydGggcGllciA3IGxhbnRlcm4=", ...more }] } });

const MISTAKES = [
  ["settings that are none", () => createScimHandler(null), /give the settings, such as/],
  ["no store", () => made({ store: undefined }), /`store` is memoryStore\(\).*there is none/],
  ["a path for a store", () => made({ store: "./scim.db" }), /sqliteStore\(path\) takes the path/],
  ["a store that was not called", () => made({ store: memoryStore }), /has to be called/],
  ["a pool for a store", () => made({ store: pool }), /pgStore\(pool\) takes it/],
  ["a store that lacks something", () => made({ store: { ...own, query: undefined } }), /it lacks query/],
  ["no auth", () => createScimHandler({ store: memoryStore() }), /`auth` is bearer/],
  ["an auth that was not called", () => made({ auth: none }), /`auth` is none\(…\), called/],
  ["a setting in small letters", () => made({ basepath: "/" }), /no setting `basepath`; did you mean `basePath`\?/],
  ["a setting of another library", () => made({ compat: ["entra"] }), /no setting `compat`; did you mean `profile`\?/],
  ["a setting that is a limit", () => made({ maxBody: 1 }), /did you mean `limits\.maxBody`\?/],
  ["a setting that is nowhere", () => made({ colour: "red" }), /no setting `colour`; there are basePath, /],
  ["a limit", () => made({ limits: { maxResult: 3 } }), /no limit `maxResult`; did you mean `maxResults`\?/],
  ["a limit as text", () => made({ limits: { maxResults: "10" } }), /`limits\.maxResults` takes a positive integer/],
  ["a size without a unit", () => made({ limits: { maxBody: "1 meg" } }), /`limits\.maxBody` is a number of bytes, or a text such as "1mb"/],
  ["a limit of Bulk", () => made({ bulk: { maxOperation: 3 } }), /`bulk\.maxOperation`: there is no such option; did you mean `maxOperations`\?/],
  ["the same among the limits", () => made({ limits: { bulk: { maxops: 3 } } }), /`limits\.bulk\.maxops`: there is no such option; there are maxOperations, /],
  ["a base path without slash", () => made({ basePath: "scim" }), /`basePath` begins with a slash/],
  ["a digest that is nowhere", () => bearer({ tokens: { [process.env.SCIM_NO_SUCH_DIGEST]: {} } }), /this one is undefined: is the variable set/],
  ["a token in clear", () => bearer({ tokens: { "three-lanterns": {} } }), /^(?!.*lanterns).*tokenDigest\(token\) makes it/],
  ["a base path with a query", () => made({ basePath: "/scim?v=2" }), /`basePath` begins with a slash, such as \/scim\/v2/],
  ["a base URL without scheme", () => made({ baseUrl: "id.acme.example" }), /`baseUrl` is the URL of the endpoint with its path/],
  ["a profile that is none", () => made({ profile: "azure" }), /`azure` is no profile; profiles: .*entra/],
  ["an operation in a table of permissions", () => made({ permissions: { "User:delete": "admin" } }), /`permissions\["User:delete"\]`: there is no such operation; did you mean `Users:delete`\?/],
  ["an action that is none", () => made({ permissions: { "Users:read": "x" } }), /there are Users:list, Users:create, /],
  ["an attribute with permissions", () => made({ attributePermissions: { User: { titel: { read: "x" } } } }), /`attributePermissions\.User\.titel`: there is no such attribute; did you mean `title`\?/],
  ["a type with permissions", () => made({ attributePermissions: { Users: {} } }), /`attributePermissions\.Users`: .*did you mean `User`\?/],
  ["what people may change", () => made({ me: { writable: ["displayname", "nickNmae"] } }), /`me\.writable\[1\]`: .*did you mean `nickName`\?/],
  ["an attribute that is sensitive", () => made({ sensitiveAttributes: ["emails", "phoneNumber"] }), /`sensitiveAttributes\[1\]`: .*did you mean `phoneNumbers`\?/],
  ["a permission of a token", () => made({ auth: tokens({ permissions: ["User:list"] }) }), /bearer: no operation needs the permission `User:list`; did you mean `Users:list`\?/],
  ["a permission in small letters", () => made({ auth: tokens({ permissions: ["users:*"] }) }), /did you mean `Users:\*`\?/],
  ["permissions of another name", () => made({ auth: tokens({ permission: ["scim:*"] }) }), /no `permission`; did you mean `permissions`\?/],
  ["an end of another name", () => made({ auth: tokens({ permissions: [], expires: "2030-01-01" }) }), /did you mean `expiresAt`\?/],
  ["the profile of a token", () => made({ auth: tokens({ profile: "azure" }) }), /bearer: `azure` is no profile; profiles: /],
  ["of one way in of several", () => made({ auth: [none(), tokens({ profile: "azure" })] }), /bearer: `azure` is no profile/],
  ["the scopes of JWTs", () => made({ auth: jwt({ issuer: "https://id.north.example", audience: "scim", scopes: { read: ["Users:lst"] } }) }), /jwt: .*did you mean `Users:list`\?/],
  ["a token in clear", () => bearer({ tokens: { "quay-7": {} } }), /tokenDigest\(token\) makes it/],
  ["a token that is not set", () => tokenDigest(undefined), /is its environment variable set\?/],
  ["a token that is empty", () => tokenDigest(""), /is its environment variable set\?/],
  ["a secret that is not set", () => made({ pagination: { cursor: { secret: undefined } } }), /`pagination\.cursor\.secret` is .*environment variable/],
  ["a secret that is short", () => made({ pagination: { cursor: { secret: "short" } } }), /`pagination\.cursor\.secret` takes a secret of at least 32 bytes/],
  ["a name of the secret", () => made({ pagination: { cursor: { secrt: "x" } } }), /no setting of `pagination\.cursor` `secrt`; did you mean `secret`\?/],
  ["a time in words", () => made({ pagination: { cursor: { secret: "x".repeat(32), ttl: "an hour" } } }), /`pagination\.cursor\.ttl` is .*"1h"/],
  ["a way of paging", () => made({ pagination: { mode: "cursor" } }), /no setting of `pagination` `mode`; there are cursor, /],
  ["a rate", () => made({ rateLimit: { perTokens: "5/s" } }), /did you mean `perToken`\?/],
  ["how long keys are remembered", () => made({ idempotency: { minute: 5 } }), /did you mean `minutes`\?/],
  ["an audit that is no function", () => made({ observe: { audit: true } }), /`observe\.audit` is a function/],
  ["a log that is no function", () => made({ onError: "stderr" }), /`onError` is a function/],
  ["events that nobody keeps", () => made({ store: own, events: { onEvent() {} } }), /`outbox`/],
  ["an event that there is not", () => made(hook({ types: ["user.create"] })), /no event is called `user\.create`; did you mean `user\.created`\?/],
  ["an event of no type", () => made(hook({ types: ["deactivated"] })), /there are user\.created, .*user\.deactivated/],
  ["a setting of events", () => made({ events: { onevent() {} } }), /did you mean `onEvent`\?/],
  ["a table without its name", () => pgStore(pool, { User: { id: uuid("id") } }), /table\("app\.users", \{ … \}\)/],
  ["a table for an endpoint", () => made({ store: pgStore(pool, { Users: table("app.users", { id: uuid("id"), userName: text("email").ci().unique() }) }) }), /pgStore: there is no resource type `Users`; did you mean `User`\?/],
  ["a folder that is not there", () => made({ store: sqliteStore("/nowhere/at/all/scim.db") }), /sqliteStore: there is no folder \/nowhere\/at\/all/],
  ["tables of no SQL of ours", () => made({}).ddl(), /ddl\("postgres"\) gives those of pgStore/],
  ["a resource type by its endpoint", () => made({ resources: ["Users"] }), /`resources\[0\]` takes User, Group or /],
  ["an extension for a resource type", () => made({ resources: [core.EnterpriseUser] }), /`resources\[0\]\.name`: this is not a resource type/],
  ["a setting of a resource type", () => defineResource({ name: "Kiln", schema: { id: "urn:example:Kiln" }, endPoint: "/K" }), /no setting `endPoint`; did you mean `endpoint`\?/],
  [
    "a schema of one's own",
    () => made({ resources: [defineResource({ name: "Kiln", schema: { id: "urn:example:Kiln", attributes: [{ name: "hot side" }] } })] }),
    /the schema `urn:example:Kiln` at `attributes\[0\]\.name`: this is not a schema/,
  ],
];

for (const [what, attempt, said] of MISTAKES) {
  test(what, () => assert.throws(attempt, said));
}

test("of names in settings none is taken for a slip that is right", async (t) => {
  const principal = { sub: "okta", tenant: "acme", permissions: ["Users:*", "Groups:members", "people.write", "billing:read", "scim:*"], team: "identity", profile: "okta" };
  made({
    auth: [tokens(principal), basic({ users: { hr: { password: await passwordHash("three lanterns"), permissions: ["hr.read"] } } })],
    permissions: { "Users:create": "people.write", "Devices:list": "devices" },
    attributePermissions: { User: { title: { read: "hr.read" } } },
    me: { writable: ["displayName", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] },
    resources: [core.User.with(core.EnterpriseUser), core.Group, defineResource({ name: "Device", schema: { id: "urn:example:Device", attributes: [{ name: "serial" }] } })],
    limits: { maxBody: "1mb", bulk: { maxPayload: "64kb" } },
    baseUrl: "https://id.acme.example/scim/v2",
    ...hook({ types: ["user.deactivated", "device.created", "urn:ietf:params:scim:event:prov"] }),
  });
  made({ auth: tokens({ permissions: ["/permission/admin/manage"] }), permissions: "wso2", me: false, resources: ["Group"] });
  made({ store: sqliteStore(join(await folder(t), "scim.db")), baseUrl: "http://127.0.0.1:8080/" });
  const [first, ...others] = made({ permissions: { "Users:list": "people.read" }, bulk: false, me: false, resources: ["User"] }).operations();
  assert.deepEqual(first, { operation: "Users:list", permission: "people.read" });
  assert.deepEqual(others.map(({ operation }) => operation), ["Users:create", "Users:view", "Users:update", "Users:delete", "All:list", "Discovery:view"]);
});

test("a slash at the end of the base URL is none of the locations", async () => {
  const scim = made({ baseUrl: "https://id.acme.example/scim/v2/" });
  const { Resources } = await (await scim.fetch(new Request("http://127.0.0.1/scim/v2/ResourceTypes"))).json();
  assert.equal(Resources[0].meta.location, "https://id.acme.example/scim/v2/ResourceTypes/User");
});

test("who asks elsewhere is told where the endpoint lies", async () => {
  const at = async (settings, path) => (await made(settings).fetch(new Request(`http://127.0.0.1${path}`))).json();
  assert.match((await at({}, "/api/scim/Users")).detail, /there is no such endpoint \(this one lies below \/scim\/v2\)/);
  assert.match((await at({ basePath: "/t/:tenant/scim" }, "/Users")).detail, /below \/t\/:tenant\/scim/);
  assert.doesNotMatch((await at({}, "/scim/v2/Printers")).detail, /below/);
  const { status, headers } = await made({}).fetch(new Request("http://127.0.0.1/api/scim/Users", { method: "HEAD" }));
  assert.deepEqual([status, headers.get("content-type")], [404, "application/scim+json"]);
});
