// What is deleted softly, in the hands of the host.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { bool, conflict, core, createScimHandler, jsonb, memoryStore, none, pgStore, sqliteStore, table, text, ts } from "../../bindings-node/js/index.js";
import { testStore } from "../../bindings-node/js/testing.js";
import { ORG, appTables } from "./mapped.mjs";
import { isInstalled, startPool } from "./postgres.mjs";
import { until } from "./receiver.mjs";
import { GROUP, USER, folder } from "./server.mjs";

const LATE = new Date("2100-01-01");

function opened(store, more = {}) {
  const records = [];
  const scim = createScimHandler({ store, auth: none(), delete: "soft", observe: { audit: (record) => records.push(record) }, onError: () => {}, ...more });
  async function ask(method, path, body) {
    const asked = { method, body: body && JSON.stringify(body), headers: { "content-type": "application/scim+json" } };
    const answer = await scim.fetch(new Request(`https://scim.example.test/scim/v2${path}`, asked));
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  }
  const user = async (userName, members = {}) => (await ask("POST", "/Users", { schemas: [USER], userName, ...members })).body;
  return { scim, ask, user, records };
}

async function kept({ scim, ask, user, records }) {
  const rosa = await user("rosa", { title: "Cook" });
  assert.equal((await ask("DELETE", `/Users/${rosa.id}`)).status, 204);
  const { removed, next } = await scim.removed({ limit: 1 });
  assert.deepEqual([removed.length, removed[0].id, removed[0].userName, next?.id], [1, rosa.id, "rosa", rosa.id]);
  assert.ok(Date.now() - Date.parse(removed[0].removed) < 60_000);
  assert.deepEqual(await scim.removed({ after: next }), { removed: [] });
  assert.equal(await scim.restore({ id: "nobody" }), undefined);
  const back = await scim.restore({ id: rosa.id, by: "admin" });
  assert.deepEqual([back.title, back.meta.location], ["Cook", `/scim/v2/Users/${rosa.id}`]);
  assert.equal((await ask("GET", `/Users/${rosa.id}`)).status, 200);
  const { operation, principal, status, id } = records.findLast((record) => record.operation === "Users:restore");
  assert.deepEqual([operation, principal, status, id], ["Users:restore", "admin", 200, rosa.id]);
  await ask("DELETE", `/Users/${rosa.id}`);
  const other = await user("ROSA");
  await assert.rejects(scim.restore({ id: rosa.id }), { status: 409, scimType: "uniqueness" });
  assert.deepEqual(await scim.purge({ before: new Date("2020-01-01") }), {});
  assert.deepEqual(await scim.purge({ before: LATE, by: "admin" }), { User: 1 });
  assert.deepEqual(await scim.removed(), { removed: [] });
  assert.equal((await ask("GET", `/Users/${other.id}`)).status, 200);
  assert.equal(records.at(-2).operation, "Users:removed");
  await scim.close();
  await assert.rejects(scim.removed(), /closed/);
}

test("in memory, what is deleted softly is listed, restored and purged", () => kept(opened(memoryStore())));

test("in SQLite, what is deleted softly is listed, restored and purged", async (t) => kept(opened(sqliteStore(join(await folder(t), "scim.db")))));

test("in SQLite, nothing of what was purged is left in the file", async (t) => {
  const path = join(await folder(t), "scim.db");
  const { scim, ask, user } = opened(sqliteStore(path));
  const long = "Q".repeat(20_000);
  const rosa = await user("rosa", { title: `zebra-${long}`, password: "correct-horse" });
  await ask("DELETE", `/Users/${rosa.id}`);
  assert.deepEqual(await scim.purge({ before: LATE }), { User: 1 });
  await scim.close();
  assert.ok(!(await readFile(path, "latin1")).includes("zebra-"));
});

