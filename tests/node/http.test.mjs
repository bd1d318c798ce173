import assert from "node:assert/strict";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import {
  bearer,
  conflict,
  createScimHandler,
  memoryStore,
  none,
  sqliteStore,
  tokenDigest,
  versionMismatch,
} from "../../bindings-node/js/index.js";
import { ERROR, GROUP, PATCH, TOKEN, USER, folder, listen } from "./server.mjs";

const all = { permissions: ["scim:*"] };
const rosa = (more) => ({ schemas: [USER], userName: "rosa", ...more });
const message = (...Operations) => ({ schemas: [PATCH], Operations });

// A store of the host, as a developer would write it: asynchronous, and checking versions.
function ownStore() {
  const rows = new Map();
  const name = ({ tenant, type, id }) => [tenant, type, id].join("/");
  const pause = () => new Promise((done) => setTimeout(done, 1));
  const check = (key, ifVersion) => {
    const row = rows.get(name(key));
    if (row !== undefined && ifVersion !== undefined && row.meta.version !== ifVersion) throw versionMismatch();
    return row !== undefined;
  };
  return {
    async get(key) {
      await pause();
      return rows.get(name(key));
    },
    async query({ types }) {
      await pause();
      return [...rows.values()].filter((row) => types.includes(row.meta.resourceType));
    },
    async insert(key, resource, { unique }) {
      await pause();
      for (const row of rows.values()) {
        if (unique.some(({ path, key }) => path === "userName" && row.userName?.toLowerCase() === key)) {
          throw conflict("userName");
        }
      }
      rows.set(name(key), resource);
    },
    async replace(key, resource, { ifVersion }) {
      await pause();
      if (!check(key, ifVersion)) return false;
      rows.set(name(key), resource);
    },
    async remove(key, { ifVersion }) {
      await pause();
      return check(key, ifVersion) && rows.delete(name(key));
    },
  };
}

const stores = {
  memory: async () => memoryStore(),
  sqlite: async (t) => sqliteStore(join(await folder(t), "scim.db")),
  "sqlite in memory": async () => sqliteStore(":memory:"),
  "own store": async () => ownStore(),
};

