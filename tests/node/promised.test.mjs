// What a store of one's own answers is looked at: a slip is told where it was made, and clients are
// shown nothing that is not a resource.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createScimHandler, memoryStore, none } from "../../bindings-node/js/index.js";
import { USER, listen } from "./server.mjs";

const rosa = { schemas: [USER], id: "u-1", userName: "rosa", meta: { resourceType: "User" } };
const ida = { ...rosa, id: "u-2", userName: "ida" };
const over = (own) => ({ get: () => rosa, query: () => [rosa, ida], insert() {}, replace() {}, remove() {}, ...own });
const filter = `/Users?filter=${encodeURIComponent('userName eq "ida"')}`;

test("an array, and a page that says what it is, are answers", async (t) => {
  const ids = async (query, path) => {
    const { ask } = await listen(t, { store: over({ query }) });
    const { body } = await ask("GET", path);
    return [body.totalResults, body.Resources.map(({ id }) => id)];
  };
  assert.deepEqual(await ids(() => [rosa, ida], filter), [1, ["u-2"]]);
  assert.deepEqual(await ids(() => ({ rows: [rosa, ida], residual: true }), filter), [1, ["u-2"]]);
  assert.deepEqual(await ids(() => ({ rows: [ida], residual: false, total: 7 }), filter), [7, ["u-2"]]);
  assert.deepEqual(await ids(() => [], "/Users"), [0, []]);
});

test("whatever else a store answers is a failure that names the call and what to do", async (t) => {
  for (const [own, path, said] of [
    [{ query() {} }, "/Users", /store\.query answers an array .*not undefined \(is a `return` missing\?\)/],
    [{ query: () => ({ items: [] }) }, "/Users", /not an object with items/],
    [{ query: () => ({ rows: [rosa, ida] }) }, filter, /say `residual`/],
    [{ query: () => ({ rows: [ida], residual: false }) }, filter, /needs the `total`/],
    [{ query: () => ({ rows: [rosa, ida], residual: false, total: 2 }) }, "/Users?count=1", /more `rows` than the `limit`/],
    [{ query: () => [{ login: "rosa-lind" }] }, "/Users", /store\.query answers a resource .*not an object with login/],
    [{ query: () => [undefined] }, "/Users", /one of `rows` is no resource/],
    [{ get: () => ({ email: "rosa-lind" }) }, "/Users/u-1", /store\.get answers a resource .*an object with email/],
    [{ get: () => ({ ...rosa, id: 7 }) }, "/Users/7", /an object with .*; its `id` is a number and not a string/],
    [{ query: () => ({ rows: [], residual: false, total: -1 }) }, filter, /needs the `total`/],
    [{ get: () => JSON.stringify(rosa) }, "/Users/u-1", /not a string/],
    [{ get: () => [rosa] }, "/Users/u-1", /not an array/],
    [{ memberships: () => ({}) }, "/Users/u-1", /store\.memberships answers an array/],
  ]) {
    const { ask, errors, close } = await listen(t, { store: over(own) });
    const { status, text } = await ask("GET", path);
    assert.deepEqual([status, errors.length], [500, 1], String(said));
    assert.match(errors[0].message, said);
    assert.ok(!`${text}${errors[0].message}`.includes("rosa-lind"), "values are people's");
    await close();
  }
  const { ask, errors } = await listen(t, { store: over({ get: async () => null }) });
  assert.deepEqual([(await ask("GET", "/Users/u-1")).status, errors.length], [404, 0]);
});

test("without `onError`, failures stand on stderr, once", async (t) => {
  const lines = [];
  t.mock.method(console, "error", (line) => lines.push(line));
  const failing = () => {
    throw new Error("disk 7 of rack 3");
  };
  const scim = createScimHandler({ store: over({ get: failing }), auth: none() });
  const ask = (path) => scim.fetch(new Request(`http://127.0.0.1/scim/v2${path}`));
  for (let times = 0; times < 3; times += 1) assert.equal((await ask("/Users/u-1")).status, 500);
  assert.equal(lines.length, 1, lines.join("\n"));
  assert.match(lines[0], /^scimforge: Error: disk 7 of rack 3\n {4}at .*promised\.test/);
  await ask("/Users");
  assert.equal(lines.length, 1, "what works says nothing");

  const unread = () => {
    throw Object.assign(new Error('invalid input syntax for type uuid: "rosa-lind"'), { code: "22P02" });
  };
  const typed = createScimHandler({ store: memoryStore(), auth: unread });
  assert.equal((await typed.fetch(new Request("http://127.0.0.1/scim/v2/Users/u-1"))).status, 401);
  assert.match(lines.pop(), /^scimforge: Error: invalid input syntax for type uuid\n {4}at /);

  const quiet = createScimHandler({ store: over({ get: failing }), auth: none(), onError() {} });
  assert.equal((await quiet.fetch(new Request("http://127.0.0.1/scim/v2/Users/u-1"))).status, 500);
  assert.equal(lines.length, 1);
});
