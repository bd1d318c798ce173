// Events where resources are in tables of the developer's: ours stand beside them, and are written
// in the same transaction.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";

import { createScimHandler, int, joinTable, jsonb, none, pgStore, table, text, ts, uuid } from "../../bindings-node/js/index.js";
import { testLetters } from "./letters.mjs";
import { ORG, appTables, ask, plainTables } from "./mapped.mjs";
import { isInstalled, startPool } from "./postgres.mjs";
import { pause, until } from "./receiver.mjs";
import { GROUP, PATCH, USER } from "./server.mjs";

describe("events beside tables that were there before", { skip: !isInstalled && "PostgreSQL is not installed" }, async () => {
  const { pool } = await startPool(after);
  let number = 0;
  const schema = () => `v${(number += 1)}`;
  const user = (userName, more) => ({ schemas: [USER], userName, ...more });
  const patch = (...Operations) => ({ schemas: [PATCH], Operations });

  // Those of an application that is there already.
  async function open(t, name, events, more = {}) {
    const scim = createScimHandler({
      store: pgStore(pool, await appTables({ query: async () => {} }, name), { prefix: `${name}.scim_` }),
      auth: () => ({ sub: "tests", tenant: ORG, permissions: ["scim:*"] }),
      onError: (error) => console.error(error),
      events,
      ...more,
    });
    t.after(() => scim.close());
    return scim;
  }

  // Without the column that counts changes.
  const teams = (name) =>
    table(`${name}.teams`, {
      id: uuid("id"),
      displayName: text("name"),
      members: joinTable(`${name}.team_members`, { group: "team_id", user: "user_id" }),
      meta: { created: ts("created_at"), lastModified: ts("updated_at") },
      tenant: uuid("org_id"),
      rest: jsonb("scim_extra"),
      softDelete: ts("deleted_at"),
    });

  async function listed(scim) {
    const found = [];
    for await (const { event } of scim.changes()) found.push(event);
    return found;
  }

  testLetters("mapped", async () => {
    const name = schema();
    return pgStore(pool, await plainTables(pool, name), { prefix: `${name}.scim_` });
  });

  test("each change has one event in its transaction, which tells of what was written; what is refused has none", async (t) => {
    const name = schema();
    await appTables(pool, name);
    const told = [];
    const scim = await open(t, name, { mode: "full", onEvent: (event) => void told.push(event) });
    const rosa = await ask(scim, "POST", "/Users", user("rosa@north.test", { password: "frost-Lamp-93" }));
    assert.equal(rosa.status, 201);
    assert.equal((await ask(scim, "POST", "/Users", user("ROSA@north.test"))).status, 409);
    const path = `/Users/${rosa.body.id}`;
    assert.equal((await ask(scim, "PATCH", path, patch({ op: "replace", path: "active", value: false }))).status, 200);
    assert.equal((await ask(scim, "PATCH", path, patch({ op: "replace", path: "active", value: false }))).status, 200);
    assert.equal((await ask(scim, "PATCH", path, patch({ op: "add", path: "title", value: "Cook" }), { "if-match": 'W/"77"' })).status, 412);
    const crew = await ask(scim, "POST", "/Groups", { schemas: [GROUP], displayName: "Crew", members: [{ value: rosa.body.id }] });
    assert.equal(crew.status, 201);
    assert.equal((await ask(scim, "DELETE", path)).status, 204);
    await until(() => told.length >= 5);
    await pause(100);
    const events = await listed(scim);
    assert.deepEqual(events, told, "what is listed is what is delivered");
    const [made, off, , left] = events;
    assert.deepEqual(events.map(({ name: what }) => what), ["user.created", "user.deactivated", "group.created", "group.updated", "user.deleted"]);
    // Who is deleted leaves the groups first.
    assert.deepEqual([left.uri, left.attributes, left.previousVersion, left.version], [`/Groups/${crew.body.id}`, ["members"], 'W/"1"', 'W/"2"']);
    const { body: now } = await ask(scim, "GET", `/Groups/${crew.body.id}`);
    assert.deepEqual([now.members, now.meta.version], [undefined, 'W/"2"']);
    assert.deepEqual([made.uri, made.resourceId, made.tenant, made.principal], [path, rosa.body.id, ORG, "tests"]);
    // The version is the one that the table counts.
    assert.deepEqual([made.version, off.previousVersion, off.version], ['W/"1"', 'W/"1"', 'W/"2"']);
    assert.deepEqual(made.data, rosa.body);
    assert.ok(made.attributes.includes("password") && !JSON.stringify(events).includes("frost"));
    const { rows } = await pool.query(`SELECT count(*)::int AS open FROM ${name}.scim_delivery`);
    assert.deepEqual(rows, [{ open: 0 }]);
  });

  for (const counted of [true, false]) {
    test(`who is deleted softly leaves the groups with an event of each (${counted ? "versions are counted" : "versions follow from the whole"})`, async (t) => {
      const name = schema();
      const mapping = await appTables(pool, name, true);
      await pool.query(`ALTER TABLE ${name}.teams ADD COLUMN deleted_at timestamptz`);
      const softly = counted ? mapping : { ...mapping, Group: teams(name) };
      const scim = createScimHandler({
        store: pgStore(pool, softly, { prefix: `${name}.scim_` }),
        auth: () => ({ sub: "tests", tenant: ORG, permissions: ["scim:*"] }),
        onError: (error) => console.error(error),
        events: { mode: "full" },
        delete: "soft",
        bulk: true,
      });
      t.after(() => scim.close());
      const ids = [];
      for (const login of ["rosa", "otto", "ines"]) ids.push((await ask(scim, "POST", "/Users", user(`${login}@north.test`))).body.id);
      const [rosa, otto, ines] = ids;
      const crew = (displayName) => ask(scim, "POST", "/Groups", { schemas: [GROUP], displayName, members: ids.map((value) => ({ value })) });
      const groups = [(await crew("Crew")).body, (await crew("Choir")).body].sort((a, b) => (a.id < b.id ? -1 : 1));
      const before = (await listed(scim)).length;
      assert.equal((await ask(scim, "DELETE", `/Users/${rosa}`)).status, 204);
      const told = (await listed(scim)).slice(before);
      assert.deepEqual(told.map(({ name: what, uri }) => [what, uri]), [
        ["user.deleted", `/Users/${rosa}`],
        ...groups.map(({ id }) => ["group.updated", `/Groups/${id}`]),
      ]);
      assert.equal(new Set(told.map(({ txn }) => txn)).size, 1);
      for (const [at, { id, meta }] of groups.entries()) {
        const { body: now } = await ask(scim, "GET", `/Groups/${id}`);
        const event = told[at + 1];
        assert.deepEqual(now.members.map(({ value }) => value).sort(), [otto, ines].sort());
        assert.deepEqual([event.attributes, event.previousVersion, event.version], [["members"], meta.version, now.meta.version]);
        assert.ok(JSON.stringify(event.data).includes(rosa) && !JSON.stringify(event.data).includes(otto), "who has gone is said");
      }
      // In a Bulk as well, and nothing of what is refused.
      const Operations = [{ method: "DELETE", path: `/Users/${otto}` }, { method: "DELETE", path: `/Users/${ines}`, version: 'W/"77"' }];
      const { body } = await ask(scim, "POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
      assert.deepEqual(body.Operations.map(({ status }) => status), ["204", "412"]);
      const more = (await listed(scim)).slice(before + told.length);
      assert.deepEqual(more.map(({ name: what, resourceId }) => [what, resourceId]), [["user.deleted", otto], ...groups.map(({ id }) => ["group.updated", id])]);
    });
  }

  test("a change that fails behind its event leaves neither", async (t) => {
    const name = schema();
    await appTables(pool, name);
    const scim = await open(t, name, true, { onError() {} });
    assert.equal((await ask(scim, "POST", "/Users", user("rosa@north.test"))).status, 201);
    await pool.query(`
      CREATE FUNCTION ${name}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
      CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON ${name}.scim_event DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION ${name}.refuse();`);
    assert.equal((await ask(scim, "POST", "/Users", user("otto@north.test"))).status, 500);
    const { rows } = await pool.query(`SELECT (SELECT count(*)::int FROM ${name}.scim_event) AS events, (SELECT count(*)::int FROM ${name}.users) AS users`);
    assert.deepEqual(rows, [{ events: 1, users: 1 }]);
  });

  test("where the database gives the id, that is the one that is told", async (t) => {
    const name = schema();
    await pool.query(`CREATE SCHEMA ${name}; CREATE TABLE ${name}.people (id bigint GENERATED ALWAYS AS IDENTITY (START WITH 70) PRIMARY KEY, login text NOT NULL)`);
    const mapping = { User: table(`${name}.people`, { id: int("id").generated(), userName: text("login") }) };
    const settings = { store: pgStore(pool, mapping, { prefix: `${name}.scim_` }), auth: none(), resources: ["User"] };
    const scim = createScimHandler({ ...settings, events: { mode: "full" } });
    t.after(() => scim.close());
    assert.match(scim.ddl(), new RegExp(`CREATE TABLE IF NOT EXISTS ${name}.scim_event`));
    const made = await ask(scim, "POST", "/Users", user("rosa"));
    assert.equal(made.body.id, "70");
    const [event] = await listed(scim);
    assert.deepEqual([event.resourceId, event.uri, event.data], ["70", "/Users/70", made.body]);
    const without = createScimHandler(settings);
    t.after(() => without.close());
    assert.ok(!without.ddl().includes("scim_event"));
  });

  test("each operation of a Bulk that is done has one event", async (t) => {
    const name = schema();
    await appTables(pool, name);
    const scim = await open(t, name, true);
    await ask(scim, "POST", "/Users", user("rosa@north.test"));
    const Operations = [
      { method: "POST", path: "/Users", bulkId: "a", data: user("ines@north.test") },
      { method: "POST", path: "/Users", bulkId: "b", data: user("ROSA@north.test") },
      { method: "POST", path: "/Groups", bulkId: "c", data: { schemas: [GROUP], displayName: "Crew", members: [{ value: "bulkId:a" }] } },
    ];
    const { body } = await ask(scim, "POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
    assert.deepEqual(body.Operations.map(({ status }) => status), ["201", "409", "201"]);
    const [, ...events] = await listed(scim);
    assert.deepEqual(events.map(({ name: what, resourceId }) => [what, resourceId]), [
      ["user.created", body.Operations[0].location.split("/").at(-1)],
      ["group.created", body.Operations[2].location.split("/").at(-1)],
    ]);
    assert.equal(new Set(events.map(({ txn }) => txn)).size, 1);
  });
});