for (const [kind, make] of Object.entries(stores)) {
  test(`${kind}: a user's life`, async (t) => {
    const { ask, base } = await listen(t, { store: await make(t) });

    const created = await ask("POST", "/Users", rosa({ password: "correct horse", emails: [{ value: "r@north.test", type: "work" }] }));
    assert.equal(created.status, 201, created.text);
    const { id } = created.body;
    assert.equal(created.headers.get("location"), `${base}/Users/${id}`);
    assert.equal(created.headers.get("content-type"), "application/scim+json");
    assert.ok(!created.text.includes("password") && !created.text.includes("correct horse"));

    const taken = await ask("POST", "/Users", rosa({ userName: "ROSA" }));
    assert.deepEqual([taken.status, taken.body.scimType, taken.body.schemas], [409, "uniqueness", [ERROR]]);

    const read = await ask("GET", `/Users/${id}`);
    assert.equal(read.body.userName, "rosa");
    const unchanged = await ask("GET", `/Users/${id}`, undefined, { "if-none-match": read.headers.get("etag") });
    assert.deepEqual([unchanged.status, unchanged.text], [304, ""]);

    for (const [filter, total] of [
      ['userName eq "ROSA"', 1],
      ['emails.value eq "R@NORTH.test"', 1],
      ['emails[type eq "work" and value co "north"]', 1],
      ['name.familyName pr', 0],
      [`id eq "${id}"`, 1],
      ['userName eq "nobody"', 0],
      ['not (userName eq "rosa")', 0],
    ]) {
      const found = await ask("GET", `/Users?filter=${encodeURIComponent(filter)}`);
      assert.deepEqual([found.status, found.body?.totalResults], [200, total], filter + found.text);
    }

    const patched = await ask("PATCH", `/Users/${id}`, message({ op: "Replace", path: "active", value: "False" }));
    assert.equal(patched.status, 200, patched.text);
    assert.equal(patched.body.active, false);
    const stale = await ask("PUT", `/Users/${id}`, rosa(), { "if-match": read.headers.get("etag") });
    assert.equal(stale.status, 412);

    const replaced = await ask("PUT", `/Users/${id}`, rosa({ userName: "rosa.lind" }));
    assert.deepEqual([replaced.status, replaced.body.active], [200, undefined]);
    assert.equal((await ask("POST", "/Users", rosa())).status, 201, "the old name is free");

    assert.equal((await ask("DELETE", `/Users/${id}`)).status, 204);
    assert.equal((await ask("GET", `/Users/${id}`)).status, 404);
    assert.equal((await ask("DELETE", `/Users/${id}`)).status, 404);
  });

  test(`${kind}: pages in order`, async (t) => {
    const { ask } = await listen(t, { store: await make(t), limits: { maxResults: 20 } });
    const names = Array.from({ length: 45 }, (_, index) => `u${String(44 - index).padStart(2, "0")}`);
    for (const userName of names) assert.equal((await ask("POST", "/Users", rosa({ userName }))).status, 201);
    const pages = async (query) => {
      const seen = [];
      for (let start = 1; start <= 45; start += 20) {
        const { body } = await ask("GET", `/Users?count=20&startIndex=${start}${query}`);
        assert.deepEqual([body.totalResults, body.startIndex], [45, start]);
        seen.push(...body.Resources.map((user) => user.userName));
      }
      return seen;
    };
    const sorted = [...names].sort();
    assert.deepEqual(await pages("&sortBy=userName"), sorted);
    assert.deepEqual(await pages("&sortBy=userName&sortOrder=descending"), sorted.toReversed());
    assert.deepEqual((await pages("")).toSorted(), sorted);
    const { body } = await ask("GET", "/Users?count=0&filter=userName+sw+%22u0%22");
    assert.deepEqual([body.totalResults, body.Resources ?? []], [10, []]);
    const all = await ask("GET", "/?filter=userName+eq+%22u07%22");
    assert.equal(all.body.totalResults, 1);
  });

  test(`${kind}: 50 clients change one group and lose nothing`, async (t) => {
    const { ask, errors } = await listen(t, { store: await make(t) });
    const { body: group } = await ask("POST", "/Groups", { schemas: [GROUP], displayName: "Bakers" });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        ask("PATCH", `/Groups/${group.id}`, message({ op: "add", path: "members", value: [{ value: `m-${index}` }] })),
      ),
    );
    assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
    const { body } = await ask("GET", `/Groups/${group.id}`);
    assert.equal(new Set(body.members.map((member) => member.value)).size, 50);
    const found = await ask("GET", "/Groups?filter=members.value+eq+%22m-31%22");
    assert.equal(found.body.totalResults, 1);
    assert.deepEqual(errors, []);
  });
}

test("a restart keeps what was answered", async (t) => {
  const path = join(await folder(t), "scim.db");
  const first = await listen(t, { store: sqliteStore(path) });
  const { body } = await first.ask("POST", "/Users", rosa());
  await first.close();
  const second = await listen(t, { store: sqliteStore(path) });
  assert.equal((await second.ask("GET", `/Users/${body.id}`)).body.userName, "rosa");
  assert.equal((await second.ask("POST", "/Users", rosa())).status, 409);
});

test("indexes follow the schemas", async (t) => {
  const path = join(await folder(t), "scim.db");
  const documents = (exact) => ({
    resources: ["User", { name: "Boat", endpoint: "/Boats", schema: "urn:example:Boat" }],
    schemas: [{ id: "urn:example:Boat", name: "Boat", attributes: [{ name: "mark", type: "string", caseExact: exact }] }],
  });
  const found = async (server) => (await server.ask("GET", "/Boats?filter=mark+eq+%22AB%22")).body.totalResults;
  const first = await listen(t, { store: sqliteStore(path), ...documents(true) });
  assert.equal((await first.ask("POST", "/Boats", { schemas: ["urn:example:Boat"], mark: "ab" })).status, 201);
  assert.equal(await found(first), 0);
  await first.close();
  const second = await listen(t, { store: sqliteStore(path), ...documents(false) });
  assert.equal(await found(second), 1);
});

