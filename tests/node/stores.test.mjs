// The shipped stores keep the contract of stores; what is particular to PostgreSQL.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { createScimHandler, memoryStore, none, pgStore, sqliteStore } from "../../bindings-node/js/index.js";
import { testStore } from "../../bindings-node/js/testing.js";
import { isInstalled, startPool } from "./postgres.mjs";
import { GROUP, USER, folder } from "./server.mjs";

const keeping = { keepsRemoved: true };

describe("memory", () => testStore(() => memoryStore(), keeping));
describe("sqlite", () => testStore(async (t) => sqliteStore(join(await folder(t), "scim.db")), keeping));

describe("postgres", { skip: !isInstalled && "PostgreSQL is not installed" }, async () => {
  const { pool } = await startPool(after);
  let number = 0;
  const prefix = () => `t${(number += 1)}.scim_`;
  const fresh = async () => {
    const name = prefix();
    await pool.query(`CREATE SCHEMA ${name.split(".")[0]}`);
    return name;
  };
  testStore(async () => pgStore(pool, { prefix: await fresh() }), keeping);

  const create = async (scim, userName, more = {}) => {
    const body = JSON.stringify({ schemas: [USER], userName, ...more });
    const response = await scim.fetch(
      new Request("https://scim.example.test/scim/v2/Users", { method: "POST", body, headers: { "content-type": "application/scim+json" } }),
    );
    return { ...(await response.json()), status: response.status };
  };
  const find = async (scim, filter) =>
    (await (await scim.fetch(new Request(`https://scim.example.test/scim/v2/Users?${new URLSearchParams({ filter })}`))).json()).totalResults;
  const quiet = (store, more) => createScimHandler({ store, auth: none(), onError: (error) => assert.fail(error), ...more });

  test("a password is hashed with argon2id and is nowhere else", async () => {
    const name = await fresh();
    const scim = quiet(pgStore(pool, { prefix: name }));
    await create(scim, "rosa", { password: "correct-horse" });
    const { rows: secrets } = await pool.query(`SELECT phc FROM ${name}secret`);
    assert.match(secrets[0].phc, /^\$argon2id\$v=19\$/);
    const { rows } = await pool.query(`SELECT json || shadow::text AS all FROM ${name}document`);
    assert.ok(!rows[0].all.includes("correct"));
  });

  test("members of a type that has none for a while are there once", async () => {
    const name = await fresh();
    const rows = async (wanted) => assert.equal((await pool.query(`SELECT 1 FROM ${name}member`)).rowCount, wanted);
    await withAndWithoutMembers(() => pgStore(pool, { prefix: name }), rows);
  });

  test("names that were compared by case are compared as they are prepared", async () => {
    const name = await fresh();
    await preparedAndNot(() => pgStore(pool, { prefix: name }));
  });

  test("a PUT of a group writes those who come and go, and their order", async () => {
    const name = await fresh();
    const scim = quiet(pgStore(pool, { prefix: name }));
    const send = async (method, path, members) => {
      const body = members && JSON.stringify({ schemas: [GROUP], displayName: "all", members: members.map((value) => ({ value })) });
      const answer = await scim.fetch(new Request(`https://scim.example.test/scim/v2${path}`, { method, body, headers: { "content-type": "application/scim+json" } }));
      assert.ok(answer.ok, `${method}: ${answer.status}`);
      return answer.json();
    };
    const all = Array.from({ length: 300 }, (_, at) => `m-${at}`);
    const { id } = await send("POST", "/Groups", all);
    const rows = async () => (await pool.query(`SELECT at::int, id FROM ${name}member ORDER BY at`)).rows;
    const before = new Map((await rows()).map((row) => [row.id, row.at]));
    const steps = [
      { members: [...all.filter((one) => !["m-3", "m-299"].includes(one)), "n-1", "n-2", "n-3"], stay: 298 },
      { members: [...all.filter((one) => !["m-3", "m-299"].includes(one))], stay: 298 },
      { members: ["n-0", ...all.slice(10)], stay: 0 },
    ];
    for (const { members, stay } of steps) {
      await send("PUT", `/Groups/${id}`, members);
      const there = await rows();
      assert.deepEqual(there.map((row) => row.id), members);
      assert.equal(there.filter((row) => before.get(row.id) === row.at).length, stay);
      assert.deepEqual((await send("GET", `/Groups/${id}`)).members.map(({ value }) => value), members);
    }
    const other = [...all].reverse();
    await send("PUT", `/Groups/${id}`, other);
    assert.deepEqual((await rows()).map((row) => row.id), other);
    await send("PUT", `/Groups/${id}`, []);
    assert.deepEqual(await rows(), []);
  });

  test("in a transaction of the developer, nothing stays when that is rolled back", async () => {
    const name = await fresh();
    const scim = quiet(pgStore(pool, { prefix: name }));
    await create(scim, "rosa");
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const inner = quiet(pgStore(client, { prefix: name, inTransaction: true }));
      assert.equal((await create(inner, "lind")).status, 201);
      assert.equal((await create(inner, "ROSA")).status, 409, "what is refused does not end the transaction");
      assert.equal((await create(inner, "ada")).status, 201);
      assert.equal(await find(inner, "userName pr"), 3);
      await client.query("ROLLBACK");
    } finally {
      client.release();
    }
    assert.equal(await find(scim, "userName pr"), 1);
  });

  test("a schema that changes has the tables filled anew", async () => {
    const name = await fresh();
    const badge = (caseExact) => ({
      resources: [{ name: "User", endpoint: "/Users", schema: USER, schemaExtensions: [{ schema: "urn:example:Badge", required: false }] }],
      schemas: [{ id: "urn:example:Badge", name: "Badge", attributes: [{ name: "code", type: "string", caseExact }] }],
    });
    const exact = quiet(pgStore(pool, { prefix: name }), badge(true));
    await create(exact, "rosa", { schemas: [USER, "urn:example:Badge"], "urn:example:Badge": { code: "AbC" } });
    const filter = 'urn:example:Badge:code eq "abc"';
    assert.equal(await find(exact, filter), 0);
    assert.equal(await find(quiet(pgStore(pool, { prefix: name }), badge(false)), filter), 1);
  });

  test("of many processes that start at once, one makes the tables", async () => {
    const name = await fresh();
    const made = await Promise.all(["a", "b", "c", "d"].map((userName) => create(quiet(pgStore(pool, { prefix: name })), userName)));
    assert.deepEqual(made.map(({ status }) => status), [201, 201, 201, 201]);
  });

  test("without migration, the tables are made by what `ddl` gives", async () => {
    const name = await fresh();
    const scim = quiet(pgStore(pool, { prefix: name, migrate: false }));
    await pool.query(scim.ddl());
    assert.equal((await create(scim, "rosa")).status, 201);
    assert.throws(() => quiet(memoryStore()).ddl(), TypeError);
  });

  test("an equality and a page are found by indexes, in many rows", async () => {
    const name = await fresh();
    const scim = quiet(pgStore(pool, { prefix: name }));
    await create(scim, "rosa");
    await pool.query(`INSERT INTO ${name}document (tenant, type, id, version, json, shadow)
      SELECT '', 'User', 'x' || n, 'v', json, shadow || jsonb_build_object('username', 'u' || n, 'emails',
        jsonb_build_array(jsonb_build_object('value', 'u' || n || '@north.test', 'type', 'work')))
      FROM ${name}document, generate_series(1, 20000) AS n`);
    await pool.query(`ANALYZE ${name}document`);
    const { default: net } = await import("node:util");
    for (const [filter, index] of [
      ['userName eq "u7"', "document_by_username_3"],
      ['userName sw "u777"', "document_by_username_3"],
      ['emails.value eq "U7@north.test"', "document_by_value"],
      ['emails[type eq "work" and value eq "u7@north.test"]', "document_by_value"],
    ]) {
      const { sql, params, exact, servedBy } = scim.explain(filter);
      const { rows } = await pool.query(`EXPLAIN ${sql}`, params);
      assert.ok(rows.length > 0, "as it stands, the database can be asked for its own plan");
      assert.ok(exact && servedBy.some((one) => one.endsWith(index)), net.inspect(servedBy));
      assert.ok(sql.includes("$3"));
      assert.ok((await find(scim, filter)) > 0, filter);
    }
  });
});

