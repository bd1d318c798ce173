// Events in PostgreSQL: kept with the change, delivered by any number of processes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import pg from "pg";
import * as standardwebhooks from "standardwebhooks";

import { native } from "../../bindings-node/js/addon.js";
import { createScimHandler, none, pgStore } from "../../bindings-node/js/index.js";
import { isInstalled, startPostgres } from "./postgres.mjs";
import { testLetters } from "./letters.mjs";
import { pause, receiver, SECRET, until } from "./receiver.mjs";
import { GROUP, PATCH, USER } from "./server.mjs";

let server;
let pool;

before(async () => {
  if (!isInstalled) return;
  server = await startPostgres();
  pool = new pg.Pool({ ...server.settings, max: 10 });
  pool.on("error", () => {});
});

after(async () => {
  await pool?.end();
  await server?.stop();
});

const options = { skip: !isInstalled && "PostgreSQL is not installed" };
const user = (userName, more) => ({ schemas: [USER], userName, ...more });
const retitle = (title) => ({ schemas: [PATCH], Operations: [{ op: "replace", path: "title", value: title }] });

let tables = 0;

function handlers(t, events, count = 1) {
  tables += 1;
  const prefix = `e${tables}_`;
  const made = Array.from({ length: count }, (_, at) =>
    createScimHandler({ store: pgStore(pool, { prefix }), auth: none(), onError: (error) => /not delivered/.test(error.message) || console.error(error), events: typeof events === "function" ? events(at) : events }),
  );
  t.after(() => Promise.all(made.map((scim) => scim.close())));
  return { prefix, made };
}

async function ask(scim, method, path, body) {
  const headers = { "content-type": "application/scim+json" };
  const answer = await scim.fetch(new Request(`http://127.0.0.1/scim/v2${path}`, { method, headers, body: body && JSON.stringify(body) }));
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}

async function listed(changes) {
  const found = [];
  for await (const change of changes) found.push(change);
  return found;
}

test("what changes has one event in its transaction; what is refused has none", options, async (t) => {
  const { prefix, made } = handlers(t, { mode: "full" });
  const [scim] = made;
  const rosa = await ask(scim, "POST", "/Users", user("rosa.lind", { password: "frost-Lamp-93" }));
  assert.equal((await ask(scim, "POST", "/Users", user("ROSA.LIND"))).status, 409);
  await ask(scim, "PATCH", `/Users/${rosa.body.id}`, retitle("Baker"));
  await ask(scim, "PATCH", `/Users/${rosa.body.id}`, retitle("Baker"));
  const bakers = { schemas: [GROUP], displayName: "Bakers", members: [{ value: rosa.body.id }] };
  assert.equal((await ask(scim, "POST", "/Groups", bakers)).status, 201);
  assert.equal((await ask(scim, "DELETE", `/Users/${rosa.body.id}`)).status, 204);
  const changes = await listed(scim.changes());
  assert.deepEqual(changes.map(({ event }) => event.name), ["user.created", "user.updated", "group.created", "user.deleted", "group.updated"]);
  assert.ok(!JSON.stringify(changes).includes("frost"));
  const { rows } = await pool.query(`SELECT count(*)::int AS events, count(DISTINCT json::jsonb->>'txn')::int AS requests FROM ${prefix}event`);
  assert.deepEqual(rows, [{ events: 5, requests: 4 }]);
  assert.deepEqual((await listed(scim.changes(changes[3].seq))).map(({ event }) => event.name), ["group.updated"]);
});

test("a change that fails after its event was written leaves none", options, async (t) => {
  const { prefix, made } = handlers(t, true);
  const [scim] = made;
  await ask(scim, "POST", "/Users", user("rosa.lind"));
  // Whatever ends the transaction behind the event.
  await pool.query(`
    CREATE FUNCTION ${prefix}refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
    CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON ${prefix}event DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION ${prefix}refuse();`);
  assert.equal((await ask(scim, "POST", "/Users", user("otto.bern"))).status, 500);
  const { rows } = await pool.query(`SELECT (SELECT count(*)::int FROM ${prefix}event) AS events, (SELECT count(*)::int FROM ${prefix}document) AS users`);
  assert.deepEqual(rows, [{ events: 1, users: 1 }]);
});

