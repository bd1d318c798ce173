// Who may do what: tokens, passwords, JWTs, permissions, tenants.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import * as jose from "jose";

import {
  basic,
  bearer,
  createScimHandler,
  createToken,
  jwt,
  memoryStore,
  none,
  passwordHash,
  passwordMatches,
  tokenDigest,
} from "../../bindings-node/js/index.js";
import { ERROR, PATCH, USER, listen } from "./server.mjs";

const rosa = (more) => ({ schemas: [USER], userName: "rosa", ...more });
const as = (token) => ({ authorization: `Bearer ${token}` });

const tokens = (table) => bearer({ tokens: Object.fromEntries(Object.entries(table).map(([token, who]) => [tokenDigest(token), who])) });

test("a credential without permissions may do nothing, and is told which one is missing", async (t) => {
  const auth = tokens({ bare: { sub: "bare" }, reader: { permissions: ["Users:list", "Users:view"] }, all: { permissions: ["scim:*"] } });
  const { ask } = await listen(t, { store: memoryStore(), auth });
  const denied = await ask("GET", "/Users", undefined, as("bare"));
  assert.deepEqual([denied.status, denied.body.schemas, denied.body.status], [403, [ERROR], "403"]);
  assert.match(denied.body.detail, /`Users:list`/);
  assert.equal((await ask("GET", "/Schemas", undefined, as("bare"))).status, 200);

  assert.equal((await ask("GET", "/Users", undefined, as("reader"))).status, 200);
  const refused = await ask("POST", "/Users", rosa(), as("reader"));
  assert.deepEqual([refused.status, /`Users:create`/.test(refused.body.detail)], [403, true]);
  assert.equal((await ask("GET", "/Groups", undefined, as("reader"))).status, 403);
  assert.equal((await ask("POST", "/Users", rosa(), as("all"))).status, 201);
});

test("what is taken from a principal where it stands counts at the next request", async (t) => {
  const principal = { permissions: ["Users:list", "Users:create"], subject: { type: "User", id: "u-1" } };
  const { ask } = await listen(t, { store: memoryStore(), auth: () => principal });
  assert.equal((await ask("GET", "/Users")).status, 200);
  assert.equal((await ask("GET", "/Users")).status, 200);
  principal.permissions[0] = "Users:view";
  assert.equal((await ask("GET", "/Users")).status, 403);
  assert.equal((await ask("POST", "/Users", rosa())).status, 201);
  principal.permissions.pop();
  assert.equal((await ask("POST", "/Users", { ...rosa(), userName: "ida" })).status, 403);
});

test("permissions have the names that the settings give them", async (t) => {
  const auth = tokens({
    writer: { permissions: ["people.write"] },
    wso2: { permissions: ["/permission/admin/manage/identity/usermgt"] },
  });
  const own = await listen(t, { store: memoryStore(), auth, permissions: { "Users:create": "people.write" } });
  assert.equal((await own.ask("POST", "/Users", rosa(), as("writer"))).status, 201);
  assert.equal((await own.ask("GET", "/Users", undefined, as("writer"))).status, 403);
  const wso2 = await listen(t, { store: memoryStore(), auth, permissions: "wso2" });
  assert.equal((await wso2.ask("POST", "/Users", rosa(), as("wso2"))).status, 201);
  assert.equal((await wso2.ask("GET", "/Groups", undefined, as("wso2"))).status, 403);
  assert.throws(() => createScimHandler({ store: memoryStore(), auth, permissions: { "Users:crate": "x" } }), /permissions/);
});

