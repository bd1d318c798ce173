// What an endpoint does beside answering: how fast, for which pages, once, recorded, and to the end.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";

import { bearer, conflict, createScimHandler, memoryStore, none, sqliteStore, tokenDigest } from "../../bindings-node/js/index.js";
import { ERROR, PATCH, TOKEN, USER, listen } from "./server.mjs";

const rosa = (more) => ({ schemas: [USER], userName: "rosa", ...more });
const as = (token) => ({ authorization: `Bearer ${token}` });
const twoTokens = () => {
  const who = { permissions: ["scim:*"] };
  return bearer({ tokens: { [tokenDigest("a")]: { ...who, sub: "a" }, [tokenDigest("b")]: { ...who, sub: "b", tenant: "south" } } });
};

test("each credential has its own allowance, and is told when to come back", async (t) => {
  const { base, ask } = await listen(t, { store: memoryStore(), auth: twoTokens(), rateLimit: { perToken: "30/m", burst: 3 } });
  for (const expected of [200, 200, 200, 429]) {
    const answer = await ask("GET", "/Users", undefined, as("a"));
    assert.equal(answer.status, expected);
    if (expected !== 429) continue;
    assert.match(answer.headers.get("retry-after"), /^[12]$/);
    assert.deepEqual([answer.body.schemas, answer.body.status], [[ERROR], "429"]);
    assert.match(answer.headers.get("content-type"), /scim\+json/);
  }
  assert.equal((await ask("GET", "/Users", undefined, as("b"))).status, 200, "the other has its own");
  assert.equal((await fetch(`${base}/Schemas`)).status, 200, "discovery is nobody's");
});

test("an allowance fills again, and a function may keep it for several processes", async (t) => {
  const quick = await listen(t, { store: memoryStore(), auth: twoTokens(), rateLimit: { perToken: "20/s", burst: 1 } });
  assert.equal((await quick.ask("GET", "/Users", undefined, as("a"))).status, 200);
  await new Promise((done) => setTimeout(done, 80));
  assert.equal((await quick.ask("GET", "/Users", undefined, as("a"))).status, 200);
  const asked = [];
  const own = await listen(t, {
    store: memoryStore(),
    auth: twoTokens(),
    rateLimit: async (credential, { method }) => (asked.push([credential, method]), 2.1),
  });
  assert.equal((await own.ask("GET", "/Users", undefined, as("a"))).headers.get("retry-after"), "3");
  assert.deepEqual(asked, [[tokenDigest("a"), "GET"]]);
  for (const wrong of [{}, { perToken: "fast" }, { perToken: "0/s" }, { perToken: "1/s", burst: 0 }]) {
    assert.throws(() => createScimHandler({ store: memoryStore(), auth: none(), rateLimit: wrong }), TypeError);
  }
});

test("a limiter that fails lets nobody in, and is named", async () => {
  const cause = new Error("no connection");
  const limiters = [() => { throw cause; }, async () => { throw cause; }];
  for (const rateLimit of limiters) {
    const told = [];
    const scim = createScimHandler({ store: memoryStore(), auth: none(), rateLimit, onError: (error) => told.push(error) });
    assert.equal((await scim.fetch(new Request("https://scim.example.test/scim/v2/Users"))).status, 500);
    assert.deepEqual(told.map((error) => [/^rateLimit: your function failed/.test(error.message), error.cause]), [[true, cause]]);
    await scim.close();
  }
});

test("a body is read up to the limit, which has a unit", async (t) => {
  const { ask } = await listen(t, { store: memoryStore(), limits: { maxBody: "2kb", filterTerms: 2 } });
  const long = rosa({ displayName: "x".repeat(2000) });
  const refused = await ask("POST", "/Users", long);
  assert.deepEqual([refused.status, /2048/.test(refused.body.detail)], [413, true]);
  assert.equal((await ask("POST", "/Users", rosa({ displayName: "x".repeat(1000) }))).status, 201);
  assert.equal((await ask("GET", "/Users?filter=title+pr+or+id+pr+or+active+pr")).status, 400);
  assert.throws(() => createScimHandler({ store: memoryStore(), auth: none(), limits: { maxbody: 1 } }), /maxbody/);
  assert.throws(() => createScimHandler({ store: memoryStore(), auth: none(), limits: { maxBody: "much" } }), /maxBody/);
});