// What events say of who was purged is taken out of them, where nobody has got them yet as well.
async function forgotten(store, { given, names = ["rosa", "otto"], nul = "\u0000", more = {} } = {}) {
  const fail = () => {
    throw new Error("not now");
  };
  const events = { mode: "full", onEvent: fail, retry: { attempts: 1 } };
  const { scim, ask, user } = opened(store, { events, ...more });
  const values = { title: `zebra ${nul} \\ ","data":`, externalId: "zebra-\\\"7\",\"data\":{}", nickName: "Q" };
  const [rosa, otto] = [await user(names[0], values), await user(names[1], values)];
  const replace = { op: "replace", path: "title", value: "zebra again" };
  await ask("PATCH", `/Users/${rosa.id}`, { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: [replace] });
  for (const { id } of [rosa, otto]) await ask("DELETE", `/Users/${id}`);
  await scim.restore({ id: otto.id, tenant: given });
  await until(async () => (await scim.deadLetters()).length === 6);
  assert.deepEqual(await scim.purge({ before: LATE }), { User: 1 });
  const found = [];
  for await (const { event } of scim.changes()) found.push(event);
  const letters = (await scim.deadLetters()).map(({ event }) => event);
  for (const list of [found, letters]) {
    const own = list.filter(({ resourceId }) => resourceId === rosa.id);
    assert.deepEqual(own.map(({ name }) => name), ["user.created", "user.updated", "user.deleted"]);
    assert.ok(own[0].attributes.includes("title") && own[0].time !== undefined);
    assert.ok(!JSON.stringify(own).includes("zebra"), JSON.stringify(own));
    assert.deepEqual(own.map(({ data, externalId }) => [data, externalId]), Array(3).fill([undefined, undefined]));
    const other = list.filter(({ resourceId }) => resourceId === otto.id);
    assert.deepEqual(other.map(({ data, externalId }) => [data?.title, externalId]), [
      [values.title, values.externalId],
      [undefined, values.externalId],
      [values.title, values.externalId],
    ]);
  }
  await scim.close();
}

test("in memory, events forget who was purged", () => forgotten(memoryStore()));

test("in SQLite, events forget who was purged", async (t) => {
  const path = join(await folder(t), "scim.db");
  const { scim, ask, user } = opened(sqliteStore(path), { events: { mode: "full" } });
  const { id } = await user("rosa", { externalId: `lion-${"Q".repeat(20_000)}`, title: `lion-${"Q".repeat(20_000)}` });
  await ask("DELETE", `/Users/${id}`);
  await scim.purge({ before: LATE });
  await scim.close();
  assert.ok(!(await readFile(path, "latin1")).includes("lion-"));
  await forgotten(sqliteStore(":memory:"));
});

test("a DELETE that keeps nothing leaves what events have said already", async () => {
  const { scim, ask, user } = opened(memoryStore(), { delete: "hard", events: { mode: "full" } });
  const { id } = await user("rosa", { title: "Cook" });
  await ask("DELETE", `/Users/${id}`);
  const titles = [];
  for await (const { event } of scim.changes()) titles.push(event.data?.title);
  assert.deepEqual(titles, ["Cook", undefined]);
});

test("events tell of what is back as of something new", async () => {
  const { scim, ask, user } = opened(memoryStore(), { events: true });
  const { id } = await user("rosa");
  await ask("DELETE", `/Users/${id}`);
  await scim.restore({ id, by: "admin" });
  const names = [];
  for await (const { event } of scim.changes()) names.push([event.name, event.principal]);
  assert.deepEqual(names, [["user.created", undefined], ["user.deleted", undefined], ["user.created", "admin"]]);
});

test("wrong settings and arguments are refused by name", async () => {
  const open = (removal) => () => createScimHandler({ store: memoryStore(), auth: none(), delete: removal });
  for (const wrong of ["gone", { mode: "gone" }, { unique: "free" }, { recreate: true }, { mode: "soft", keep: 1 }, 1]) assert.throws(open(wrong), { code: "invalid-option" });
  assert.doesNotThrow(open({ mode: "hard" }));
  const { scim } = opened(memoryStore());
  await assert.rejects(scim.purge(), /before/);
  await assert.rejects(scim.purge({ before: "soon" }), /before/);
  await assert.rejects(scim.restore({}), /id/);
  await assert.rejects(scim.removed({ limit: 100_000 }), { code: "invalid-option" });
  await assert.rejects(scim.removed({ type: "Printer" }), { status: 400 });
});

test("a store of one's own says whether it keeps what is deleted", async () => {
  const missing = { get() {}, query: () => [], insert() {}, replace() {}, remove() {} };
  assert.throws(() => opened(missing), /to keep what is deleted, `store` lacks removed, restore, purge/);
  const { scim } = opened(missing, { delete: "hard" });
  await assert.rejects(scim.removed(), { status: 501 });
});