test("two handlers over one file see each other's changes and lose none", async (t) => {
  const path = join(await folder(t), "scim.db");
  const servers = [await listen(t, { store: sqliteStore(path) }), await listen(t, { store: sqliteStore(path) })];
  const { body: group } = await servers[0].ask("POST", "/Groups", { schemas: [GROUP], displayName: "Bakers" });
  await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const value = [{ value: `m-${index}` }];
      const { status } = await servers[index % 2].ask("PATCH", `/Groups/${group.id}`, message({ op: "add", path: "members", value }));
      assert.equal(status, 200);
    }),
  );
  const { body } = await servers[1].ask("GET", `/Groups/${group.id}`);
  assert.equal(body.members.length, 40);
});

test("Bulks of two handlers over one file wait for each other", async (t) => {
  const path = join(await folder(t), "scim.db");
  const servers = [await listen(t, { store: sqliteStore(path) }), await listen(t, { store: sqliteStore(path) })];
  const bulk = (number) => ({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
    Operations: Array.from({ length: 5 }, (_, index) => ({ method: "POST", path: "/Users", bulkId: `b${index}`, data: rosa({ userName: `u-${number}-${index}` }) })),
  });
  const answers = await Promise.all(Array.from({ length: 24 }, (_, number) => servers[number % 2].ask("POST", "/Bulk", bulk(number))));
  const statuses = answers.flatMap(({ status, body }) => [status, ...body.Operations.map((operation) => operation.status)]);
  assert.deepEqual([...new Set(statuses)], [200, "201"]);
  assert.equal((await servers[0].ask("GET", "/Users?count=0")).body.totalResults, 120);
  assert.deepEqual(servers.flatMap(({ errors }) => errors), []);
});

test("tenants are apart", async (t) => {
  const tokens = { [tokenDigest("a")]: { ...all, sub: "a", tenant: "north" }, [tokenDigest("b")]: { ...all, sub: "b", tenant: "south" } };
  const { ask } = await listen(t, { store: sqliteStore(":memory:"), auth: bearer({ tokens }) });
  const as = (token) => ({ authorization: `Bearer ${token}` });
  const { body } = await ask("POST", "/Users", rosa(), as("a"));
  assert.equal((await ask("POST", "/Users", rosa(), as("b"))).status, 201);
  assert.equal((await ask("GET", `/Users/${body.id}`, undefined, as("b"))).status, 404);
  assert.equal((await ask("GET", "/Users", undefined, as("b"))).body.totalResults, 1);
});

