// Creates of a Bulk go to PostgreSQL a hundred at a time, and come out as if each had gone alone.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";

import { createScimHandler, memoryStore, none, pgStore } from "../../bindings-node/js/index.js";
import { hashed } from "../../bindings-node/js/secrets.js";
import { isInstalled, startPool } from "./postgres.mjs";
import { GROUP, USER } from "./server.mjs";

const BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

const users = (names) => names.map((userName, at) => ({ method: "POST", path: "/Users", bulkId: `u${at}`, data: { schemas: [USER], userName } }));

async function ask(scim, method, path, body) {
  const headers = { "content-type": "application/scim+json" };
  const answer = await scim.fetch(new Request(`http://127.0.0.1/scim/v2${path}`, { method, headers, body: body && JSON.stringify(body) }));
  return { status: answer.status, body: await answer.json() };
}

async function bulk(scim, Operations, more) {
  const { status, body } = await ask(scim, "POST", "/Bulk", { schemas: [BULK], Operations, ...more });
  assert.equal(status, 200, JSON.stringify(body));
  return body.Operations;
}

describe("a Bulk of many creates", { skip: !isInstalled && "PostgreSQL is not installed" }, async () => {
  const { pool } = await startPool(after);
  let number = 0;
  let statements = [];
  const counted = new Proxy(pool, {
    get(target, name) {
      if (name !== "connect") return typeof target[name] === "function" ? target[name].bind(target) : target[name];
      return async () => {
        const client = await target.connect();
        const own = Object.create(client);
        own.query = (first, ...rest) => {
          statements.push(first.text ?? first);
          return client.query(first, ...rest);
        };
        return own;
      };
    },
  });

  function both(more) {
    number += 1;
    const records = [[], []];
    const handlers = [pgStore(counted, { prefix: `b${number}_` }), memoryStore()].map((store, at) =>
      createScimHandler({ store, auth: none(), onError: (error) => assert.fail(error), observe: { audit: (record) => records[at].push(record) }, ...more }),
    );
    return { handlers, records, prefix: `b${number}_` };
  }

  // Without what each store makes of its own.
  const plain = (operations) => operations.map(({ status, bulkId, response }) => ({ status, bulkId, response }));

  for (const failOnErrors of [undefined, 1, 3, 1000]) {
    test(`what stands in the way is refused alone (failOnErrors ${failOnErrors})`, async () => {
      const { handlers, records } = both();
      const names = Array.from({ length: 250 }, (_, at) => `user${at}`);
      // Taken before, taken by one in the same hundred, by one in another, and no user at all.
      names[7] = "Rosa";
      names[40] = "USER12";
      names[41] = "user40";
      names[160] = "user3";
      names[230] = "rosa";
      const operations = users(names);
      operations[90].data = { schemas: [USER] };
      operations[91].path = "/Printers";
      operations[92].data = { schemas: [USER], userName: "late", password: "correct-horse" };
      operations[93].data.userName = "LATE";
      const answers = [];
      for (const scim of handlers) {
        assert.equal((await ask(scim, "POST", "/Users", { schemas: [USER], userName: "rosa" })).status, 201);
        answers.push(plain(await bulk(scim, operations, { failOnErrors })));
      }
      assert.deepEqual(answers[0], answers[1]);
      const told = records.map((list) => list.map(({ operation, status, code, place }) => ({ operation, status, code, place })));
      assert.deepEqual(told[0], told[1]);
      const found = await Promise.all(handlers.map(async (scim) => (await ask(scim, "GET", "/Users?count=0")).body.totalResults));
      assert.equal(found[0], found[1]);
    });
  }

  test("it takes few statements, and writes what each create alone writes", async () => {
    const { handlers, prefix } = both({ events: { mode: "full" } });
    const [scim] = handlers;
    await ask(scim, "POST", "/Users", { schemas: [USER], userName: "alone" });
    const people = users(Array.from({ length: 200 }, (_, at) => `member${at}`));
    for (const [at, password] of [[3, "frost-Lamp-93"], [4, "frost-Lamp-93"], [150, 'quoted-"password":"-\\']]) people[at].data.password = password;
    const groups = [0, 1].map((at) => ({
      method: "POST",
      path: "/Groups",
      bulkId: `g${at}`,
      data: { schemas: [GROUP], displayName: `group ${at}`, members: [150, 3, 77].map((one) => ({ value: `bulkId:u${one + at}` })) },
    }));
    statements = [];
    const done = await bulk(scim, [...people, ...groups]);
    assert.ok(done.every(({ status }) => status === "201"));
    assert.ok(statements.filter((text) => /INSERT/.test(text)).length <= 4, `${statements.length} statements`);

    const ids = done.map(({ location }) => location.split("/").at(-1));
    for (const at of [0, 1]) {
      const { body } = await ask(scim, "GET", `/Groups/${ids[200 + at]}`);
      assert.deepEqual(body.members.map(({ value }) => value), [150, 3, 77].map((one) => ids[one + at]));
      assert.equal(body.meta.version, done[200 + at].version);
    }
    const { body } = await ask(scim, "GET", `/Groups?filter=${encodeURIComponent(`members.value eq "${ids[4]}"`)}`);
    assert.deepEqual(body.Resources.map(({ displayName }) => displayName), ["group 1"]);
    assert.equal((await ask(scim, "POST", "/Users", { schemas: [USER], userName: "MEMBER9" })).status, 409);

    const { rows: secrets } = await pool.query(`SELECT d.id, s.phc FROM ${prefix}secret s JOIN ${prefix}document d ON d.row = s.row ORDER BY s.row`);
    assert.deepEqual(secrets.map(({ id }) => id), [3, 4, 150].map((at) => ids[at]));
    assert.equal(new Set(secrets.map(({ phc }) => phc.match(/^\$argon2id\$v=19\$.*/)?.[0])).size, 3, "each has a salt of its own");

    const shape = `SELECT jsonb_object_keys(shadow) AS key, count(*) AS n FROM ${prefix}document WHERE type = 'User' GROUP BY key ORDER BY key`;
    const { rows } = await pool.query(shape);
    assert.deepEqual(new Set(rows.map(({ n }) => n)), new Set(["201"]), "one made alone has the same shadow");
    const { rows: events } = await pool.query(`SELECT type, id FROM ${prefix}event ORDER BY seq`);
    assert.deepEqual(events.slice(1).map(({ id }) => id), ids, "in the order of the request");
  });
});

test("what is hashed is the password, and nothing else of an operation is another text", async () => {
  const native = { hashPassword: (password) => `hash of ${password}` };
  const insert = (password) => `{"op":"insert","key":{"id":"u-1"},"resource":{"size":1e400,"password":{"password":"x"},"a":["password",":"]},"password":${password}}`;
  const many = `{"op":"insertMany","whole":false,"operations":[${insert('"a\\"b"')},${insert('"c"')}]}`;
  const wanted = many.replace('"a\\"b"', '"hash of a\\"b"').replace('"password":"c"', '"password":"made ahead"');
  assert.equal(await hashed(native, many, new Map([["c", ["made ahead"]]])), wanted);
  assert.equal(await hashed(native, insert('"c"')), insert('"hash of c"'));
});