test("of a Bulk, what is done is told of, and what fails is not", options, async (t) => {
  const { made } = handlers(t, true);
  const [scim] = made;
  await ask(scim, "POST", "/Users", user("rosa.lind"));
  const Operations = [
    { method: "POST", path: "/Users", bulkId: "a", data: user("ines.holm") },
    { method: "POST", path: "/Users", bulkId: "b", data: user("ROSA.lind") },
    { method: "POST", path: "/Groups", bulkId: "c", data: { schemas: [GROUP], displayName: "Bakers", members: [{ value: "bulkId:a" }] } },
    { method: "DELETE", path: "/Users/nobody" },
  ];
  const { body } = await ask(scim, "POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
  assert.deepEqual(body.Operations.map(({ status }) => status), ["201", "409", "201", "404"]);
  const [, ...told] = (await listed(scim.changes())).map(({ event }) => event);
  assert.deepEqual(told.map(({ name }) => name), ["user.created", "group.created"]);
  assert.equal(new Set(told.map(({ txn }) => txn)).size, 1);
});

test("two processes deliver each event once between them, those of one resource in order", options, async (t) => {
  const to = await receiver(t, async () => {
    await pause(2);
    return 204;
  });
  const { made } = handlers(t, { webhooks: [{ url: to.url, secret: SECRET, mode: "notice", standardwebhooks }], retry: { timeoutSeconds: 30 } }, 2);
  const people = 12;
  const titles = 8;
  await Promise.all(
    Array.from({ length: people }, async (_, number) => {
      const { body } = await ask(made[number % 2], "POST", "/Users", user(`u${number}`));
      // By turns of the two, so that each has something to deliver of everybody.
      for (let title = 1; title < titles; title += 1) {
        assert.equal((await ask(made[title % 2], "PATCH", `/Users/${body.id}`, retitle(`t${title}`))).status, 200);
      }
    }),
  );
  await until(() => to.got.length >= people * titles);
  await pause(300);
  const events = to.got.map(({ body }) => JSON.parse(body).data);
  assert.equal(events.length, people * titles, "none twice");
  assert.equal(new Set(events.map(({ id }) => id)).size, people * titles, "none left out");
  const versions = new Map();
  for (const { uri, version, previousVersion } of events) {
    assert.equal(previousVersion, versions.get(uri), "in the order of the changes");
    versions.set(uri, version);
  }
  const { rows } = await pool.query(`SELECT count(*)::int AS open FROM e${tables}_delivery`);
  assert.deepEqual(rows, [{ open: 0 }]);
});

test("what one process had claimed when it went away, another delivers", options, async (t) => {
  const told = [];
  const retry = { timeoutSeconds: 0.5 };
  const { prefix, made } = handlers(t, { onEvent: (event) => told.push(event.name), retry, deliver: false });
  await ask(made[0], "POST", "/Users", user("rosa.lind"));
  await pool.query(`UPDATE ${prefix}delivery SET attempts = 1, due = clock_timestamp() + interval '1 second'`);
  const other = createScimHandler({ store: pgStore(pool, { prefix }), auth: none(), events: { onEvent: (event) => told.push(event.name), retry } });
  t.after(() => other.close());
  await pause(300);
  assert.deepEqual(told, [], "it may be at it still");
  await until(() => told.length === 1);
  assert.deepEqual(told, ["user.created"]);
});

test("what is given up is kept, with the reason, and no longer in the way", options, async (t) => {
  const to = await receiver(t, ({ body }) => (JSON.parse(body).type === "user.created" ? 503 : 204));
  const { prefix, made } = handlers(t, { webhooks: [{ url: to.url, secret: SECRET, standardwebhooks }], retry: { attempts: 2, firstSeconds: 0.05 } });
  const rosa = await ask(made[0], "POST", "/Users", user("rosa.lind"));
  await ask(made[0], "PATCH", `/Users/${rosa.body.id}`, retitle("Cook"));
  await until(() => to.got.length === 3);
  const dead = async () => (await pool.query(`SELECT attempts, dead, failure FROM ${prefix}delivery`)).rows;
  await until(async () => (await dead()).length === 1);
  assert.deepEqual(await dead(), [{ attempts: 2, dead: true, failure: "status 503" }]);
});

testLetters("postgres", async () => pgStore(pool, { prefix: "letters_" }), options);

test("what is for a receiver that is gone is given up, and said once", options, async (t) => {
  const webhook = { name: "old", url: "https://feed.south.example/x", secret: SECRET, standardwebhooks };
  const { prefix, made } = handlers(t, { webhooks: [webhook], deliver: false });
  for (const name of ["rosa", "otto"]) await ask(made[0], "POST", "/Users", user(name));
  const errors = [];
  const start = () => {
    const scim = createScimHandler({ store: pgStore(pool, { prefix }), auth: none(), onError: (error) => errors.push(error.message), events: { onEvent() {} } });
    t.after(() => scim.close());
    return scim;
  };
  start();
  await pause(1500);
  assert.deepEqual(errors, [], "it may be a receiver of another process");
  // That none has looked after it for a day.
  await pool.query(`UPDATE ${prefix}delivery SET due = due - interval '25 hours'`);
  const scim = start();
  await until(() => errors.length > 0);
  start();
  await pause(1500);
  assert.deepEqual(errors, ["events: webhook old is no receiver any more: 2 deliveries were given up"]);
  const letters = await scim.deadLetters();
  assert.deepEqual(letters.map(({ failure }) => failure), ["no such receiver", "no such receiver"]);
  await assert.rejects(scim.retryDeadLetters({ receiver: "webhook old" }), /no receiver/);
  assert.equal(await scim.retryDeadLetters(), 0, "nobody would deliver it");
});

test("no change is passed over by one who reads while others write", options, async (t) => {
  const { prefix, made } = handlers(t, true);
  const [scim] = made;
  await ask(scim, "POST", "/Users", user("first"));
  // A transaction that has a number, and takes its time; another one overtakes it.
  const slow = await pool.connect();
  await slow.query("BEGIN");
  await slow.query(`INSERT INTO ${prefix}event (tenant, type, id, json) SELECT tenant, type, 'slow', json FROM ${prefix}event LIMIT 1`);
  await ask(scim, "POST", "/Users", user("second"));
  const reading = listed(scim.changes());
  let read = false;
  reading.then(() => (read = true));
  await pause(300);
  assert.ok(!read, "it waits for those that had begun");
  await slow.query("COMMIT");
  slow.release();
  assert.equal((await reading).length, 3);
});

test("changes come in their order, page by page", options, async (t) => {
  const { made } = handlers(t, true);
  const [scim] = made;
  const names = Array.from({ length: 620 }, (_, at) => `u${at}`);
  const Operations = names.map((userName) => ({ method: "POST", path: "/Users", bulkId: userName, data: user(userName) }));
  const { body } = await ask(scim, "POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
  const ids = body.Operations.map(({ location }) => location.split("/").at(-1));
  const found = await listed(scim.changes());
  assert.deepEqual(found.map(({ event }) => event.resourceId), ids);
  const [, second] = found;
  assert.deepEqual((await listed(scim.changes(second.seq))).length, 618);
});

test("who follows waits for nobody once the handler is closed, and spends no numbers where nothing is new", options, async (t) => {
  const { made } = handlers(t, true);
  const [scim] = made;
  await ask(scim, "POST", "/Users", user("first"));
  const [{ seq }] = await listed(scim.changes());
  const number = async () => Number((await pool.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next")).rows[0].next);
  const before = await number();
  assert.deepEqual(await listed(scim.changes(seq)), []);
  assert.equal(await number(), before);
  const slow = await pool.connect();
  await slow.query("BEGIN; SELECT pg_current_xact_id()");
  await ask(scim, "POST", "/Users", user("second"));
  const reading = listed(scim.changes(seq, { follow: true }));
  await pause(100);
  await scim.close();
  const ended = await Promise.race([reading, pause(3000)]);
  await slow.query("COMMIT");
  slow.release();
  assert.deepEqual(ended, []);
});

test("old events are forgotten, those that somebody waits for are not", options, async (t) => {
  const { prefix, made } = handlers(t, { onEvent() {}, deliver: false, keepDays: 1 });
  for (const name of ["rosa", "otto"]) await ask(made[0], "POST", "/Users", user(name));
  await pool.query(`UPDATE ${prefix}event SET made = made - interval '2 days'; DELETE FROM ${prefix}delivery WHERE seq = (SELECT min(seq) FROM ${prefix}delivery)`);
  await ask(made[0], "POST", "/Users", user("ines"));
  const count = async () => (await pool.query(`SELECT count(*)::int AS count FROM ${prefix}event`)).rows[0].count;
  await until(async () => (await count()) === 2);
  await pause(100);
  assert.equal(await count(), 2);
});

// Events of resources that nobody wrote: `ids` is SQL for the identifier of the event `n`.
async function fill(prefix, sink, count, ids) {
  await pool.query(
    `WITH made AS (
       INSERT INTO ${prefix}event (tenant, type, id, json)
       SELECT '', 'User', ${ids}, json_build_object('id', 'e-' || n, 'name', 'user.updated', 'resourceId', ${ids}, 'types', '[]'::json)::text
       FROM generate_series(1, $1::int) AS n RETURNING seq, tenant, type, id)
     INSERT INTO ${prefix}delivery (sink, seq, tenant, type, id) SELECT $2, seq, tenant, type, id FROM made`,
    [count, sink],
  );
}

test("100,000 events of one resource keep no other waiting, and a claim stays cheap", options, async (t) => {
  const { prefix, made } = handlers(t, { onEvent() {}, deliver: false });
  await ask(made[0], "GET", "/Users");
  await fill(prefix, "onEvent", 100_000, "'u-1'");
  await fill(prefix, "onEvent", 20, "'v-' || n");
  await pool.query(`ANALYZE ${prefix}delivery`);
  const told = [];
  // The one that has so much to tell is slow.
  const onEvent = ({ resourceId }, { signal }) => {
    told.push(resourceId);
    return resourceId === "u-1" ? new Promise((_, failed) => signal.addEventListener("abort", failed)) : undefined;
  };
  const began = performance.now();
  const scim = createScimHandler({ store: pgStore(pool, { prefix }), auth: none(), onError() {}, events: { onEvent, retry: { timeoutSeconds: 60 } } });
  await until(() => told.length === 21, 60);
  t.diagnostic(`all others were told within ${Math.round(performance.now() - began)} ms`);
  assert.deepEqual([...told].sort(), ["u-1", ...Array.from({ length: 20 }, (_, n) => `v-${n + 1}`)].sort());
  // Looking after the tables, which begins a second later, is no work for each row behind each other.
  await pause(1500);
  const busy = "SELECT count(*)::int AS count FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND clock_timestamp() - query_start > interval '1 second'";
  assert.equal((await pool.query(busy)).rows[0].count, 0);
  const texts = JSON.parse(new native.Sql("", prefix).outboxSql());
  const timed = async (text, values) => {
    const { rows } = await pool.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
    return rows[0]["QUERY PLAN"][0];
  };
  // What was moved leaves its traces in the indexes, until the database has looked after them.
  await pool.query(`VACUUM ANALYZE ${prefix}delivery, ${prefix}event`);
  const claim = await timed(texts.claim, ["onEvent", 8, 1000]);
  const park = await timed(texts.park, ["onEvent"]);
  t.diagnostic(`a claim then takes ${claim["Execution Time"]} ms, and looking for what to park ${park["Execution Time"]} ms`);
  for (const plan of [claim, park]) {
    assert.ok(!JSON.stringify(plan).includes("Seq Scan"));
    assert.ok(plan.Plan["Shared Hit Blocks"] + plan.Plan["Shared Read Blocks"] < 200, plan.Plan["Shared Hit Blocks"]);
  }
  await scim.close();
});

test("what was parked is delivered in order by several, and nothing stays behind", options, async (t) => {
  const to = [];
  const events = () => ({ onEvent: ({ id, resourceId }) => void to.push([resourceId, Number(id.slice(2))]), deliver: false });
  const { prefix, made } = handlers(t, events);
  await ask(made[0], "GET", "/Users");
  // So many of each of a few that they are in the way of the last.
  await fill(prefix, "onEvent", 900, "'u-' || n % 3");
  await fill(prefix, "onEvent", 5, "'v-' || n");
  const both = [0, 1].map(() => createScimHandler({ store: pgStore(pool, { prefix }), auth: none(), onError() {}, events: { ...events(), deliver: true } }));
  // Others go on writing.
  for (let round = 0; round < 10; round += 1) {
    await pause(20);
    await fill(prefix, "onEvent", 30, "'u-' || n % 3");
  }
  await until(() => to.length >= 1205);
  await Promise.all(both.map((scim) => scim.close()));
  const { rows } = await pool.query(`SELECT count(*)::int AS open FROM ${prefix}delivery`);
  assert.deepEqual([to.length, rows[0].open], [1205, 0]);
  const { rows: order } = await pool.query(`SELECT id, array_agg((json::jsonb ->> 'id') ORDER BY seq) AS ids FROM ${prefix}event GROUP BY id`);
  for (const { id, ids } of order) {
    assert.deepEqual(to.filter(([of]) => of === id).map(([, n]) => `e-${n}`), ids);
  }
});
