// Nothing that was acknowledged is lost: not to others who change the same group at the same time,
// and not to a process that is killed in the middle of its work.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { createScimHandler, memoryStore, none, pgStore, sqliteStore } from "../../bindings-node/js/index.js";
import { hashedAhead } from "../../bindings-node/js/secrets.js";
import { plainTables } from "./mapped.mjs";
import { isInstalled, startPool } from "./postgres.mjs";
import { GROUP, PATCH, USER, folder } from "./server.mjs";

const PROGRAM = fileURLToPath(new URL("durable.mjs", import.meta.url));
const joins = (value) => ({ schemas: [PATCH], Operations: [{ op: "add", path: "members", value: [{ value }] }] });

// Many at once, of one group, through each of the handlers in turn.
async function crowd(handlers, count = 1000) {
  const send = async (scim, method, path, body) => {
    const init = { method, body: body && JSON.stringify(body), headers: { "content-type": "application/scim+json" } };
    const response = await scim.fetch(new Request(`https://scim.example.test/scim/v2${path}`, init));
    return { status: response.status, body: response.status === 204 ? undefined : await response.json() };
  };
  const [first] = handlers;
  const { body } = await send(first, "POST", "/Groups", { schemas: [GROUP], displayName: "all" });
  const one = `/Groups/${body.id}`;
  const members = Array.from({ length: count }, (_, index) => `m-${index}`);
  const join = async (member, index) => {
    const scim = handlers[index % handlers.length];
    const { status } = await send(scim, "PATCH", one, joins(member));
    assert.ok(status === 200 || status === 204, `status ${status}`);
  };
  await Promise.all(members.map(join));
  const found = (await send(first, "GET", one)).body.members.map(({ value }) => value);
  assert.deepEqual(found.sort(), members.sort());
  for (const scim of handlers) await scim.close();
}