// A store of a developer's, in a few lines: what the contract asks of one that keeps what is deleted.
function shelf() {
  const rows = new Map();
  const gone = new Map();
  const name = ({ tenant, type, id }) => JSON.stringify([tenant, type, id]);
  const of = (row, { tenant, types }) => row.key.tenant === tenant && types.includes(row.key.type);
  function free(key, unique) {
    const taken = [...rows.values(), ...[...gone.values()].filter(({ keep }) => keep.unique === "kept")];
    for (const { path, key: value } of unique) {
      const other = taken.find((row) => row.key.tenant === key.tenant && row.key.type === key.type && row.key.id !== key.id && row.unique.some((one) => one.path === path && one.key === value));
      if (other !== undefined) throw conflict(path);
    }
  }
  const put = (key, resource, unique) => (free(key, unique), rows.set(name(key), { key, resource, unique }));
  return {
    get: (key) => rows.get(name(key))?.resource,
    query: (plan) => [...rows.values()].filter((row) => of(row, plan)).map(({ resource }) => resource),
    memberships: ({ tenant, type, members }) =>
      [...rows.values()]
        .filter((row) => of(row, { tenant, types: [type] }))
        .flatMap(({ resource }) => [...new Set((resource.members ?? []).map(({ value }) => value))].filter((one) => members.includes(one)).map((member) => ({ member, group: resource.id, display: resource.displayName }))),
    insert(key, resource, { unique }) {
      if (rows.has(name(key))) throw conflict("id");
      put(key, resource, unique);
    },
    replace(key, resource, { unique, ifVersion }) {
      const old = rows.get(name(key));
      if (old === undefined) return false;
      if (ifVersion !== undefined && old.resource.meta.version !== ifVersion) throw Object.assign(new Error("another version"), { versionMismatch: true });
      put(key, resource, unique);
    },
    remove(key, { ifVersion, keep }) {
      const old = rows.get(name(key));
      if (old === undefined) return false;
      if (ifVersion !== undefined && old.resource.meta.version !== ifVersion) throw Object.assign(new Error("another version"), { versionMismatch: true });
      rows.delete(name(key));
      if (keep !== undefined) gone.set(name(key), { ...old, keep });
    },
    removed({ tenant, type, id, unique, after, limit }) {
      const place = ({ key, keep }) => [Date.parse(keep.at), key.id];
      const compare = ([a, b], [c, d]) => a - c || (b < d ? -1 : Number(b > d));
      const own = [...gone.values()].filter(({ key }) => key.tenant === tenant && key.type === type).sort((a, b) => compare(place(a), place(b)));
      const has = (row, value) => row.unique.some((one) => one.path === value.path && one.key === value.key);
      let found = own.filter((row) => after === undefined || compare(place(row), [Date.parse(after.at), after.id]) > 0).slice(0, limit);
      if (id !== undefined) found = own.filter(({ key }) => key.id === id);
      if (unique !== undefined) found = unique.map((value) => own.findLast((row) => has(row, value))).filter((row) => row !== undefined).slice(0, 1);
      return found.map(({ keep, resource }) => ({ kept: keep, resource }));
    },
    restore(key, resource, { unique }) {
      if (!gone.has(name(key))) return false;
      put(key, resource, unique);
      gone.delete(name(key));
    },
    purge({ tenant, before, limit }) {
      const due = [...gone].filter(([, { key, keep }]) => (tenant === undefined || key.tenant === tenant) && Date.parse(keep.at) < Date.parse(before));
      const counts = {};
      due.sort(([, a], [, b]) => Date.parse(a.keep.at) - Date.parse(b.keep.at));
      for (const [own, { key }] of due.slice(0, limit)) {
        gone.delete(own);
        counts[key.type] = (counts[key.type] ?? 0) + 1;
      }
      return counts;
    },
  };
}

describe("a store of one's own that keeps what is deleted", () => testStore(shelf, { keepsRemoved: true, requests: 200 }));

