// The SQLite store against the store in memory: the same requests, the same answers.

import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

import { answer } from "../../bindings-node/js/shared.js";
import { GROUP, PATCH, USER, folder } from "./server.mjs";

const native = createRequire(import.meta.url)("../../bindings-node/scimforge.node");

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const DEVICE = "urn:example:Device";
const CONFIG = JSON.stringify({
  resourceTypes: ["User", "Group", { name: "Device", endpoint: "/Devices", schema: DEVICE }],
  schemas: [
    {
      id: DEVICE,
      name: "Device",
      attributes: [
        { name: "serial", type: "string", caseExact: true, uniqueness: "server" },
        { name: "note", type: "string" },
      ],
    },
  ],
  maxResults: 50,
});

// The same numbers in every run (mulberry32).
function randomness(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, one: (list) => list[below(list.length)], often: (chance) => next() < chance };
}

const WORDS = ["rosa", "Rosa", "ROSA", "søren", "SØREN", "İpek", "straße", "a\"b", "100%", "x_y", "", "z".repeat(300), "z".repeat(299)];

function request(random, ids) {
  const word = () => random.one(WORDS);
  const user = () => ({
    schemas: [USER, ENTERPRISE],
    userName: `${word()}${random.below(12)}`,
    ...(random.often(0.5) && { externalId: word() }),
    ...(random.often(0.5) && { displayName: word() }),
    ...(random.often(0.5) && { active: random.often(0.5) }),
    name: { familyName: word() },
    emails: Array.from({ length: random.below(3) }, (_, index) => ({
      value: `${random.one(["ada", "Bo", "cy"])}@north.test`,
      type: random.one(["work", "home"]),
      ...(index === 0 && { primary: true }),
    })),
    [ENTERPRISE]: { department: word(), manager: { value: random.one(["m-1", "m-2"]) } },
  });
  const group = () => ({
    schemas: [GROUP],
    displayName: word() || "none",
    members: Array.from({ length: random.below(4) }, () => ({ value: `m-${random.below(5)}` })),
  });
  const device = () => ({ schemas: [DEVICE], serial: `${random.one(["ab", "AB"])}${random.below(6)}`, note: word() });
  const [endpoint, make] = random.one([
    ["/Users", user],
    ["/Users", user],
    ["/Groups", group],
    ["/Devices", device],
  ]);
  const one = `${endpoint}/${random.often(0.95) ? random.one(ids) : "nobody"}`;
  const quoted = () => JSON.stringify(word());
  const leaf = () =>
    random.one([
      `userName eq ${JSON.stringify(word() + random.below(12))}`,
      `displayName ${random.one(["eq", "ne", "co", "sw", "gt"])} ${quoted()}`,
      `externalId eq ${quoted()}`,
      `emails.value eq "${random.one(["ADA", "bo"])}@north.test"`,
      'emails[type eq "work" and value sw "a"]',
      "active eq true",
      `name.familyName eq ${quoted()}`,
      `${ENTERPRISE}:department eq ${quoted()}`,
      `manager.value eq "m-1"`,
      `members.value eq "m-${random.below(5)}"`,
      `serial eq "${random.one(["ab", "AB"])}${random.below(6)}"`,
      `note eq ${quoted()}`,
      `id eq "${random.one(ids)}"`,
      `meta.created gt "2026-03-01T09:40:00Z"`,
      "title pr",
    ]);
  const filter = () => random.one([leaf(), `${leaf()} and ${leaf()}`, `${leaf()} or ${leaf()}`, `not (${leaf()})`]);
  const list = () => {
    const query = new URLSearchParams();
    if (random.often(0.8)) query.set("filter", filter());
    if (random.often(0.5)) query.set("sortBy", random.one(["userName", "displayName", "emails", "meta.lastModified", "active", "id", "serial"]));
    if (random.often(0.5)) query.set("sortOrder", random.one(["ascending", "descending"]));
    if (random.often(0.5)) query.set("startIndex", random.below(20));
    if (random.often(0.5)) query.set("count", random.below(8));
    return { method: "GET", target: `${random.often(0.85) ? endpoint : ""}/?${query}` };
  };
  const patch = () => {
    const operation = random.one([
      { op: "add", path: "members", value: [{ value: `m-${random.below(5)}` }] },
      { op: "remove", path: `members[value eq "m-${random.below(5)}"]` },
      { op: "replace", path: "displayName", value: word() || "none" },
      { op: "replace", path: "userName", value: `${word()}${random.below(12)}` },
      { op: "remove", path: "externalId" },
      { op: "add", value: { emails: [{ value: "new@north.test", type: "work" }] } },
      { op: "replace", path: "serial", value: `ab${random.below(6)}` },
    ]);
    return { method: "PATCH", target: one, body: { schemas: [PATCH], Operations: [operation] } };
  };
  const kind = random.below(100);
  if (kind < 30) return { method: "POST", target: endpoint, body: make() };
  if (kind < 40) return { method: "PUT", target: one, body: make() };
  if (kind < 55) return patch();
  if (kind < 60) return { method: "DELETE", target: one };
  if (kind < 65) return { method: "GET", target: one };
  return list();
}

