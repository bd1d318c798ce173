// The store over tables of the developer's: it keeps the contract of stores, and what is
// particular to tables that were there before.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import * as scimforge from "../../bindings-node/js/index.js";
import { testStore } from "../../bindings-node/js/testing.js";
import { ORG, appTables, ask, plainTables } from "./mapped.mjs";
import { asking, TOKENS } from "./life.mjs";
import { isInstalled, startPool } from "./postgres.mjs";
import { examples, project, root, started } from "./project.mjs";
import { GROUP, PATCH, USER } from "./server.mjs";

const { bool, computed, constant, createScimHandler, int, joinTable, jsonb, none, pgStore, table, text, ts, uuid } = scimforge;

describe("tables that were there before", { skip: !isInstalled && "PostgreSQL is not installed" }, async () => {
  const { pool, settings } = await startPool(after);
  let number = 0;
  const schema = () => `m${(number += 1)}`;

  testStore(async () => pgStore(pool, await plainTables(pool, schema())), { plainMembers: true });
  testStore(async () => pgStore(pool, await plainTables(pool, schema(), true)), { plainMembers: true, keepsRemoved: true, seeds: [3] });
  testStore(async () => pgStore(pool, await plainTables(pool, schema(), false, true)), { plainMembers: true, ownVersions: true, seeds: [4] });

  const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
  const errors = [];
  const open = (store, more = {}) =>
    createScimHandler({
      store,
      auth: () => ({ sub: "tests", tenant: ORG, permissions: ["scim:*"] }),
      onError: (error) => errors.push(error),
      ...more,
    });
  // What `appTables` says of tables that are there already.
  const mappingOf = (name) => appTables({ query: async () => {} }, name);
  const find = async (scim, filter, more = {}) => (await ask(scim, "GET", `/Users?${new URLSearchParams({ filter, ...more })}`)).body;
  const user = (members) => ({ schemas: [USER], ...members });
  const group = (members) => ({ schemas: [GROUP], ...members });
  const patch = (...Operations) => ({ schemas: [PATCH], Operations });

  async function app() {
    const name = schema();
    const mapping = await appTables(pool, name);
    const scim = open(pgStore(pool, mapping));
    const insert = async (email, more = {}) => {
      const row = { org_id: ORG, email, ...more };
      const names = Object.keys(row);
      const { rows } = await pool.query(
        `INSERT INTO ${name}.users (${names}) VALUES (${names.map((_, at) => `$${at + 1}`)}) RETURNING id`,
        Object.values(row),
      );
      return rows[0].id;
    };
    return { name, mapping, scim, insert };
  }

  test("names that SQL has to quote may be quoted, and passwords are promised where they have a column", async () => {
    const name = schema();
    await pool.query(`CREATE SCHEMA "${name} data"; CREATE TABLE "${name} data"."all people" ("No" bigserial PRIMARY KEY, "Log-In" text NOT NULL, "hash" text)`);
    await pool.query(`CREATE UNIQUE INDEX ON "${name} data"."all people" (lower("Log-In"))`);
    const columns = { id: int("No").generated(), userName: text("Log-In").ci().unique() };
    const promised = [];
    for (const [written, more] of [[`"${name} data"."all people"`, {}], [`${name} data.all people`, { password: text("hash") }]]) {
      const scim = open(pgStore(pool, { User: table(written, { ...columns, ...more }) }), { resources: ["User"], auth: none() });
      await scim.ready();
      promised.push((await ask(scim, "GET", "/ServiceProviderConfig")).body.changePassword.supported);
      assert.equal((await ask(scim, "POST", "/Users", user({ userName: `rosa ${promised.length}` }))).status, 201);
    }
    assert.deepEqual(promised, [false, true]);
  });

  test("members come and go where a team has an id of the database, and nothing that counts changes", async () => {
    const name = schema();
    await pool.query(`CREATE SCHEMA ${name};
      CREATE TABLE ${name}.people (no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, login text NOT NULL);
      CREATE TABLE ${name}.teams (no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
      CREATE TABLE ${name}.members (team bigint REFERENCES ${name}.teams, person bigint REFERENCES ${name}.people, PRIMARY KEY (team, person));
      INSERT INTO ${name}.people (login) VALUES ('rosa'); INSERT INTO ${name}.teams (name) VALUES ('Bakers');`);
    const id = int("no").generated();
    const members = joinTable(`${name}.members`, { group: "team", user: "person" });
    const mapping = { User: table(`${name}.people`, { id, userName: text("login") }), Group: table(`${name}.teams`, { id, displayName: text("name"), members }) };
    const scim = open(pgStore(pool, mapping), { auth: none() });
    const added = await ask(scim, "PATCH", "/Groups/1", patch({ op: "add", path: "members", value: [{ value: "1" }] }));
    assert.deepEqual([added.status, added.body.members], [200, [{ value: "1" }]]);
    assert.equal((await ask(scim, "PUT", "/Groups/1", group({ displayName: "Bakers" }))).status, 200);
    assert.deepEqual(errors, []);
  });

  test("what the types of columns do not take is refused with the attribute", async () => {
    const name = schema();
    await pool.query(`CREATE SCHEMA ${name};
      CREATE TYPE ${name}.kind AS ENUM ('Employee', 'Contractor');
      CREATE DOMAIN ${name}.address AS varchar(30) CHECK (VALUE LIKE '%@%');
      CREATE TABLE ${name}.people (no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, login text NOT NULL, mail ${name}.address,
        kind ${name}.kind, shown text GENERATED ALWAYS AS (initcap(login)) STORED, floor smallint);
      CREATE UNIQUE INDEX ON ${name}.people (lower(login));`);
    const level = "urn:example:Place";
    const columns = {
      userName: text("login").ci().unique(),
      emails: [{ value: text("mail"), type: "work" }],
      userType: text("kind"),
      displayName: text("shown"),
      [level]: { floor: int("floor") },
    };
    const place = { id: level, name: "Place", attributes: [{ name: "floor", type: "integer" }] };
    const resources = [scimforge.core.User.with(place)];
    const made = (id) => open(pgStore(pool, { User: table(`${name}.people`, { id, ...columns }) }), { resources, auth: none() });
    await assert.rejects(made(int("no")).ready(), /User\.id: the database alone fills `m\d+\.people\.no`: say generated\(\)/);
    const scim = made(int("no").generated());
    const whose = open(pgStore(pool, { User: table(`${name}.people`, { id: int("no").generated(), ...columns }) }), { resources });
    assert.equal((await ask(whose, "POST", "/Users", user({ userName: "rosa" }))).status, 500);
    assert.match(errors.pop().message, /the credential has a tenant, and m\d+\.people no column for it: map `tenant`/);
    const post = async (members) => {
      const { status, body } = await ask(scim, "POST", "/Users", user(members));
      return [status, status === 400 ? body.detail : body];
    };
    for (const [wrong, said] of [
      [{ userType: "Robot" }, "`userType` cannot be stored: it is none of the values of its column"],
      [{ [level]: { floor: 32768 } }, `\`${level}:floor\` cannot be stored: it does not fit its column`],
      [{ emails: [{ value: "nowhere" }] }, "`emails.value` cannot be stored: the table does not allow it"],
      [{ emails: [{ value: `${"a".repeat(20)}@north.example` }] }, "`emails.value` cannot be stored: it is longer than its column"],
      [{ displayName: "Somebody else" }, "`displayName` cannot be stored: another value is computed for it"],
    ]) {
      assert.deepEqual(await post({ userName: "rosa", ...wrong }), [400, said]);
    }
    const [status, rosa] = await post({ userName: "rosa", userType: "employee", displayName: "Rosa", [level]: { floor: -32768 }, emails: [{ value: "r@x.test" }] });
    assert.deepEqual([status, rosa.userType, rosa.displayName, rosa[level].floor], [201, "Employee", "Rosa", -32768]);
    const changed = await ask(scim, "PATCH", `/Users/${rosa.id}`, patch({ op: "replace", path: "displayName", value: "X" }));
    assert.equal(changed.status, 400);
    const renamed = await ask(scim, "PUT", `/Users/${rosa.id}`, user({ userName: "ines", displayName: "Ines" }));
    assert.deepEqual([renamed.status, renamed.body.displayName], [200, "Ines"]);
    assert.equal((await find(scim, 'displayName eq "ines" and not (userType pr)')).totalResults, 1);
    assert.deepEqual(errors, []);
  });

  test("rows that were there before are users", async () => {
    const { name, scim, insert } = await app();
    const id = await insert("Rosa.Lind@north.test", { first_name: "Rosa", role: "owner" });
    const { body } = await ask(scim, "GET", `/Users/${id}`);
    assert.deepEqual([body.userName, body.name, body.active, body.meta.version], ["Rosa.Lind@north.test", { givenName: "Rosa" }, true, 'W/"1"']);
    assert.equal((await find(scim, 'userName eq "rosa.lind@NORTH.test"')).totalResults, 1);
    assert.equal((await find(scim, 'name.givenName sw "ro" and not (active eq false)')).totalResults, 1);
    const changed = await ask(scim, "PATCH", `/Users/${id}`, patch({ op: "add", value: { title: "Baker", "name.familyName": "Lind" } }));
    assert.deepEqual([changed.status, changed.body.title, changed.body.meta.version], [200, "Baker", 'W/"2"']);
    const { rows } = await pool.query(`SELECT email, last_name, role, scim_extra ->> 'title' AS title FROM ${name}.users`);
    assert.deepEqual(rows, [{ email: "Rosa.Lind@north.test", last_name: "Lind", role: "owner", title: "Baker" }]);
    assert.equal((await find(scim, 'title eq "BAKER"')).totalResults, 1);
  });

  test("of a large group, those who stay are not read", async (t) => {
    const { name, scim, insert } = await app();
    const rosa = await insert("rosa@north.test");
    const { body: crew } = await ask(scim, "POST", "/Groups", group({ displayName: "Crew" }));
    await pool.query(`
      WITH made AS (INSERT INTO ${name}.users (org_id, email) SELECT '${ORG}', 'u' || n || '@north.test' FROM generate_series(1, 500) AS n RETURNING id)
      INSERT INTO ${name}.team_members SELECT '${crew.id}', id FROM made`);
    const { default: pg } = await import("pg");
    const { query } = pg.Client.prototype;
    let longest = 0;
    const seen = (answer) => void (longest = Math.max(longest, JSON.stringify(answer?.rows ?? []).length));
    pg.Client.prototype.query = function (...given) {
      const told = given.at(-1);
      // A pool hears of it by a callback.
      if (typeof told === "function") given[given.length - 1] = (error, answer) => (seen(answer), told(error, answer));
      const answer = query.apply(this, given);
      answer?.then?.(seen, () => {});
      return answer;
    };
    t.after(() => (pg.Client.prototype.query = query));
    const path = `/Groups/${crew.id}`;
    const member = (value) => ({ op: "add", path: "members", value: [{ value }] });
    for (const [operation, version] of [[member(rosa), 2], [member(rosa), 2], [{ op: "remove", path: `members[value eq "${rosa}"]` }, 3]]) {
      assert.equal((await ask(scim, "PATCH", path, patch(operation))).status, 204);
      const { body } = await ask(scim, "GET", `${path}?excludedAttributes=members`);
      assert.deepEqual([body.meta.version, body.displayName, body.members], [`W/"${version}"`, "Crew", undefined]);
    }
    assert.equal((await ask(scim, "PATCH", path, patch(member("11111111-1111-4111-8111-111111111111")))).status, 400);
    assert.equal((await ask(scim, "GET", "/Groups?attributes=displayName")).body.Resources[0].displayName, "Crew");
    assert.ok(longest < 2000, `${longest} characters were read at once`);
    assert.equal((await ask(scim, "GET", path)).body.members.length, 500);
    assert.ok(longest > 10_000);
  });

  test("what is not of the tenant is not there", async () => {
    const { name, scim, insert } = await app();
    const id = await insert("rosa@north.test", { org_id: "11111111-1111-4111-8111-111111111111" });
    const mine = await insert("lind@north.test");
    for (const [method, body] of [["GET"], ["DELETE"], ["PUT", user({ userName: "x" })], ["PATCH", patch({ op: "remove", path: "title" })]]) {
      for (const one of [id, "no-uuid", "7", id.toUpperCase()]) {
        assert.equal((await ask(scim, method, `/Users/${one}`, body)).status, 404, `${method} ${one}`);
      }
    }
    assert.equal((await find(scim, "userName pr")).totalResults, 1);
    assert.equal((await find(scim, 'id eq "no uuid"')).totalResults, 0);
    const crew = await ask(scim, "POST", "/Groups", group({ displayName: "Crew", members: [{ value: id }] }));
    assert.deepEqual([crew.status, crew.body.scimType], [400, "invalidValue"]);
    assert.match(crew.body.detail, /members/);
    const nobody = open(pgStore(pool, await appTables(pool, schema())), { auth: () => ({ sub: "x", tenant: "acme", permissions: ["scim:*"] }) });
    assert.equal((await find(nobody, "userName pr")).totalResults, 0, "a tenant that is no UUID");
    assert.equal((await ask(scim, "GET", `/Users/${mine}`)).status, 200);
    assert.equal((await pool.query(`SELECT count(*)::int AS n FROM ${name}.users`)).rows[0].n, 2);
  });

  test("who is deleted keeps the row, and nothing else", async () => {
    const { name, scim } = await app();
    const { body: rosa } = await ask(scim, "POST", "/Users", user({ userName: "rosa@north.test" }));
    const { body: lind } = await ask(scim, "POST", "/Users", user({ userName: "lind@north.test" }));
    const members = [{ value: rosa.id }, { value: lind.id }];
    const { body: crew } = await ask(scim, "POST", "/Groups", group({ displayName: "Crew", members }));
    assert.deepEqual((await ask(scim, "GET", `/Users/${rosa.id}`)).body.groups.map(({ value, display }) => [value, display]), [[crew.id, "Crew"]]);
    assert.equal((await ask(scim, "DELETE", `/Users/${rosa.id}`)).status, 204);
    assert.equal((await ask(scim, "GET", `/Users/${rosa.id}`)).status, 404);
    assert.equal((await ask(scim, "DELETE", `/Users/${rosa.id}`)).status, 404);
    const after = await ask(scim, "GET", `/Groups/${crew.id}`);
    assert.deepEqual([after.body.members.map(({ value }) => value), after.body.meta.version], [[lind.id], 'W/"2"']);
    assert.equal((await ask(scim, "POST", "/Users", user({ userName: "ROSA@north.test" }))).status, 201, "the name is free");
    await pool.query(`UPDATE ${name}.users SET deleted_at = now() WHERE id = $1`, [lind.id]);
    assert.equal((await ask(scim, "GET", `/Groups/${crew.id}`)).body.members, undefined, "the application deletes, too");
    assert.equal((await pool.query(`SELECT count(*)::int AS n FROM ${name}.users`)).rows[0].n, 3);
  });

  test("of many that want a name at once, one gets it", async () => {
    const { scim } = await app();
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(scim, "POST", "/Users", user({ userName: "rosa@north.test" }))));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)]);
    assert.ok(answers.every(({ status, body }) => status === 201 || (body.scimType === "uniqueness" && body.detail.includes("userName"))));
  });

  test("a change says which version it changes, and the application's changes count", async () => {
    const { name, scim } = await app();
    const { body } = await ask(scim, "POST", "/Users", user({ userName: "rosa@north.test" }));
    const old = { "if-match": body.meta.version };
    await pool.query(`UPDATE ${name}.users SET enabled = FALSE, row_version = row_version + 1 WHERE id = $1`, [body.id]);
    const change = patch({ op: "replace", path: "title", value: "Baker" });
    assert.equal((await ask(scim, "PATCH", `/Users/${body.id}`, change, old)).status, 412);
    assert.equal((await ask(scim, "DELETE", `/Users/${body.id}`, undefined, old)).status, 412);
    const seen = await ask(scim, "GET", `/Users/${body.id}`);
    assert.equal(seen.body.active, false);
    assert.equal((await ask(scim, "PATCH", `/Users/${body.id}`, change, { "if-match": seen.body.meta.version })).status, 200);
  });

  test("what has no place is an error that names it", async () => {
    const { name, mapping, scim } = await app();
    const refused = async (made, attribute, words) => {
      const { status, body } = await made;
      assert.deepEqual([status, body.scimType], [400, "invalidValue"], JSON.stringify(body));
      assert.ok(body.detail.includes(`\`${attribute}\``) && body.detail.includes(words), body.detail);
    };
    const post = (members) => ask(scim, "POST", "/Users", user({ userName: "rosa@north.test", ...members }));
    await refused(post({ userName: "x".repeat(121) }), "userName", "longer");
    await refused(post({ userName: "a\u0000b" }), "userName", "NUL");
    const manager = (value) => ({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: { manager: { value } } });
    await refused(post(manager("boss")), `${ENTERPRISE}:manager.value`, "UUID");
    await refused(post(manager("11111111-1111-4111-8111-111111111111")), `${ENTERPRISE}:manager.value`, "does not exist");
    const { body: crew } = await ask(scim, "POST", "/Groups", group({ displayName: "Crew" }));
    const nested = patch({ op: "add", path: "members", value: [{ value: crew.id, type: "Group" }] });
    await refused(ask(scim, "PATCH", `/Groups/${crew.id}`, nested), "members", "groups in groups");
    await refused(ask(scim, "PUT", `/Groups/${crew.id}`, group({ displayName: "Crew", members: [{ value: "rosa" }] })), "members", "does not exist");
    const { rest, ...attributes } = mapping.User.attributes;
    assert.ok(rest);
    const bare = open(pgStore(pool, { User: table(`${name}.users`, attributes) }), { resources: ["User"] });
    await refused(ask(bare, "POST", "/Users", user({ userName: "lind@north.test", title: "Baker" })), "title", "no column");
    const formatted = user({ userName: "lind@north.test", name: { givenName: "Ada", formatted: "Ada L." } });
    await refused(ask(bare, "POST", "/Users", formatted), "name.formatted", "no column");
    assert.equal((await find(scim, "userName pr")).totalResults, 0, "and nothing of it stays");
    assert.equal((await ask(bare, "POST", "/Users", user({ userName: "lind@north.test", name: { givenName: "Ada" } }))).status, 201);
    assert.equal((await find(bare, 'title eq "Baker" or nickName pr')).totalResults, 0);
    assert.equal((await find(bare, 'title ne "Baker"')).totalResults, 1);
  });

  test("lists of columns, constants, and what is computed", async () => {
    const { name, mapping, insert } = await app();
    const { attributes } = mapping.User;
    const lists = { emails: [{ value: text("email").ci(), type: "work", primary: true }], userType: constant("Employee") };
    const scim = open(pgStore(pool, { User: table(`${name}.users`, { ...attributes, ...lists }) }), { resources: ["User"] });
    const id = await insert("rosa@north.test");
    const { body } = await ask(scim, "GET", `/Users/${id}`);
    assert.deepEqual([body.emails, body.userType], [[{ value: "rosa@north.test", type: "work", primary: true }], "Employee"]);
    for (const [filter, total] of [
      ['emails.value eq "ROSA@north.test"', 1],
      ['emails[type eq "work" and value co "@north"]', 1],
      ['emails[type eq "home"]', 0],
      ['emails[primary eq true] and userType eq "employee"', 1],
      ['not (emails.type eq "work")', 0],
    ]) {
      assert.equal((await find(scim, filter)).totalResults, total, filter);
      assert.ok(scim.explain(filter).exact, filter);
    }
    const work = (value) => [{ value, type: "work", primary: true }];
    const made = await ask(scim, "POST", "/Users", user({ userName: "lind@north.test", emails: work("LIND@north.test") }));
    assert.equal(made.status, 201);
    const renamed = await ask(scim, "PATCH", `/Users/${made.body.id}`, patch({ op: "replace", path: "userName", value: "ada@north.test" }));
    assert.deepEqual(renamed.body.emails, work("ada@north.test"), "of attributes that share a column, the one that changes wins");
    const two = await ask(scim, "POST", "/Users", user({ userName: "bo@north.test", emails: work("other@north.test") }));
    assert.deepEqual([two.status, two.body.scimType], [400, "invalidValue"]);
    assert.equal((await ask(scim, "POST", "/Users", user({ userName: "bo@north.test", userType: "Guest" }))).status, 400);

    const formula = { displayName: computed(({ first_name: first, email }) => first ?? email), emails: constant(({ email }) => [{ value: email, type: "work" }]) };
    const other = open(pgStore(pool, { User: table(`${name}.users`, { ...attributes, ...formula }) }), { resources: ["User"] });
    assert.equal((await find(other, 'displayName eq "rosa@north.test"')).Resources[0].emails[0].value, "rosa@north.test");
    assert.deepEqual(other.explain('displayName eq "rosa"').residual, ["displayName: what is computed for each row"]);
    assert.equal((await ask(other, "POST", "/Users", user({ userName: "cy@north.test", emails: [{ value: "CY@north.test" }] }))).status, 201);
    const lost = await ask(other, "POST", "/Users", user({ userName: "dy@north.test", displayName: "Dy" }));
    assert.ok(lost.status === 400 && lost.body.detail.includes("displayName"), lost.body.detail);
    assert.equal((await find(other, 'userName eq "dy@north.test"')).totalResults, 0, "nothing of it stays");
  });

  test("a change of one member touches one row", async () => {
    const { name, scim, insert } = await app();
    const ids = [];
    for (let at = 0; at < 50; at += 1) ids.push(await insert(`u${at}@north.test`));
    const { body } = await ask(scim, "POST", "/Groups", group({ displayName: "All", members: ids.slice(1).map((value) => ({ value })) }));
    const written = async () => (await pool.query(`SELECT count(DISTINCT xmin::text)::int AS n, count(*)::int AS all FROM ${name}.team_members`)).rows[0];
    assert.deepEqual(await written(), { n: 1, all: 49 });
    const change = patch({ op: "add", path: "members", value: [{ value: ids[0] }] }, { op: "remove", path: `members[value eq "${ids[1]}"]` });
    assert.equal((await ask(scim, "PATCH", `/Groups/${body.id}`, change)).status, 200);
    assert.deepEqual(await written(), { n: 2, all: 49 });
    const groups = async (filter) => (await ask(scim, "GET", `/Groups?${new URLSearchParams({ filter })}`)).body.totalResults;
    assert.deepEqual([await groups(`members.value eq "${ids[0]}"`), await groups(`members[value eq "${ids[1]}"]`), await groups("members pr")], [1, 0, 1]);
    assert.equal((await ask(scim, "DELETE", `/Groups/${body.id}`)).status, 204);
    assert.equal((await written()).all, 0);
  });

  test("the database makes identifiers", async () => {
    const name = schema();
    await pool.query(`CREATE SCHEMA ${name};
      CREATE TABLE ${name}.people (id bigserial PRIMARY KEY, login text NOT NULL, tags jsonb)`);
    const mapping = {
      User: table(`${name}.people`, { id: int("id").generated(), userName: text("login").lowercase().unique(), phoneNumbers: jsonb("tags") }),
    };
    const scim = open(pgStore(pool, mapping), { resources: ["User"], auth: none() });
    await pool.query(scim.ddl());
    const phones = [{ value: "tel:+31-20-555-0101", type: "work" }];
    const { status, body } = await ask(scim, "POST", "/Users", user({ userName: "Rosa", phoneNumbers: phones }));
    assert.deepEqual([status, body.id, body.userName, body.phoneNumbers], [201, "1", "rosa", phones]);
    assert.ok(body.meta.location.endsWith("/Users/1"));
    assert.equal((await ask(scim, "GET", "/Users/1")).body.meta.version, body.meta.version);
    assert.equal((await ask(scim, "POST", "/Users", user({ userName: "ROSA" }))).status, 409);
    assert.equal((await ask(scim, "GET", "/Users/01")).status, 404);
    assert.equal((await find(scim, 'phoneNumbers.type eq "work"')).totalResults, 1);
  });

  test("pages go through all rows, in every order", async () => {
    const { scim, insert } = await app();
    for (let at = 0; at < 12; at += 1) await insert(`u${at}@north.test`, { first_name: at % 3 === 0 ? null : `N${at % 4}`, enabled: at % 2 === 0 });
    const all = (await find(scim, "userName pr", { count: 50 })).Resources.map(({ id }) => id).sort();
    for (const sortBy of ["", "userName", "name.givenName", "active", "title", "meta.lastModified", "id"]) {
      for (const sortOrder of ["ascending", "descending"]) {
        const seen = [];
        for (let startIndex = 1; startIndex <= 12; startIndex += 5) {
          const page = await find(scim, "userName pr", { ...(sortBy && { sortBy, sortOrder }), startIndex, count: 5 });
          assert.equal(page.totalResults, 12);
          seen.push(...page.Resources.map(({ id }) => id));
        }
        assert.deepEqual(seen.sort(), all, `${sortBy} ${sortOrder}`);
      }
    }
  });

  test("cursors go on where they were", async () => {
    const name = schema();
    const mapping = await appTables(pool, name);
    const scim = open(pgStore(pool, mapping), { pagination: { cursorKey: "x".repeat(32) } });
    await pool.query(`INSERT INTO ${name}.users (org_id, email, first_name) SELECT $1, 'u' || n || '@north.test', CASE WHEN n % 3 > 0 THEN 'N' || n % 4 END
      FROM generate_series(1, 14) AS n`, [ORG]);
    for (const more of [{}, { sortBy: "name.givenName" }, { sortBy: "name.givenName", sortOrder: "descending" }, { sortBy: "userName" }]) {
      const seen = [];
      for (let cursor = ""; cursor !== undefined; ) {
        const page = await find(scim, "userName pr", { ...more, count: 4, cursor });
        seen.push(...page.Resources.map(({ userName }) => userName));
        cursor = page.nextCursor;
      }
      assert.equal(new Set(seen).size, 14, JSON.stringify(more));
    }
  });

  test("what the mapping says wrong is said at once", async () => {
    const { name, mapping } = await app();
    const { attributes } = mapping.User;
    const only = (given, more = {}) => () => open(pgStore(pool, { User: table(`${name}.users`, given) }), { resources: ["User"], ...more });
    const id = uuid("id");
    assert.throws(only({ id, usreName: text("email") }), /did you mean `userName`/);
    assert.throws(only({ id, active: text("enabled") }), /store\.User\.active.*a bool column/s);
    assert.throws(only({ userName: text("email") }), /store\.User\.id/);
    assert.throws(only({ id, members: joinTable("x", { group: "a", user: "b" }) }), /members/);
    assert.throws(only({ id, externalId: text("x").ci() }), /its case counts/);
    assert.throws(only({ id, groups: jsonb("x") }), /groups/);
    assert.throws(only({ id, emails: text("email") }), /several values/);
    assert.throws(() => open(pgStore(pool, { User: table(`${name}.users`, { id }) })), /store\.Group/);
    assert.throws(() => int("n").ci(), /goes with text/);
    assert.throws(() => text(), TypeError);
    assert.throws(() => pgStore(pool, { User: table("u", { id }), Group: {} }), /Group/);
    assert.throws(() => table("users"), TypeError);

    const wrong = async (given, ...words) => {
      const scim = only(given)();
      await assert.rejects(scim.ready(), (error) => {
        for (const word of words) assert.ok(error.message.includes(word), error.message);
        return true;
      });
      errors.length = 0;
      assert.equal((await ask(scim, "GET", "/Users")).status, 500);
      assert.ok(errors[0].message.includes(words[0]), errors[0].message);
    };
    await wrong({ ...attributes, userName: text("emial") }, "no column `emial`; did you mean `email`?");
    await wrong({ ...attributes, externalId: uuid("scim_external_id") }, "is text: map it with text(…)");
    await wrong({ id, userName: text("email") }, ".org_id`", "needs a value in every row", "defaults");
    const missing = open(pgStore(pool, { User: table(`${name}.uzers`, { id }) }), { resources: ["User"] });
    await assert.rejects(missing.ready(), /there is no table `m\d+\.uzers`; did you mean `m\d+\.users`/);
    await open(pgStore(pool, mapping)).ready();
  });

  test("new rows have what the application wants of them", async () => {
    const { name } = await app();
    const attributes = { id: uuid("id"), userName: text("email").ci().unique(), defaults: { org_id: ORG, role: "guest" } };
    const scim = open(pgStore(pool, { User: table(`${name}.users`, attributes) }), { resources: ["User"], auth: none() });
    assert.equal((await ask(scim, "POST", "/Users", user({ userName: "rosa@north.test" }))).status, 201);
    assert.deepEqual((await pool.query(`SELECT org_id, role FROM ${name}.users`)).rows, [{ org_id: ORG, role: "guest" }]);
  });

  test("what SCIM alone needs, `ddl` makes", async () => {
    const name = schema();
    await pool.query(`CREATE SCHEMA ${name}; CREATE TABLE ${name}.users (id uuid PRIMARY KEY, email text NOT NULL); INSERT INTO ${name}.users VALUES (gen_random_uuid(), 'rosa@north.test')`);
    const mapping = {
      User: table(`${name}.users`, {
        id: uuid("id"),
        userName: text("email").ci().unique(),
        externalId: text("scim_external_id"),
        meta: { created: ts("made_at"), lastModified: ts("changed_at"), version: int("row_version") },
        softDelete: ts("gone_at"),
        rest: jsonb("scim"),
      }),
    };
    const scim = open(pgStore(pool, mapping), { resources: ["User"], auth: none() });
    await assert.rejects(scim.ready());
    for (let time = 0; time < 2; time += 1) await pool.query(scim.ddl());
    await scim.ready();
    assert.equal((await find(scim, 'userName eq "rosa@north.test"')).Resources[0].meta.version, 'W/"1"');
    assert.equal((await ask(scim, "POST", "/Users", user({ userName: "ROSA@north.test" }))).status, 409);
  });

  test("an equality and a page are found by indexes, in many rows", async () => {
    const { name, scim } = await app();
    await scim.ready();
    await pool.query(scim.ddl());
    await pool.query(`INSERT INTO ${name}.users (org_id, email, scim_extra, created_at) SELECT $1, 'U' || n || '@north.test',
      jsonb_build_object('title', 'T' || n, '#', jsonb_build_object('title', 't' || n)), now() + n * interval '1 second' FROM generate_series(1, 20000) AS n`, [ORG]);
    await pool.query(`ANALYZE ${name}.users`);
    for (const [filter, index] of [
      ['userName eq "u777@NORTH.test"', "users_email"],
      ['title eq "t777"', "users_scim_extra_scim"],
      ["userName pr", "users_created_at_scim"],
    ]) {
      const { sql, exact } = scim.explain(filter);
      assert.ok(exact, filter);
      assert.ok((await find(scim, filter)).totalResults > 0, filter);
      // The plan for these very values: parameters by their places.
      const bound = [];
      const spy = { query: (query, values) => (bound.push([query, values]), pool.query(query, values)), connect: () => pool.connect() };
      const spied = open(pgStore(spy, await mappingOf(name)));
      await find(spied, filter);
      const [query, values] = bound.find(([query]) => query.includes("LIMIT"));
      assert.equal(typeof sql, "string");
      const { rows } = await pool.query(`EXPLAIN ${query}`, values);
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      assert.ok(plan.includes(index), plan);
    }
  });

  test("in a transaction of the developer, nothing stays when that is rolled back", async () => {
    const { mapping, scim } = await app();
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const inner = open(pgStore(client, mapping, { inTransaction: true }));
      assert.equal((await ask(inner, "POST", "/Users", user({ userName: "rosa@north.test" }))).status, 201);
      assert.equal((await ask(inner, "POST", "/Users", user({ userName: "ROSA@north.test" }))).status, 409);
      assert.equal((await find(inner, "userName pr")).totalResults, 1);
      await client.query("ROLLBACK");
    } finally {
      client.release();
    }
    assert.equal((await find(scim, "userName pr")).totalResults, 0);
  });

  test("all types at once are listed together", async () => {
    const { scim, insert } = await app();
    await insert("rosa@north.test");
    await ask(scim, "POST", "/Groups", group({ displayName: "rosa" }));
    const { body } = await ask(scim, "GET", `/?${new URLSearchParams({ filter: 'userName sw "rosa" or displayName eq "Rosa"' })}`);
    assert.deepEqual(body.Resources.map(({ meta }) => meta.resourceType).sort(), ["Group", "User"]);
  });

  test("the example: the rows that the application reads are those that SCIM writes", async (t) => {
    await pool.query("CREATE DATABASE example");
    const { default: pg } = await import("pg");
    const own = new pg.Pool({ ...settings, database: "example", max: 2 });
    t.after(() => own.end());
    await own.query(await readFile(join(examples, "express-postgres.sql"), "utf8"));
    const { rows } = await own.query("SELECT id FROM app.organisations WHERE name = 'Acme'");
    const org = rows[0].id;
    const env = { PGHOST: settings.host, PGUSER: settings.user, PGDATABASE: "example", SCIM_TOKEN_DIGEST: scimforge.tokenDigest(TOKENS.north), SCIM_ORG: org };
    const application = await started(t, await project(t, "express-postgres.mjs"), ["express-postgres.mjs"], env);
    const login = async (email) => {
      const { status, body } = await asking(application.origin)("POST", "/login", { org, email }, { type: "application/json" });
      return [status, body.hello, body.role, body.teams];
    };
    const scim = asking(`${application.origin}/scim/v2`);
    assert.deepEqual(await login("ida.berg@acme.example"), [200, "Ida", "owner", []]);
    const found = (await scim("GET", `/Users?${new URLSearchParams({ filter: 'userName eq "IDA.berg@acme.example"' })}`)).body;
    assert.equal(found.totalResults, 1, "hers of this organisation");
    const [ida] = found.Resources;
    assert.deepEqual([ida.userName, ida.name.familyName, ida.active], ["Ida.Berg@acme.example", "Berg", true]);
    const made = await scim("POST", "/Users", user({ userName: "rosa@acme.example", name: { givenName: "Rosa" }, title: "Baker", externalId: "e-7" }));
    assert.equal(made.status, 201, made.text);
    const members = [{ value: ida.id }, { value: made.body.id }];
    assert.equal((await scim("POST", "/Groups", group({ displayName: "Bakers", members }))).status, 201);
    assert.deepEqual(await login("ROSA@acme.example"), [200, "Rosa", "member", ["Bakers"]]);
    const off = patch({ op: "Replace", path: "active", value: "False" });
    assert.equal((await scim("PATCH", `/Users/${ida.id}`, off, { "if-match": ida.meta.version })).status, 200);
    assert.deepEqual((await login("ida.berg@acme.example"))[0], 403);
    assert.equal((await scim("DELETE", `/Users/${made.body.id}`)).status, 204);
    assert.deepEqual((await login("rosa@acme.example"))[0], 403);
    const all = await own.query("SELECT count(*)::int AS n, count(deleted_at)::int AS gone FROM app.users");
    assert.deepEqual(all.rows, [{ n: 4, gone: 1 }]);
    assert.deepEqual(await application.stop(), [0, null]);
  });

  test("the mapping of the README, as it stands there", async () => {
    const readme = await readFile(join(root, "bindings-node/README.md"), "utf8");
    const section = readme.slice(readme.indexOf("## Tables that you have already"));
    const [, code] = /^```js\n(.*?)^```/ms.exec(section);
    await appTables(pool, "app");
    const AsyncFunction = (async () => {}).constructor;
    const names = { ...scimforge, pool, token: "x", tenant: ORG };
    const body = code.replace(/^import .*$/gm, "");
    const scim = await new AsyncFunction(...Object.keys(names), `${body}\nreturn scim;`)(...Object.values(names));
    await scim.ready();
    assert.ok(scim.explain('userName eq "rosa@north.test"').exact);
    await scim.close();
  });
});