test("pages by cursor, where there is a secret for them", async (t) => {
  const cursorKey = "a lantern, two quays and a good deal of rope";
  const { ask } = await listen(t, { store: sqliteStore(":memory:"), pagination: { cursorKey, cursorTimeout: 60 } });
  for (const userName of ["a", "b", "c"]) await ask("POST", "/Users", rosa({ userName }));
  const first = (await ask("GET", "/Users?cursor=&count=2")).body;
  const last = (await ask("GET", `/Users?count=2&cursor=${first.nextCursor}`)).body;
  assert.deepEqual([...first.Resources, ...last.Resources].map(({ userName }) => userName).sort(), ["a", "b", "c"]);
  assert.equal(last.nextCursor, undefined);
  assert.throws(() => createScimHandler({ store: memoryStore(), auth: none(), pagination: { cursorKey: "short" } }), /cursorKey/);
});

test("pages of other origins are let in by list, and by default not at all", async (t) => {
  const closed = await listen(t, { store: memoryStore() });
  const origin = "https://admin.example.test";
  assert.equal((await closed.ask("GET", "/Users", undefined, { origin })).headers.get("access-control-allow-origin"), null);
  const preflight = { origin, "access-control-request-method": "PATCH", "access-control-request-headers": "authorization" };
  assert.equal((await fetch(`${closed.base}/Users`, { method: "OPTIONS", headers: preflight })).status, 401);

  const { base, ask } = await listen(t, { store: memoryStore(), cors: [origin] });
  const asked = await fetch(`${base}/Users`, { method: "OPTIONS", headers: preflight });
  assert.equal(asked.status, 204);
  assert.equal(asked.headers.get("access-control-allow-origin"), origin);
  assert.match(asked.headers.get("access-control-allow-methods"), /PATCH/);
  assert.match(asked.headers.get("access-control-allow-headers"), /authorization/);
  const answered = await ask("GET", "/Users", undefined, { origin });
  assert.deepEqual(["access-control-allow-origin", "vary"].map((name) => answered.headers.get(name)), [origin, "origin"]);
  assert.match(answered.headers.get("access-control-expose-headers"), /etag/);
  const other = await ask("GET", "/Users", undefined, { origin: "https://evil.example.test" });
  assert.equal(other.headers.get("access-control-allow-origin"), null);
  assert.equal((await fetch(`${base}/Users`, { headers: { origin } })).headers.get("access-control-allow-origin"), origin, "401 too");
  for (const cors of ["*", ["*"], ["admin.example.test"], true]) {
    assert.throws(() => createScimHandler({ store: memoryStore(), auth: none(), cors }), TypeError);
  }
});

test("a POST that is sent again with its key is done once", async (t) => {
  const { ask } = await listen(t, { store: sqliteStore(":memory:"), auth: twoTokens() });
  const post = (key, body, token = "a") => ask("POST", "/Users", body, { ...as(token), "idempotency-key": key });
  const together = await Promise.all(Array.from({ length: 5 }, () => post("k-1", rosa())));
  assert.deepEqual([...new Set(together.map(({ status, body }) => `${status} ${body.id}`))], [`201 ${together[0].body.id}`]);
  const reused = await post("k-1", rosa({ userName: "other" }));
  assert.deepEqual([reused.status, reused.body.schemas], [422, [ERROR]]);
  assert.equal((await post("k-1", rosa(), "b")).status, 201, "another tenant's key");
  assert.equal((await post("k-2", rosa())).status, 409);
  assert.equal((await ask("POST", "/Users", rosa(), as("a"))).status, 409, "without a key nothing is remembered");
  const off = await listen(t, { store: memoryStore(), idempotency: false });
  const twice = async () => (await off.ask("POST", "/Users", rosa(), { "idempotency-key": "k" })).status;
  assert.deepEqual([await twice(), await twice()], [201, 409]);
  const few = await listen(t, { store: memoryStore(), idempotency: { max: 1 } });
  const keyed = async (key) => (await few.ask("POST", "/Users", rosa({ userName: key }), { "idempotency-key": key })).status;
  assert.deepEqual([await keyed("x"), await keyed("y"), await keyed("x")], [201, 201, 409]);
});