describe("postgres", { skip: !isInstalled && "PostgreSQL is not installed" }, async () => {
  const { pool } = await startPool(after);

  test("what is deleted softly is listed, restored and purged", async () => {
    await pool.query("CREATE SCHEMA s1");
    await kept(opened(pgStore(pool, { prefix: "s1.scim_" })));
    for (const table of ["removed", "past"]) assert.equal((await pool.query(`SELECT 1 FROM s1.scim_${table}`)).rowCount, 0, table);
    assert.equal((await pool.query("SELECT 1 FROM s1.scim_document")).rowCount, 1);
  });

  test("events forget who was purged, also those of a server that knew no index for it", async () => {
    for (const name of ["s11", "s12"]) await pool.query(`CREATE SCHEMA ${name}`);
    await forgotten(pgStore(pool, { prefix: "s11.scim_" }));
    const { scim } = opened(pgStore(pool, { prefix: "s12.scim_" }), { events: true });
    await scim.removed();
    await pool.query("DROP INDEX s12.scim_event_by_resource");
    await forgotten(pgStore(pool, { prefix: "s12.scim_" }));
    assert.equal((await pool.query("SELECT to_regclass('s12.scim_event_by_resource') AS there")).rows[0].there, "s12.scim_event_by_resource");
    await scim.close();
  });

  test("events beside tables that were there before forget who was purged", async () => {
    const mapping = await appTables(pool, "s13", true);
    await pool.query("ALTER TABLE s13.teams ADD COLUMN deleted_at timestamptz");
    const auth = () => ({ sub: "tests", tenant: ORG, permissions: ["scim:*"] });
    await forgotten(pgStore(pool, mapping, { prefix: "s13.scim_" }), { given: ORG, nul: "", names: ["rosa@north.test", "otto@north.test"], more: { auth } });
  });

  test("many who are restored at once are all in their group again", async () => {
    await pool.query("CREATE SCHEMA s9");
    const { scim, ask, user } = opened(pgStore(pool, { prefix: "s9.scim_" }));
    const ids = await Promise.all(Array.from({ length: 20 }, async (_, at) => (await user(`rosa-${at}`)).id));
    const members = ids.map((value) => ({ value }));
    const { id: crew } = (await ask("POST", "/Groups", { schemas: [GROUP], displayName: "crew", members })).body;
    await Promise.all(ids.map((id) => ask("DELETE", `/Users/${id}`)));
    assert.equal((await ask("GET", `/Groups/${crew}`)).body.members, undefined);
    await Promise.all(ids.map((id) => scim.restore({ id })));
    const back = (await ask("GET", `/Groups/${crew}`)).body.members.map(({ value }) => value);
    assert.deepEqual(back.sort(), ids.sort());
  });

  test("a password outlives a restoration, and not a new beginning", async () => {
    await pool.query("CREATE SCHEMA s2");
    const { scim, ask, user } = opened(pgStore(pool, { prefix: "s2.scim_" }), { delete: { mode: "soft", recreate: "restore" } });
    const { id } = await user("rosa", { password: "correct-horse" });
    const secrets = async () => (await pool.query("SELECT phc FROM s2.scim_secret")).rowCount;
    await ask("DELETE", `/Users/${id}`);
    await scim.restore({ id });
    assert.equal(await secrets(), 1);
    await ask("DELETE", `/Users/${id}`);
    assert.equal((await user("rosa")).id, id);
    assert.equal(await secrets(), 0);
    await ask("DELETE", `/Users/${id}`);
    await user("rosa", { password: "another-horse" });
    assert.equal(await secrets(), 1);
  });

  test("who cannot be kept is not removed, and who cannot be put back stays kept", async () => {
    await pool.query("CREATE SCHEMA s3");
    const { scim, ask, user } = opened(pgStore(pool, { prefix: "s3.scim_" }));
    const { id } = await user("rosa");
    await pool.query(`
      CREATE FUNCTION s3.full() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the disk is full''; END';
      CREATE TRIGGER full_now BEFORE INSERT OR DELETE ON s3.scim_removed FOR EACH ROW EXECUTE FUNCTION s3.full();`);
    assert.equal((await ask("DELETE", `/Users/${id}`)).status, 500);
    assert.equal((await ask("GET", `/Users/${id}`)).body.userName, "rosa");
    await pool.query("ALTER TABLE s3.scim_removed DISABLE TRIGGER full_now");
    assert.equal((await ask("DELETE", `/Users/${id}`)).status, 204);
    await pool.query("ALTER TABLE s3.scim_removed ENABLE TRIGGER full_now");
    await assert.rejects(scim.restore({ id }), { status: 500 });
    assert.equal((await ask("GET", `/Users/${id}`)).status, 404);
    assert.equal((await scim.removed()).removed.length, 1);
  });

  test("tables that were there before keep their rows, and memberships come back", async () => {
    const mapping = await appTables(pool, "s4");
    await pool.query("ALTER TABLE s4.teams ADD COLUMN deleted_at timestamptz");
    const auth = () => ({ sub: "tests", tenant: ORG, permissions: ["scim:*"] });
    assert.throws(() => opened(pgStore(pool, mapping)), /store\.Group\.softDelete/);
    const { Group } = await appTables({ query: async () => {} }, "s4", true);
    const { scim, ask, user } = opened(pgStore(pool, { ...mapping, Group }), { auth });
    const rosa = await user("rosa@north.test", { title: "Cook" });
    const crew = (await ask("POST", "/Groups", { schemas: [GROUP], displayName: "Crew", members: [{ value: rosa.id }] })).body;
    await ask("DELETE", `/Users/${rosa.id}`);
    const less = (await ask("GET", `/Groups/${crew.id}`)).body;
    assert.equal(less.members, undefined);
    assert.notEqual(less.meta.version, crew.meta.version);
    const { removed } = await scim.removed({ tenant: ORG });
    assert.deepEqual(removed.map(({ id, userName }) => [id, userName]), [[rosa.id, "rosa@north.test"]]);
    assert.deepEqual(await scim.removed(), { removed: [] }, "another tenant");
    const back = await scim.restore({ tenant: ORG, id: rosa.id });
    assert.deepEqual([back.title, back.groups.map(({ value }) => value)], ["Cook", [crew.id]]);
    const more = (await ask("GET", `/Groups/${crew.id}`)).body;
    assert.deepEqual([more.members.map(({ value }) => value), more.meta.version === less.meta.version], [[rosa.id], false]);
    await ask("DELETE", `/Groups/${crew.id}`);
    assert.equal((await ask("GET", `/Users/${rosa.id}`)).body.groups, undefined);
    assert.equal((await scim.restore({ tenant: ORG, type: "Group", id: crew.id })).members.length, 1);
    await ask("DELETE", `/Users/${rosa.id}`);
    assert.deepEqual(await scim.purge({ before: LATE, tenant: ORG }), { User: 1 });
    assert.equal((await pool.query("SELECT 1 FROM s4.users")).rowCount, 0);
    assert.equal((await pool.query("SELECT 1 FROM s4.team_members")).rowCount, 0);
  });

  test("where a column says no more than that a row is deleted, its last change says when", async () => {
    await pool.query(`
      CREATE SCHEMA s7;
      CREATE TABLE s7.people (id text PRIMARY KEY, login text NOT NULL, made timestamptz NOT NULL, changed timestamptz NOT NULL, gone boolean, more jsonb)`);
    const of = (meta) => ({ User: table("s7.people", { id: text("id"), userName: text("login").ci().unique(), meta, softDelete: bool("gone"), rest: jsonb("more") }) });
    const more = { resources: [core.User] };
    assert.throws(() => opened(pgStore(pool, of({ created: ts("made") })), more), /store\.User\.softDelete.*meta\.lastModified/);
    const { scim, ask, user } = opened(pgStore(pool, of({ created: ts("made"), lastModified: ts("changed") })), more);
    const [rosa, otto, ines] = [await user("rosa"), await user("otto"), await user("ines")];
    for (const { id } of [otto, rosa]) await ask("DELETE", `/Users/${id}`);
    const first = await scim.removed({ limit: 1 });
    assert.deepEqual([first.removed[0].id, (await scim.removed({ after: first.next })).removed.map(({ id }) => id)], [otto.id, [rosa.id]]);
    assert.ok(Date.now() - Date.parse(first.removed[0].removed) < 60_000);
    assert.equal((await scim.restore({ id: rosa.id })).userName, "rosa");
    assert.deepEqual(await scim.purge({ before: new Date("2020-01-01") }), {});
    assert.deepEqual(await scim.purge({ before: LATE }), { User: 1 });
    assert.deepEqual((await ask("GET", "/Users")).body.Resources.map(({ id }) => id).sort(), [rosa.id, ines.id].sort());
    assert.equal((await pool.query("SELECT 1 FROM s7.people")).rowCount, 2);
  });

  test("a POST brings a row of a table back, without its groups and its password", async () => {
    const mapping = await appTables(pool, "s5", true);
    await pool.query("ALTER TABLE s5.teams ADD COLUMN deleted_at timestamptz");
    const auth = () => ({ sub: "tests", tenant: ORG, permissions: ["scim:*"] });
    const { ask, user } = opened(pgStore(pool, mapping), { auth, delete: { mode: "soft", recreate: "restore" } });
    const rosa = await user("rosa@north.test", { title: "Cook", password: "correct-horse" });
    const crew = (await ask("POST", "/Groups", { schemas: [GROUP], displayName: "Crew", members: [{ value: rosa.id }] })).body;
    await ask("DELETE", `/Users/${rosa.id}`);
    const back = await user("Rosa@north.test", { nickName: "Ro" });
    assert.deepEqual([back.id, back.nickName, back.title, back.groups, back.meta.created], [rosa.id, "Ro", undefined, undefined, rosa.meta.created]);
    assert.equal((await ask("GET", `/Groups/${crew.id}`)).body.members, undefined);
    assert.deepEqual((await pool.query("SELECT password_hash, deleted_at FROM s5.users")).rows, [{ password_hash: null, deleted_at: null }]);
  });
});