// Others have their turn while a Bulk works, and nobody waits for passwords to be hashed.
async function busy(store) {
  const scim = quiet(store);
  const send = (method, path, body) =>
    scim.fetch(new Request(`https://scim.example.test/scim/v2${path}`, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/scim+json" } }));
  const data = (userName, more) => ({ schemas: [USER], userName, ...more });
  const Operations = Array.from({ length: 12 }, (_, index) => ({ method: "POST", path: "/Users", bulkId: `b${index}`, data: data(`u${index}`, { password: `secret-${index}` }) }));
  const bulk = send("POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
  let over = false;
  bulk.then(() => (over = true));
  assert.equal((await send("POST", "/Users", data("other"))).status, 201);
  assert.equal(over, false, "a change of somebody else does not wait for a Bulk with passwords");
  assert.deepEqual(new Set((await (await bulk).json()).Operations.map(({ status }) => status)), new Set(["201"]));
  await scim.close();
}

test("memory: others have their turn while a Bulk works", async () => {
  const scim = quiet(memoryStore());
  const Operations = Array.from({ length: 200 }, (_, index) => ({ method: "POST", path: "/Users", bulkId: `b${index}`, data: { schemas: [USER], userName: `u${index}` } }));
  const body = JSON.stringify({ schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
  let turns = 0;
  let next;
  const turn = () => {
    turns += 1;
    next = setImmediate(turn);
  };
  turn();
  const init = { method: "POST", body, headers: { "content-type": "application/scim+json" } };
  assert.equal((await scim.fetch(new Request("https://scim.example.test/scim/v2/Bulk", init))).status, 200);
  clearImmediate(next);
  // Four operations at once, and what a request takes by itself.
  assert.ok(turns > 40, `${turns} turns`);
  await scim.close();
});
test("sqlite: nobody waits for the passwords of a Bulk", async (t) => busy(sqliteStore(join(await folder(t), "scim.db"))));

const quiet = (store) => createScimHandler({ store, auth: none(), onError: (error) => assert.fail(error) });

test("many passwords in one message keep nobody else's waiting, nor all threads busy", async () => {
  let inside = 0;
  let most = 0;
  const order = [];
  const hashPassword = async (password) => {
    most = Math.max(most, (inside += 1));
    await new Promise((done) => setTimeout(done, 1));
    order.push(password);
    inside -= 1;
    return `hash of ${password}`;
  };
  const ahead = (passwords) => hashedAhead({ hashPassword }, { passwords: () => passwords });
  const many = ahead(Array(200).fill("many"));
  const others = ["one", "two", "three"].map((password) => ahead([password]));
  assert.deepEqual((await Promise.all(others)).map((hashes) => [...hashes.keys()]), [["one"], ["two"], ["three"]]);
  assert.ok(order.length < 20, `${order.length} before those of others`);
  assert.equal((await many).get("many").length, 200);
  assert.ok(most <= 2, `${most} at once`);
  assert.equal(await ahead([]), undefined);
});

test("memory: 1,000 concurrent PATCHes of one group lose no member", () => crowd([quiet(memoryStore())]));
test("sqlite: 1,000 concurrent PATCHes of one group lose no member", async (t) =>
  crowd([quiet(sqliteStore(join(await folder(t), "scim.db")))]));

// Writes until the server is killed; what was answered must be there afterwards.
async function killed(start) {
  let server = await start();
  const base = () => `http://127.0.0.1:${server.port}/scim/v2`;
  const ask = (method, path, body) =>
    fetch(base() + path, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/scim+json" } });
  const group = await (await ask("POST", "/Groups", { schemas: [GROUP], displayName: "all" })).json();
  const users = new Set();
  const members = new Set();
  const write = async (worker) => {
    try {
      for (let index = 0; ; index += 1) {
        const name = `w${worker}-${index}`;
        const made = await ask("POST", "/Users", { schemas: [USER], userName: name });
        if (made.status !== 201) return;
        users.add(name);
        const joined = await ask("PATCH", `/Groups/${group.id}`, joins(name));
        if (joined.status > 204) return;
        members.add(name);
      }
    } catch {
      // The connection broke: nobody was told that this one is kept.
    }
  };
  const writing = Promise.all([0, 1, 2, 3].map(write));
  await new Promise((later) => setTimeout(later, 1500));
  await server.kill();
  await writing;
  assert.ok(users.size > 0 && members.size > 0, "something was written");

  server = await start();
  try {
    const found = new Set();
    for (let cursor = 1; ; ) {
      const page = await (await ask("GET", `/Users?startIndex=${cursor}&count=500&attributes=userName`)).json();
      for (const { userName } of page.Resources ?? []) found.add(userName);
      cursor += page.itemsPerPage;
      if (cursor > page.totalResults) break;
    }
    assert.deepEqual([...users].filter((name) => !found.has(name)), [], "users");
    const kept = new Set((await (await ask("GET", `/Groups/${group.id}`)).json()).members.map(({ value }) => value));
    assert.deepEqual([...members].filter((name) => !kept.has(name)), [], "members");
    const again = await ask("POST", "/Users", { schemas: [USER], userName: "afterwards" });
    assert.equal(again.status, 201, "and goes on");
  } finally {
    await server.kill();
  }
}

// Removes until the server is killed: who was said to be gone is gone, from the group as well, and
// nobody else is. `open` gives the store that `start` serves.
async function killedRemoving(open, start, removal) {
  const before = createScimHandler({ store: await open(), auth: none(), delete: removal, bulk: { maxPayloadSize: "4mb" } });
  const init = (body) => ({ method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/scim+json" } });
  const create = Array.from({ length: 400 }, (_, at) => ({ method: "POST", path: "/Users", bulkId: `u${at}`, data: { schemas: [USER], userName: `u${at}` } }));
  const message = { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations: create };
  const made = (await (await before.fetch(new Request("http://127.0.0.1/scim/v2/Bulk", init(message)))).json()).Operations;
  const ids = made.map(({ location }) => location.split("/").at(-1));
  const members = ids.map((value) => ({ value }));
  const all = { schemas: [GROUP], displayName: "all", members };
  const group = (await (await before.fetch(new Request("http://127.0.0.1/scim/v2/Groups", init(all)))).json()).id;
  await before.close();

  const server = await start();
  const [asked, gone] = [new Set(), new Set()];
  let killing;
  const remove = async (worker) => {
    try {
      for (let at = worker; at < ids.length; at += 4) {
        asked.add(ids[at]);
        const { status } = await fetch(`http://127.0.0.1:${server.port}/scim/v2/Users/${ids[at]}`, { method: "DELETE" });
        assert.equal(status, 204);
        gone.add(ids[at]);
        if (gone.size >= 60) killing ??= server.kill();
      }
    } catch (error) {
      // The connection broke: nobody was told that this one is gone.
      if (error instanceof assert.AssertionError) throw error;
    }
  };
  await Promise.all([0, 1, 2, 3].map(remove));
  await killing;
  assert.ok(gone.size >= 60 && asked.size < ids.length, `in the middle: ${gone.size} of ${asked.size}`);

  const scim = createScimHandler({ store: await open(), auth: none(), delete: removal, limits: { maxResults: 500 }, onError: (error) => assert.fail(error) });
  const ask = async (method, path) => {
    const answer = await scim.fetch(new Request(`http://127.0.0.1/scim/v2${path}`, { method }));
    return { status: answer.status, body: answer.status === 204 ? undefined : await answer.json() };
  };
  const there = new Set((await ask("GET", "/Users?count=500")).body.Resources.map(({ id }) => id));
  for (const id of gone) assert.ok(!there.has(id), "is gone");
  for (const id of ids) if (!asked.has(id)) assert.ok(there.has(id), "nobody asked for it to go");
  const listed = new Set((await ask("GET", `/Groups/${group}`)).body.members.map(({ value }) => value));
  for (const id of gone) assert.ok(!listed.has(id), "is in no group");
  for (const id of ids) if (!asked.has(id)) assert.ok(listed.has(id), "is in the group still");
  // Who was under way may be either, and is one of them; who asks once more is told which.
  for (const id of ids) assert.equal(listed.has(id), there.has(id), "is in the group that long");
  for (const id of asked) assert.equal((await ask("DELETE", `/Users/${id}`)).status, there.has(id) ? 204 : 404);
  assert.equal((await ask("GET", `/Groups/${group}`)).body.members?.length ?? 0, ids.length - asked.size);
  const { removed } = await scim.removed({ limit: 500 });
  assert.deepEqual(removed.map(({ id }) => id).sort(), removal === "soft" ? [...asked].sort() : []);
  if (removal === "soft") {
    const [one] = gone;
    const back = await scim.restore({ id: one });
    assert.deepEqual(back.groups.map(({ value }) => value), [group]);
  }
  await scim.close();
}

async function child(...given) {
  const process = spawn("node", [PROGRAM, ...given], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise((done) => process.on("exit", done));
  const port = await new Promise((resolve, reject) => {
    process.stdout.on("data", (text) => resolve(Number(text)));
    process.on("exit", () => reject(new Error("the server ended")));
  });
  return {
    port,
    async kill() {
      process.kill("SIGKILL");
      await gone;
    },
  };
}

test("sqlite: a server that is killed loses nothing that it acknowledged", async (t) => {
  const file = join(await folder(t), "scim.db");
  await killed(() => child("sqlite", file));
});

for (const removal of ["hard", "soft"]) {
  test(`sqlite: a server that is killed while it removes (${removal}) has removed what it said, and nothing else`, async (t) => {
    const file = join(await folder(t), "scim.db");
    await killedRemoving(() => sqliteStore(file), () => child("sqlite", file, "", removal), removal);
  });
}

describe("postgres", { skip: !isInstalled && "PostgreSQL is not installed" }, async () => {
  const { pool, settings } = await startPool(after, 8);

  test("1,000 concurrent PATCHes of one group, through two processes' worth of handlers, lose no member", async () => {
    await pool.query("CREATE SCHEMA crowd");
    const settings = { prefix: "crowd.scim_" };
    await crowd([quiet(pgStore(pool, settings)), quiet(pgStore(pool, settings))]);
  });

  test("of eight who change one group all the time, nobody is refused", async () => {
    await pool.query("CREATE SCHEMA eight");
    await crowd(Array.from({ length: 8 }, () => quiet(pgStore(pool, { prefix: "eight.scim_" }))));
  });

  test("neither are real processes, and who is removed leaves the group that others change", async () => {
    const processes = await Promise.all([1, 2, 3].map(() => child("postgres", settings.host, "three_")));
    try {
      const ask = async (at, method, path, body) => {
        const init = { method, body: body && JSON.stringify(body), headers: { "content-type": "application/scim+json" } };
        const answer = await fetch(`http://127.0.0.1:${processes[at].port}/scim/v2${path}`, init);
        assert.ok(answer.ok, `${method}: ${answer.status}`);
        return answer.status === 204 ? undefined : answer.json();
      };
      const users = await Promise.all(Array.from({ length: 60 }, (_, at) => ask(at % 3, "POST", "/Users", { schemas: [USER], userName: `u${at}` })));
      const { id } = await ask(0, "POST", "/Groups", { schemas: [GROUP], displayName: "all", members: users.map((user) => ({ value: user.id })) });
      const join = Array.from({ length: 120 }, (_, at) => ask(at % 3, "PATCH", `/Groups/${id}`, joins(`m-${at}`)));
      const leave = users.map((user, at) => ask((at + 1) % 3, "DELETE", `/Users/${user.id}`));
      await Promise.all([...join, ...leave]);
      const { members } = await ask(0, "GET", `/Groups/${id}`);
      assert.deepEqual(members.map(({ value }) => value).sort(), Array.from({ length: 120 }, (_, at) => `m-${at}`).sort());
    } finally {
      await Promise.all(processes.map((one) => one.kill()));
    }
  });

  test("of eight who change one group in the tables of an application, nobody is refused", async () => {
    const mapping = await plainTables(pool, "teams");
    await crowd(Array.from({ length: 8 }, () => quiet(pgStore(pool, mapping))), 120);
  });

  test("a Bulk on the tables of an application is one transaction", async () => {
    const mapping = await plainTables(pool, "bulks");
    const begun = [];
    const connect = async () => {
      const client = await pool.connect();
      const query = (asked, values) => {
        if (/^(BEGIN|COMMIT)/.test(asked)) begun.push(asked);
        return client.query(asked, values);
      };
      return { query, release: (broken) => client.release(broken) };
    };
    const scim = quiet(pgStore({ query: (...asked) => pool.query(...asked), connect }, mapping));
    const create = (userName, at) => ({ method: "POST", path: "/Users", bulkId: `u${at}`, data: { schemas: [USER], userName } });
    const team = { method: "POST", path: "/Groups", bulkId: "g", data: { schemas: [GROUP], displayName: "all", members: [{ value: "bulkId:u0" }, { value: "bulkId:u2" }] } };
    const body = JSON.stringify({ schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations: [...["rosa", "ROSA", "lind"].map(create), team] });
    const answer = await scim.fetch(new Request("https://scim.example.test/scim/v2/Bulk", { method: "POST", body, headers: { "content-type": "application/scim+json" } }));
    assert.deepEqual((await answer.json()).Operations.map(({ status }) => status), ["201", "409", "201", "201"]);
    assert.deepEqual(begun, ["BEGIN ISOLATION LEVEL READ COMMITTED", "COMMIT"]);
    const { rows } = await pool.query("SELECT count(*)::int AS n FROM bulks.team_members");
    assert.deepEqual(rows, [{ n: 2 }]);
    await scim.close();
  });

  test("nobody waits for the passwords of a Bulk", async () => {
    await pool.query("CREATE SCHEMA busy");
    await busy(pgStore(pool, { prefix: "busy.scim_" }));
  });

  test("a Bulk of which something cannot be read acknowledges nothing that is undone", async () => {
    await pool.query("CREATE SCHEMA unread");
    let fails = false;
    const connect = async () => {
      const client = await pool.connect();
      const isRead = (asked) => /^SELECT .*document d WHERE/s.test(asked.text ?? asked);
      const query = (asked, values) => (fails && isRead(asked) ? client.query("SELECT 1 / 0") : client.query(asked, values));
      return { query, release: (broken) => client.release(broken) };
    };
    const scim = createScimHandler({ store: pgStore({ query: (...asked) => pool.query(...asked), connect }, { prefix: "unread.scim_" }), auth: none(), bulk: true });
    const send = async (method, path, body) => {
      const headers = { "content-type": "application/scim+json" };
      const answer = await scim.fetch(new Request(`https://scim.example.test/scim/v2${path}`, { method, headers, body: body && JSON.stringify(body) }));
      return { status: answer.status, body: await answer.json() };
    };
    const { body: old } = await send("POST", "/Users", { schemas: [USER], userName: "old" });
    const Operations = [
      { method: "POST", path: "/Users", bulkId: "n", data: { schemas: [USER], userName: "new" } },
      { method: "PATCH", path: `/Users/${old.id}`, data: { schemas: [PATCH], Operations: [{ op: "replace", path: "title", value: "Baker" }] } },
      { method: "POST", path: "/Users", bulkId: "m", data: { schemas: [USER], userName: "newer" } },
    ];
    fails = true;
    const { status } = await send("POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
    fails = false;
    assert.equal(status, 500);
    assert.equal((await send("GET", "/Users")).body.totalResults, 1);
    await scim.close();
  });

  test("two Bulks that wait for each other are both done, without a long wait", async () => {
    await pool.query("CREATE SCHEMA pair");
    const scim = quiet(pgStore(pool, { prefix: "pair.scim_" }));
    const send = async (method, path, body) => {
      const headers = { "content-type": "application/scim+json" };
      return (await scim.fetch(new Request(`https://scim.example.test/scim/v2${path}`, { method, headers, body: body && JSON.stringify(body) }))).json();
    };
    const ids = [];
    for (let number = 0; number < 40; number += 1) ids.push((await send("POST", "/Users", { schemas: [USER], userName: `u${number}` })).id);
    const bulk = (list, title) => ({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
      Operations: list.map((id) => ({ method: "PATCH", path: `/Users/${id}`, data: { schemas: [PATCH], Operations: [{ op: "replace", path: "title", value: title }] } })),
    });
    const begun = performance.now();
    const both = await Promise.all([send("POST", "/Bulk", bulk(ids, "Baker")), send("POST", "/Bulk", bulk(ids.toReversed(), "Cook"))]);
    assert.deepEqual(both.map(({ Operations }) => new Set(Operations.map(({ status }) => status))), [new Set(["200"]), new Set(["200"])]);
    assert.ok(performance.now() - begun < 15_000, `${performance.now() - begun} ms`);
    const { Resources } = await send("GET", "/Users");
    assert.equal(new Set(Resources.map(({ title }) => title)).size, 1, "one after the other");
    await scim.close();
  });

  test("a server that is killed loses nothing that it acknowledged", () => killed(() => child("postgres", settings.host)));

  for (const removal of ["hard", "soft"]) {
    test(`a server that is killed while it removes (${removal}) has removed what it said, and nothing else`, async () => {
      const prefix = `going_${removal}_`;
      await killedRemoving(() => pgStore(pool, { prefix }), () => child("postgres", settings.host, prefix, removal), removal);
    });
  }
});