for (const seed of [1, 2, 3]) {
  test(`the same answers to 1500 random requests (seed ${seed})`, async (t) => {
    const path = join(await folder(t), "scim.db");
    const memory = new native.MemoryServer(CONFIG);
    let sqlite = new native.SqliteServer(path, CONFIG);
    const random = randomness(seed);
    const ids = ["id-0"];
    const seen = new Map();
    for (let index = 1; index <= 1500; index += 1) {
      if (index % 500 === 0) {
        sqlite.close();
        sqlite = new native.SqliteServer(path, CONFIG);
      }
      const { method, target, body } = request(random, ids);
      const id = `id-${index}`;
      const now = new Date(Date.UTC(2026, 2, 1, 9, 30) + Math.floor(index / 3) * 700).toISOString();
      const given = [
        JSON.stringify({ method, target, headers: {} }),
        Buffer.from(body === undefined ? "" : JSON.stringify(body)),
        JSON.stringify({ now, ids: [id], baseUrl: "https://scim.example.test/v2" }),
      ];
      const wanted = answer(memory.handle(...given));
      const got = await sqlite.handle(...given);
      assert.equal(got.failure ?? undefined, undefined, `${method} ${target}`);
      const found = answer(got);
      const about = `request ${index}: ${method} ${target} ${given[1]}`;
      assert.equal(found.status, wanted.status, about);
      assert.deepEqual(found.headers, wanted.headers, about);
      assert.deepEqual(found.json(), wanted.json(), about);
      if (wanted.status === 201) ids.push(id);
      const outcome = `${method} ${wanted.status}`;
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }
    // The requests are worth something: changes that succeed, that clash, and queries that find.
    for (const outcome of ["POST 201", "POST 409", "PUT 200", "PATCH 200", "DELETE 204", "GET 200", "GET 404"]) {
      assert.ok(seen.get(outcome) > 5, `${outcome}: ${seen.get(outcome)} of ${JSON.stringify([...seen])}`);
    }
  });
}

test("a password is hashed with argon2id and is nowhere else", async (t) => {
  const path = join(await folder(t), "scim.db");
  const sqlite = new native.SqliteServer(path, "");
  const send = async (method, target, body, id) =>
    answer(
      await sqlite.handle(
        JSON.stringify({ method, target, headers: {} }),
        Buffer.from(JSON.stringify(body)),
        JSON.stringify({ now: new Date(), ids: [id] }),
      ),
    );
  assert.equal((await send("POST", "/Users", { schemas: [USER], userName: "rosa", password: "correct-horse" }, "u-1")).status, 201);
  const operation = { op: "replace", path: "password", value: "battery-staple" };
  assert.equal((await send("PATCH", "/Users/u-1", { schemas: [PATCH], Operations: [operation] }, "x")).status, 200);
  sqlite.close();
  const file = (await readFile(path)).toString("latin1");
  assert.ok(!file.includes("correct-horse") && !file.includes("battery-staple"));
  assert.match(file, /\$argon2id\$v=19\$/);
});

test("a file of the first form is brought into this one when it is opened", async (t) => {
  const path = join(await folder(t), "scim.db");
  await copyFile(new URL("../data/store-1.db", import.meta.url), path);
  for (const opening of ["first", "second"]) {
    const sqlite = new native.SqliteServer(path, "");
    const ask = async (method, target, body) => {
      const given = [JSON.stringify({ method, target, headers: {} }), Buffer.from(body ?? ""), JSON.stringify({ now: new Date(), ids: ["x"] })];
      return answer(await sqlite.handle(...given));
    };
    const names = async (query) => (await ask("GET", `/Users?${query}`)).json().Resources.map(({ userName }) => userName);
    assert.deepEqual(await names("sortBy=userName&sortOrder=descending"), ["Søren", "Rosa"], opening);
    assert.deepEqual(await names(`filter=${encodeURIComponent('userName eq "SØREN"')}`), ["Søren"]);
    assert.deepEqual(await names(`filter=${encodeURIComponent('emails.value eq "rosa@north.test" and title co "AKE"')}`), ["Rosa"]);
    assert.deepEqual(await names(""), ["Rosa", "Søren"], "by age");
    const again = JSON.stringify({ schemas: [USER], userName: "rosa" });
    assert.equal((await ask("POST", "/Users", again)).status, 409);
    sqlite.close();
  }
  assert.match((await readFile(path)).toString("latin1"), /\$argon2id/, "passwords are kept");
});