test("who is not known gets 401, but may read what the server can do", async (t) => {
  const { base, ask } = await listen(t, { store: memoryStore() });
  for (const authorization of [undefined, "Bearer wrong", "Basic cXVheTo3", `bearer  ${TOKEN}x`, TOKEN]) {
    const response = await fetch(`${base}/Users`, { headers: authorization === undefined ? {} : { authorization } });
    assert.equal(response.status, 401, String(authorization));
    assert.match(response.headers.get("www-authenticate"), /^Bearer realm="scim"/);
    assert.deepEqual((await response.json()).schemas, [ERROR]);
  }
  for (const path of ["/ServiceProviderConfig", "/Schemas", `/Schemas/${USER}`, "/ResourceTypes/User"]) {
    assert.equal((await fetch(base + path)).status, 200, path);
  }
  for (const [path, method] of [["/Schemas/../Users", "GET"], ["/Schemas;/Users", "GET"], ["/Users", "Get"], ["/Schemas", "POST"]]) {
    const status = await raw(base, `${method} ${new URL(base).pathname}${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.notEqual(status, 200, path);
  }
  const closed = await listen(t, { store: memoryStore(), openDiscovery: false });
  assert.equal((await fetch(`${closed.base}/Schemas`)).status, 401);
  assert.equal((await ask("GET", "/Users", undefined, { authorization: `bearer ${TOKEN}` })).status, 200);
});

test("expired tokens, tokens in a database, and a function of one's own", async (t) => {
  const tokens = { [tokenDigest("old")]: { expiresAt: "2020-01-01T00:00:00Z" }, [tokenDigest("new")]: { ...all, expiresAt: new Date(Date.now() + 1e6) } };
  const lookup = async (digest) => (digest === tokenDigest("listed") ? { ...all, sub: "listed" } : null);
  const first = await listen(t, { store: memoryStore(), auth: bearer({ tokens, lookup }) });
  for (const [token, status] of [["old", 401], ["new", 200], ["listed", 200], ["other", 401]]) {
    assert.equal((await first.ask("GET", "/Users", undefined, { authorization: `Bearer ${token}` })).status, status, token);
  }
  const auth = async ({ headers }) => {
    if (headers["x-fail"]) throw new Error("the directory is away");
    return headers["x-user"] ? { ...all, sub: headers["x-user"] } : null;
  };
  const second = await listen(t, { store: memoryStore(), auth });
  assert.equal((await second.ask("GET", "/Users", undefined, { "x-user": "rosa" })).status, 200);
  assert.equal((await second.ask("GET", "/Users")).status, 401);
  assert.equal((await second.ask("GET", "/Users", undefined, { "x-fail": "1" })).status, 401);
  assert.deepEqual(second.errors.map((error) => error.message), ["the directory is away"]);
});

test("a body of 20 MB is too large, whether it says so or not", async (t) => {
  const { base, ask } = await listen(t, { store: memoryStore() });
  const piece = new Uint8Array(1 << 20).fill(32);
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/scim+json" };
  const pieces = new ReadableStream({
    start(controller) {
      for (let count = 0; count < 20; count += 1) controller.enqueue(piece);
      controller.close();
    },
  });
  for (const body of [new Uint8Array(20 << 20), pieces]) {
    const response = await fetch(`${base}/Users`, { method: "POST", headers, body, duplex: "half" });
    assert.equal(response.status, 413);
    assert.equal((await response.json()).status, "413");
  }
  assert.equal((await ask("GET", "/Users")).body.totalResults, 0);
});

test("an upload that breaks off changes nothing", async (t) => {
  const { base, ask, errors } = await listen(t, { store: sqliteStore(":memory:") });
  const { hostname, port, pathname } = new URL(base);
  await new Promise((done) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`POST ${pathname}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n`);
      socket.write('Content-Type: application/scim+json\r\nContent-Length: 500\r\n\r\n{"userName":"half"');
      setTimeout(() => socket.destroy(), 50);
    });
    socket.on("close", done);
  });
  await new Promise((done) => setTimeout(done, 50));
  assert.equal((await ask("GET", "/Users")).body.totalResults, 0);
  assert.deepEqual(errors, []);
});

test("what is wrong with a request is answered", async (t) => {
  const { base, ask } = await listen(t, { store: memoryStore() });
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  for (const [method, path, body, status] of [
    ["POST", "/Users", '{"userName":', 400],
    ["POST", "/Users", `{"schemas":["${USER}"],"userName":${deep}}`, 400],
    ["POST", "/Users", '{"__proto__":{"admin":true}}', 400],
    ["GET", `/Users?filter=${"(".repeat(7_000)}`, undefined, 400],
    ["GET", "/Users?filter=%zz", undefined, 400],
    ["GET", "/Nothing", undefined, 404],
    ["PUT", "/Users", "{}", 405],
    ["POST", "/Bulk", "{}", 400],
  ]) {
    const answer = await ask(method, path, body);
    assert.deepEqual([answer.status, answer.body.schemas], [status, [ERROR]], path);
  }
  const utf8 = await fetch(`${base}/Users`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/scim+json" },
    body: new Uint8Array([0x7b, 0xff, 0x7d]),
  });
  assert.equal(utf8.status, 400);
  const packed = await fetch(`${base}/Users`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/scim+json", "content-encoding": "gzip" },
    body: gzipSync(JSON.stringify({ schemas: [USER], userName: "rosa" })),
  });
  assert.deepEqual([packed.status, (await packed.json()).detail], [415, "the body must be application/scim+json or application/json (send it uncompressed)"]);
  assert.equal((await ask("POST", "/Users", "x", { "content-type": "text/plain" })).status, 415);
});

test("mounted in a framework: others get what lies elsewhere", async (t) => {
  // As Express mounts: the path is taken off `url` and kept in `baseUrl`.
  const mounted = (scim) => (req, res) => {
    req.baseUrl = "/tenants/acme/scim";
    if (!req.url.startsWith(req.baseUrl)) return res.writeHead(418).end();
    req.url = req.url.slice(req.baseUrl.length);
    return scim.node(req, res);
  };
  const first = await listen(t, { store: memoryStore(), basePath: "/tenants/acme/scim" }, mounted);
  const created = await first.ask("POST", "/Users", rosa());
  assert.equal(created.headers.get("location"), `${first.base}/Users/${created.body.id}`);

  const passing = (scim) => (req, res) => scim.node(req, res, () => res.writeHead(418).end());
  const second = await listen(t, { store: memoryStore() }, passing);
  assert.equal((await fetch(new URL("/other", second.base))).status, 418);
  assert.equal((await second.ask("GET", "")).status, 200);

  // A body parser was there first.
  const parsing = (scim) => async (req, res) => {
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    req.body = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks));
    return scim.node(req, res);
  };
  const third = await listen(t, { store: memoryStore() }, parsing);
  assert.equal((await third.ask("POST", "/Users", rosa())).status, 201);
});

test("fetch: the same without a socket", async () => {
  const scim = createScimHandler({ store: memoryStore(), auth: none(), baseUrl: "https://scim.example.test/v2", limits: { maxBody: 1000 } });
  const ask = (path, init) => scim.fetch(new Request(`http://inner.test/scim/v2${path}`, init));
  const headers = { "content-type": "application/json", accept: "application/json" };
  const created = await ask("/Users", { method: "POST", body: JSON.stringify(rosa()), headers });
  assert.equal(created.status, 201);
  assert.equal(created.headers.get("content-type"), "application/json");
  const { id } = await created.json();
  assert.equal(created.headers.get("location"), `https://scim.example.test/v2/Users/${id}`);
  assert.equal((await ask("/Users", { method: "POST", body: " ".repeat(2000), headers })).status, 413);
  assert.equal((await ask(`/Users/${id}`, { method: "DELETE" })).status, 204);
  assert.equal((await scim.fetch(new Request("http://inner.test/elsewhere"))).status, 404);
  await scim.close();
});

test("a store that fails is a 500 that says nothing, and a line in the log", async (t) => {
  const failing = { ...ownStore(), get: async () => Promise.reject(new Error("disk 7 of rack 3")) };
  const { ask, errors } = await listen(t, { store: failing });
  const answer = await ask("GET", "/Users/1");
  assert.equal(answer.status, 500);
  assert.ok(!answer.text.includes("rack"));
  assert.match(errors[0].message, /rack 3/);
});

test("wrong settings are refused when the handler is made", () => {
  const store = memoryStore();
  for (const settings of [
    {},
    { store },
    { store, auth: none(), basepath: "/" },
    { store, auth: none(), basePath: "scim" },
    { store: {}, auth: none() },
    { store, auth: none(), profile: "azure" },
    { store: sqliteStore("/nowhere/at/all.db"), auth: none() },
  ]) {
    assert.throws(() => createScimHandler(settings), JSON.stringify(settings));
  }
  assert.throws(() => bearer({ tokens: { secret: {} } }), /sha256:/);
  assert.throws(() => bearer({}), /nobody/);
});

async function raw(base, text) {
  const { hostname, port } = new URL(base);
  return new Promise((done) => {
    let received = "";
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on("data", (data) => (received += data));
    socket.on("close", () => done(Number(/^HTTP\/1\.1 (\d+)/.exec(received)?.[1])));
  });
}

test("a Bulk of which an operation fails in one's own transaction is undone, and says so", async (t) => {
  const store = ownStore();
  let left = 0;
  const broken = {
    ...store,
    get: () => Promise.reject(new Error("the connection has gone")),
    async transaction(work) {
      try {
        return await work(broken);
      } catch (error) {
        left += 1;
        throw error;
      }
    },
  };
  const { ask, errors } = await listen(t, { store: broken });
  const message = {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
    Operations: [
      { method: "POST", path: "/Users", bulkId: "a", data: rosa() },
      { method: "PUT", path: "/Users/u-9", data: rosa({ userName: "lind" }) },
    ],
  };
  const { status, body } = await ask("POST", "/Bulk", message);
  assert.deepEqual([status, body.schemas, left], [500, [ERROR], 1]);
  assert.match(errors[0].message, /the connection has gone/);
});
