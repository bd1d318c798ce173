// Events in PostgreSQL: kept with the change, delivered by any number of processes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import pg from "pg";
import * as standardwebhooks from "standardwebhooks";

import { createScimHandler, none, pgStore } from "../../bindings-node/js/index.js";
import { isInstalled, startPostgres } from "./postgres.mjs";
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