test("/Me is the subject of the credential, Bulk asks for each operation, and both can be off", async (t) => {
  const seeds = [{ ...rosa(), id: "u-1", meta: { resourceType: "User" } }];
  const auth = tokens({
    rosa: { permissions: ["Me:*"], subject: { type: "User", id: "u-1" } },
    bulk: { permissions: ["Bulk:run", "Users:create"] },
    all: { permissions: ["scim:*"] },
  });
  const { ask } = await listen(t, {
    store: memoryStore({ resources: seeds }),
    auth,
    me: { writable: ["displayName"] },
    bulk: { maxOperations: 2, maxPayloadSize: "64kb" },
  });
  assert.equal((await ask("GET", "/Me", undefined, as("rosa"))).body.userName, "rosa");
  const set = (path, value) => ({ schemas: [PATCH], Operations: [{ op: "replace", path, value }] });
  assert.equal((await ask("PATCH", "/Me", set("displayName", "Rosa L."), as("rosa"))).status, 200);
  assert.equal((await ask("PATCH", "/Me", set("userName", "root"), as("rosa"))).status, 403);
  assert.equal((await ask("GET", "/Users/u-1", undefined, as("rosa"))).status, 403);
  assert.equal((await ask("GET", "/Me", undefined, as("all"))).status, 404);

  const bulk = (...Operations) => ({ schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
  const create = { method: "POST", path: "/Users", bulkId: "a", data: rosa({ userName: "b-1" }) };
  const mixed = await ask("POST", "/Bulk", bulk(create, { method: "DELETE", path: "/Users/u-1" }), as("bulk"));
  assert.deepEqual(mixed.body.Operations.map(({ status }) => status), ["201", "403"]);
  assert.equal((await ask("POST", "/Bulk", bulk(create, create, create), as("bulk"))).status, 413);
  const config = (await ask("GET", "/ServiceProviderConfig")).body;
  assert.deepEqual(config.bulk, { supported: true, maxOperations: 2, maxPayloadSize: 65_536 });

  const off = await listen(t, { store: memoryStore(), auth, me: false, bulk: false });
  assert.equal((await off.ask("GET", "/Me", undefined, as("rosa"))).status, 501);
  assert.equal((await off.ask("POST", "/Bulk", bulk(create), as("all"))).status, 501);
});

test("each credential has its own profile", async (t) => {
  const auth = tokens({ entra: { permissions: ["scim:*"] }, strict: { permissions: ["scim:*"], profile: "strict" } });
  const { ask } = await listen(t, { store: memoryStore(), auth, profile: "entra" });
  const { body } = await ask("POST", "/Users", rosa(), as("entra"));
  const message = { schemas: [PATCH], Operations: [{ op: "Replace", path: "active", value: "False" }] };
  assert.equal((await ask("PATCH", `/Users/${body.id}`, message, as("strict"))).status, 400);
  assert.equal((await ask("PATCH", `/Users/${body.id}`, message, as("entra"))).status, 200);
});

test("the path may name the tenant, and the credential has to agree", async (t) => {
  const everything = { permissions: ["scim:*"] };
  const auth = tokens({ a: { ...everything, tenant: "north" }, b: { ...everything, tenant: "south" }, c: everything });
  const { port } = await listen(t, { store: memoryStore(), auth, basePath: "/t/:tenant/scim" });
  const ask = (tenant, token, init) => fetch(`http://127.0.0.1:${port}/t/${tenant}/scim/Users`, { headers: { ...as(token), "content-type": "application/json" }, ...init });
  const made = await ask("north", "a", { method: "POST", body: JSON.stringify(rosa()) });
  assert.equal(made.headers.get("location"), `http://127.0.0.1:${port}/t/north/scim/Users/${(await made.json()).id}`);
  assert.equal((await (await ask("south", "b")).json()).totalResults, 0);
  for (const [tenant, token] of [["south", "a"], ["north", "c"], ["", "a"], ["no%72th", "a"]]) {
    assert.notEqual((await ask(tenant, token)).status, 200, `${tenant} ${token}`);
  }
  assert.equal((await (await ask("south", "a")).json()).detail, "the path names another tenant");
  const open = await listen(t, { store: memoryStore(), auth: none(), basePath: "/t/:tenant/scim" });
  const users = (tenant) => `http://127.0.0.1:${open.port}/t/${tenant}/scim/Users`;
  const headers = { "content-type": "application/json" };
  assert.equal((await fetch(users("x"), { method: "POST", headers, body: JSON.stringify(rosa()) })).status, 201);
  assert.equal((await (await fetch(users("y"))).json()).totalResults, 0);
});

test("tokens are made with 256 bits, rotate, and say when they were used", async (t) => {
  const { token, digest } = createToken();
  assert.match(token, /^scim_[A-Za-z0-9_-]{43}$/);
  assert.equal(digest, tokenDigest(token));
  assert.notEqual(createToken().token, token);
  const uses = [];
  const who = { sub: "okta", permissions: ["scim:*"] };
  const auth = bearer({ tokens: { [digest]: who, [tokenDigest("next")]: who }, used: (...given) => uses.push(given) });
  const { ask } = await listen(t, { store: memoryStore(), auth });
  for (const each of [token, token, "next", "other"]) {
    assert.equal((await ask("GET", "/Users", undefined, as(each))).status, each === "other" ? 401 : 200);
  }
  assert.deepEqual(uses.map(([used]) => used), [digest, tokenDigest("next")]);
  assert.ok(uses[0][1] instanceof Date);
  for (const wrong of [{ permissions: "scim:*" }, { permissions: [1] }, { tenant: 7 }, { expiresAt: "soon" }, { subject: "u-1" }]) {
    assert.throws(() => bearer({ tokens: { [digest]: wrong } }), TypeError, JSON.stringify(wrong));
  }
});

test("basic: a name and a password, checked in Rust", async (t) => {
  const password = await passwordHash("correct hörse: battery");
  assert.match(password, /^\$argon2id\$/);
  const auth = basic({ users: { hr: { password, permissions: ["Users:list"] } }, lookup: async (name) => (name === "later" ? { password, permissions: [] } : null) });
  const { ask } = await listen(t, { store: memoryStore(), auth });
  const given = (text) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
  for (const [text, status] of [
    ["hr:correct hörse: battery", 200],
    ["hr:correct hörse: battery", 200],
    ["hr:correct horse", 401],
    ["hr:", 401],
    ["hr", 401],
    ["nobody:correct hörse: battery", 401],
    ["later:correct hörse: battery", 403],
    ["__proto__:x", 401],
  ]) {
    const answer = await ask("GET", "/Users", undefined, given(text));
    assert.equal(answer.status, status, text);
    if (status === 401) assert.equal(answer.headers.get("www-authenticate"), 'Basic realm="scim", charset="UTF-8"');
  }
  const { authenticationSchemes } = (await ask("GET", "/ServiceProviderConfig")).body;
  assert.deepEqual(authenticationSchemes.map(({ type }) => type), ["httpbasic"]);
  assert.throws(() => basic({ users: { hr: { password: "secret" } } }), /argon2id/);
  assert.throws(() => basic({}), /nobody/);
});

test("a hash of a password says whose it is", async () => {
  const hash = await passwordHash("three lanterns at the quay");
  assert.deepEqual(
    [await passwordMatches(await passwordHash("Caf\u00e9\u00a0au lait"), "Cafe\u0301 au lait"), await passwordMatches(await passwordHash("Cafe\u0301"), "cafe\u0301")],
    [true, false],
    "blanks and normal form alone are settled",
  );
  assert.deepEqual(
    [await passwordMatches(hash, "three lanterns at the quay"), await passwordMatches(hash, "three lanterns at the pier"), await passwordMatches("no hash", "x")],
    [true, false, false],
  );
});

test("filters on what is sensitive are refused in a URL, and recorded without values", async (t) => {
  const records = [];
  const { ask } = await listen(t, { store: memoryStore(), auth: none(), sensitiveAttributes: ["emails"], observe: { audit: (record) => records.push(record) } });
  const filter = 'emails.value eq "rosa@north.test"';
  const refused = await ask("GET", `/Users?filter=${encodeURIComponent(filter)}`);
  assert.deepEqual([refused.status, refused.body.scimType], [403, "sensitive"]);
  assert.match(refused.body.detail, /`\.search`/);
  assert.ok(!JSON.stringify([records, refused.body]).includes("rosa@"));
  assert.deepEqual([records[0].code, records[0].filter], ["sensitive-filter", "emails.value eq ?"]);
  const message = { schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], filter };
  assert.equal((await ask("POST", "/Users/.search", message)).status, 200);
});

test("jwt: keys, issuer, audience, scopes, tenants", async (t) => {
  const { privateKey, publicKey } = await jose.generateKeyPair("ES256");
  const jwk = { ...(await jose.exportJWK(publicKey)), kid: "k-1", alg: "ES256", use: "sig" };
  const keys = createServer((req, res) => {
    const { origin } = new URL(`http://${req.headers.host}`);
    const body = req.url === "/keys" ? { keys: [jwk] } : { issuer: origin, jwks_uri: `${origin}/keys` };
    res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise((ready) => keys.listen(0, "127.0.0.1", ready));
  t.after(() => keys.close() && keys.closeAllConnections());
  const issuer = `http://127.0.0.1:${keys.address().port}`;

  const token = (claims, { iss = issuer, aud = "scim", exp = "5m", key = privateKey, alg = "ES256" } = {}) =>
    new jose.SignJWT({ scope: "scim.read", org: "north", ...claims })
      .setProtectedHeader({ alg, kid: "k-1" })
      .setIssuer(iss)
      .setAudience(aud)
      .setExpirationTime(exp)
      .setSubject("client-1")
      .sign(key);
  const common = { issuer, audience: "scim", tenant: "org", scopes: { "scim.read": ["Users:list"], "scim.all": ["scim:*"] }, jose };
  const other = (await jose.generateKeyPair("ES256")).privateKey;
  for (const jwks of [undefined, `${issuer}/keys`, { keys: [jwk] }]) {
    const { ask, errors } = await listen(t, { store: memoryStore(), auth: jwt({ ...common, jwks }) });
    const status = async (given, method = "GET") =>
      (await ask(method, "/Users", method === "POST" ? rosa() : undefined, as(await given))).status;
    assert.equal(await status(token({})), 200);
    assert.equal(await status(token({}), "POST"), 403);
    assert.equal(await status(token({ scope: "other scim.all" }), "POST"), 201);
    assert.equal(await status(token({ scope: "scim:* toString" })), 403, "only the scopes of the table count");
    assert.equal((await ask("GET", "/Users", undefined, as(await token({ org: "south" })))).body.totalResults, 0);
    for (const bad of [
      token({ org: undefined }),
      token({}, { exp: "-5m" }),
      token({}, { aud: "other" }),
      token({}, { iss: "http://evil.test" }),
      token({}, { key: other }),
      token({}, { key: new TextEncoder().encode("x".repeat(64)), alg: "HS256" }),
      new jose.UnsecuredJWT({ scope: "scim.all", org: "north" }).setIssuer(issuer).setAudience("scim").setExpirationTime("5m").encode(),
      "a.b.c",
    ]) {
      assert.equal(await status(bad), 401);
    }
    assert.deepEqual(errors, []);
  }
  for (const wrong of [{}, { issuer }, { issuer, audience: "x", algorithms: ["none"] }, { issuer, audience: "x", scopes: { a: "b" } }]) {
    assert.throws(() => jwt(wrong), TypeError);
  }
});

test("keys that cannot be had are 401 and a line in the log, until they can", async (t) => {
  const auth = jwt({ issuer: "http://127.0.0.1:9", audience: "scim", jose });
  const { ask, errors } = await listen(t, { store: memoryStore(), auth });
  assert.equal((await ask("GET", "/Users", undefined, as("a.b.c"))).status, 401);
  assert.equal(errors.length, 1);
});

test("an issuer that does not answer holds nobody up for long", async (t) => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  t.after(() => silent.close().closeAllConnections());
  await once(silent, "listening");
  const auth = jwt({ issuer: `http://127.0.0.1:${silent.address().port}`, audience: "scim", jose });
  const { ask, errors } = await listen(t, { store: memoryStore(), auth });
  const began = performance.now();
  assert.equal((await ask("GET", "/Users", undefined, as("a.b.c"))).status, 401);
  assert.ok(performance.now() - began < 30_000);
  assert.deepEqual(errors.map(({ name }) => name), ["TimeoutError"]);
});

test("without the package jose a JWT lets nobody in, and the log says why", async (t) => {
  const auth = jwt({ issuer: "https://login.example.test", audience: "scim", jwks: { keys: [] } });
  const { ask, errors } = await listen(t, { store: memoryStore(), auth });
  assert.equal((await ask("GET", "/Users", undefined, as("a.b.c"))).status, 401);
  assert.match(errors[0].message, /npm install jose/);
});

test("a list of uses that cannot be written keeps nobody out", async (t) => {
  const warned = new Promise((done) => process.once("warning", done));
  const tokens = { [tokenDigest("a")]: { permissions: ["scim:*"] } };
  const used = () => {
    throw new Error("the list is full");
  };
  const { ask } = await listen(t, { store: memoryStore(), auth: bearer({ tokens, used }) });
  assert.equal((await ask("GET", "/Users", undefined, as("a"))).status, 200);
  assert.match((await warned).message, /full/);
});

test("several ways in: the first that knows who asks", async (t) => {
  const password = await passwordHash("right");
  const auth = [tokens({ a: { permissions: ["scim:*"] } }), basic({ users: { hr: { password, permissions: ["scim:*"] } } })];
  const { base, ask } = await listen(t, { store: memoryStore(), auth });
  assert.equal((await ask("GET", "/Users", undefined, as("a"))).status, 200);
  assert.equal((await ask("GET", "/Users", undefined, { authorization: `Basic ${btoa("hr:right")}` })).status, 200);
  const refused = await fetch(`${base}/Users`);
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get("www-authenticate"), 'Bearer realm="scim", Basic realm="scim", charset="UTF-8"');
  const { authenticationSchemes } = (await ask("GET", "/ServiceProviderConfig")).body;
  assert.deepEqual(authenticationSchemes.map(({ type, primary }) => [type, primary]), [["oauthbearertoken", true], ["httpbasic", false]]);
});