test("a filter is explained for the file that a server keeps by itself, with what is bound", async (t) => {
  const path = join(await folder(t), "scim.db");
  const scim = createScimHandler({ store: sqliteStore(path), auth: none() });
  const { sql, params, exact, servedBy } = scim.explain('userName eq "rosa" and title pr');
  assert.ok(exact && servedBy.length > 0 && params.includes("rosa") && !sql.includes("rosa"));
  assert.deepEqual(scim.explain('members.value eq "x"', "Group").params.slice(0, 2), ["", "Group"]);
  await scim.close();
  assert.throws(() => createScimHandler({ store: memoryStore(), auth: none() }).explain("id pr"), /no SQL of ours/);
});

// A type whose schema has lost its list of members, and has it again.
async function withAndWithoutMembers(store, rows) {
  const sub = (name) => ({ name, type: "string", multiValued: false });
  const members = { name: "members", type: "complex", multiValued: true, subAttributes: ["value", "type", "display", "$ref"].map(sub) };
  const schemaOf = (more) => ({ id: "urn:example:Crew", name: "Crew", attributes: [{ ...sub("displayName"), required: true }, ...more] });
  const resources = ["User", { id: "Crew", name: "Crew", endpoint: "/Crews", schema: "urn:example:Crew" }];
  const open = (more) => createScimHandler({ store: store(), auth: none(), resources, schemas: [schemaOf(more)], onError: (error) => assert.fail(error) });
  const ask = async (scim, method, path, body) => {
    const asked = { method, body: body && JSON.stringify(body), headers: { "content-type": "application/scim+json" } };
    return (await scim.fetch(new Request(`https://scim.example.test/scim/v2/Crews${path}`, asked))).json();
  };
  const first = open([members]);
  const crew = { schemas: ["urn:example:Crew"], displayName: "Night", members: [{ value: "u-1" }, { value: "u-2" }] };
  const { id } = await ask(first, "POST", "", crew);
  await first.close();
  const second = open([]);
  const { displayName, members: shown } = await ask(second, "GET", `/${id}`);
  assert.deepEqual([displayName, shown], ["Night", undefined]);
  await rows?.(0);
  await second.close();
  const third = open([members]);
  assert.equal((await ask(third, "GET", `/${id}`)).members.length, 2);
  await rows?.(2);
  await third.close();
}