test("what failed is tried again, by one", async (t) => {
  let calls = 0;
  const store = {
    get: () => null,
    query: () => [],
    insert: async () => {
      calls += 1;
      await new Promise((done) => setTimeout(done, 5));
      if (calls === 1) throw new Error("the disk is away");
      if (calls > 2) throw conflict("userName");
    },
    replace() {},
    remove() {},
  };
  const { ask } = await listen(t, { store });
  const answers = await Promise.all(Array.from({ length: 4 }, () => ask("POST", "/Users", rosa(), { "idempotency-key": "k" })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 201, 500]);
  assert.equal(calls, 2);
});

test("each request is recorded: who did what, and no values", async (t) => {
  const records = [];
  const tokens = { [tokenDigest(TOKEN)]: { sub: "okta", tenant: "acme", permissions: ["Users:*"] } };
  const { base, port, ask, errors } = await listen(t, {
    store: memoryStore(),
    auth: bearer({ tokens }),
    limits: { maxBody: "2kb" },
    observe: { audit: (record) => records.push(record) },
  });
  const secret = rosa({ password: "hunter2-lantern", displayName: "Rosa Lindqvist", emails: [{ value: "rosa@harbour.test" }] });
  const { body } = await ask("POST", "/Users", secret);
  await ask("PATCH", `/Users/${body.id}`, { schemas: [PATCH], Operations: [{ op: "Replace", path: "active", value: "False" }] });
  await ask("GET", `/Users?filter=${encodeURIComponent('emails.value eq "rosa@harbour.test"')}`);
  await ask("POST", "/Users", rosa({ password: "hunter2-lantern" }));
  await ask("GET", "/Groups");
  await fetch(`${base}/Users/${body.id}`, { method: "DELETE" });
  await ask("POST", "/Users", " ".repeat(3000));
  await ask("GET", "/Nothing");
  await new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 500\r\n\r\n{`);
      setTimeout(() => socket.destroy(), 30);
    });
    socket.on("close", () => setTimeout(done, 30));
  });
  assert.deepEqual(
    records.map(({ principal, tenant, operation, status, code }) => [principal, tenant, operation, status, code]),
    [
      ["okta", "acme", "Users:create", 201, undefined],
      ["okta", "acme", "Users:update", 200, undefined],
      ["okta", "acme", "Users:list", 200, undefined],
      ["okta", "acme", "Users:create", 409, "uniqueness"],
      ["okta", "acme", "Groups:list", 403, "forbidden"],
      [undefined, "", "Users:delete", 401, "unauthorized"],
      ["okta", "acme", "Users:create", 413, "too-large"],
      ["okta", "acme", "", 404, "no-endpoint"],
      ["okta", "acme", "Users:create", 499, "aborted"],
    ],
  );
  assert.deepEqual(records.slice(0, 2).map(({ id }) => id), [body.id, body.id]);
  assert.ok(records[1].trace.length > 0, "what was bent is there");
  assert.equal(records[2].filter, "emails.value eq ?");
  assert.ok(records.every(({ time, duration }) => !Number.isNaN(Date.parse(time)) && duration >= 0));
  assert.doesNotMatch(JSON.stringify(records), /lantern|Lindqvist|harbour|rosa/i);
  assert.deepEqual(errors, []);
});

test("each operation of a Bulk is recorded too, and belongs to it", async (t) => {
  const records = [];
  const tokens = { [tokenDigest(TOKEN)]: { sub: "okta", tenant: "acme", permissions: ["Bulk:run", "Users:*"] } };
  const { ask } = await listen(t, { store: sqliteStore(":memory:"), auth: bearer({ tokens }), observe: { audit: (record) => records.push(record) } });
  const { body: old } = await ask("POST", "/Users", rosa({ userName: "old" }));
  const { body } = await ask("POST", "/Bulk", {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
    Operations: [
      { method: "POST", path: "/Users", bulkId: "rosa@harbour.test", data: rosa() },
      { method: "PATCH", path: `/Users/${old.id}`, data: { schemas: [PATCH], Operations: [{ op: "replace", path: "active", value: "False" }] } },
      { method: "POST", path: "/Users", bulkId: "2", data: rosa() },
      { method: "POST", path: "/Groups", bulkId: "3", data: { schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], displayName: "Bakers" } },
      { method: "rosa@harbour.test", path: "/Users/1" },
      { method: "DELETE", path: "/Users/bulkId:nobody" },
      { method: "DELETE", path: `/Users/${old.id}` },
    ],
  });
  const [, whole, ...parts] = records;
  assert.deepEqual([whole.operation, whole.status, whole.trace.length], ["Bulk:run", 200, 1]);
  const { id } = JSON.parse(JSON.stringify(body)).Operations[0].location.match(/(?<id>[^/]+)$/).groups;
  assert.deepEqual(
    parts.map(({ place, method, operation, id, status, code }) => [place, method, operation, id, status, code]),
    [
      [0, "POST", "Users:create", id, 201, undefined],
      [1, "PATCH", "Users:update", old.id, 200, undefined],
      [2, "POST", "Users:create", undefined, 409, "uniqueness"],
      [3, "POST", "Groups:create", undefined, 403, "forbidden"],
      [4, "", "", undefined, 400, "bulk-method"],
      [5, "DELETE", "", undefined, 400, "unknown-bulk-id"],
      [6, "DELETE", "Users:delete", old.id, 204, undefined],
    ],
  );
  for (const part of parts) {
    assert.deepEqual([part.request, part.time, part.tenant, part.principal], [whole.request, whole.time, "acme", "okta"]);
  }
  assert.notEqual(records[0].request, whole.request);
  assert.doesNotMatch(JSON.stringify(records), /rosa/);
});

test("a request that fails as a whole is recorded with who asked", async (t) => {
  const records = [];
  const tokens = { [tokenDigest(TOKEN)]: { sub: "okta", tenant: "acme", permissions: ["Bulk:run", "Users:*"] } };
  const store = {
    ...{ get: () => undefined, query: () => [], insert() {}, replace() {}, remove() {} },
    async transaction(work) {
      await work(store);
      throw new Error("the connection is gone");
    },
  };
  const { ask, errors } = await listen(t, { store, auth: bearer({ tokens }), observe: { audit: (record) => records.push(record) } });
  const Operations = [{ method: "POST", path: "/Users", bulkId: "1", data: rosa() }];
  const { status } = await ask("POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
  assert.deepEqual([status, errors.map(({ message }) => message)], [500, ["the connection is gone"]]);
  assert.deepEqual(
    records.map(({ principal, tenant, operation, status, code }) => [principal, tenant, operation, status, code]),
    [["okta", "acme", "Bulk:run", 500, "store-failure"]],
  );
});

test("an audit that fails changes no answer, and is told of", async (t) => {
  for (const audit of [() => { throw new Error("full"); }, async () => { throw new Error("full"); }]) {
    const { ask, errors } = await listen(t, { store: memoryStore(), observe: { audit } });
    assert.equal((await ask("GET", "/Users")).status, 200);
    assert.deepEqual(errors.map((error) => error.message), ["full"]);
  }
});

test("close waits for what is under way, and turns away what comes later", async () => {
  let insert;
  const store = {
    ...{ get: () => null, query: () => [], replace() {}, remove() {} },
    insert: () => new Promise((done) => (insert = done)),
    closed: false,
    close() {
      this.closed = true;
    },
  };
  const scim = createScimHandler({ store, auth: none() });
  const headers = { "content-type": "application/scim+json" };
  const post = () => scim.fetch(new Request("http://a.test/scim/v2/Users", { method: "POST", headers, body: JSON.stringify(rosa()) }));
  const first = post();
  while (insert === undefined) await new Promise((done) => setTimeout(done, 1));
  const closing = scim.close();
  const late = await post();
  assert.equal(late.status, 503);
  assert.deepEqual((await late.json()).schemas, [ERROR]);
  assert.equal(store.closed, false);
  insert();
  assert.equal((await first).status, 201);
  await closing;
  assert.equal(store.closed, true);
  assert.equal(scim.close(), closing);
});