// What stands beside the resources is made anew when names are compared otherwise.
async function preparedAndNot(store) {
  const path = "/scim/v2/Users";
  const serving = (precis) => createScimHandler({ store: store(), auth: none(), precis, onError: (error) => assert.fail(error) });
  const ask = async (scim, method, target, body) => {
    const response = await scim.fetch(new Request(`https://scim.example.test${target}`, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/scim+json" } }));
    return { ...(await response.json()), status: response.status };
  };
  const found = async (scim, name) => (await ask(scim, "GET", `${path}?${new URLSearchParams({ filter: `userName eq "${name}"` })}`)).totalResults;
  const add = (scim, userName) => ask(scim, "POST", path, { schemas: [USER], userName });
  const wide = "\uff32osa";
  const first = serving(false);
  assert.equal((await add(first, wide)).status, 201);
  assert.deepEqual([await found(first, "rosa"), await found(first, wide)], [0, 1]);
  await first.close();
  const second = serving();
  assert.deepEqual([await found(second, "rosa"), await found(second, wide)], [1, 1]);
  assert.equal((await add(second, "rosa")).status, 409);
  await second.close();
  const third = serving(false);
  assert.equal((await add(third, "rosa")).status, 201);
  assert.deepEqual([await found(third, "rosa"), await found(third, wide)], [1, 1]);
  await third.close();
  // Two that would be one: the server says so, and does not begin.
  await assert.rejects(
    async () => {
      let failure;
      const fourth = createScimHandler({ store: store(), auth: none(), onError: (error) => (failure = error) });
      assert.equal((await ask(fourth, "GET", path)).status, 500);
      await fourth.close();
      throw failure;
    },
    /`userName` cannot be unique: another resource has the value of [0-9a-f-]{36}/,
  );
}

test("names that were compared by case are compared as they are prepared, in SQLite", async (t) => {
  const path = join(await folder(t), "scim.db");
  await preparedAndNot(() => sqliteStore(path));
});

test("members of a type that has none for a while are there once, in SQLite", async (t) => {
  const path = join(await folder(t), "scim.db");
  await withAndWithoutMembers(() => sqliteStore(path));
});
