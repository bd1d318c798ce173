// Events: who is told of changes, in which order, and what becomes of those that do not arrive.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import * as jose from "jose";
import * as standardwebhooks from "standardwebhooks";

import { native } from "../../bindings-node/js/addon.js";
import { memoryOutbox } from "../../bindings-node/js/events/memory.js";
import { createScimHandler, memoryStore, none, sqliteStore } from "../../bindings-node/js/index.js";
import { testLetters } from "./letters.mjs";
import { pause, receiver, SECRET, until } from "./receiver.mjs";
import { folder, GROUP, listen, PATCH, USER } from "./server.mjs";

const quick = { firstSeconds: 0.05, timeoutSeconds: 2 };
const user = (userName, more) => ({ schemas: [USER], userName, ...more });
const patch = (...operations) => ({ schemas: [PATCH], Operations: operations });
const retitle = (title) => patch({ op: "replace", path: "title", value: title });
const listed = async (changes) => {
  const found = [];
  for await (const { event } of changes) found.push(event);
  return found;
};

const stores = {
  memory: async () => memoryStore(),
  sqlite: async (t) => sqliteStore(join(await folder(t), "events.db")),
};

for (const [kind, storeOf] of Object.entries(stores)) {
  testLetters(kind, storeOf);

  test(`${kind}: what changes is told once, in order, to a hook; what is refused or changes nothing is not`, async (t) => {
    const told = [];
    const { ask, scim } = await listen(t, { store: await storeOf(t), events: { onEvent: (event) => told.push(event) } });
    const made = await ask("POST", "/Users", user("rosa.lind", { password: "frost-Lamp-93" }));
    const path = `/Users/${made.body.id}`;
    assert.equal((await ask("POST", "/Users", user("Rosa.Lind"))).status, 409);
    assert.equal((await ask("PATCH", path, retitle("Baker"))).status, 200);
    assert.equal((await ask("PATCH", path, retitle("Baker"))).status, 200);
    assert.equal((await ask("PATCH", path, retitle("Cook"), { "if-match": 'W/"other"' })).status, 412);
    assert.equal((await ask("PATCH", path, patch({ op: "replace", path: "active", value: false }))).status, 200);
    assert.equal((await ask("DELETE", path)).status, 204);
    await until(() => told.length >= 4);
    await pause(100);
    const names = ["user.created", "user.updated", "user.deactivated", "user.deleted"];
    assert.deepEqual(told.map(({ name }) => name), names);
    assert.equal(new Set(told.map(({ txn }) => txn)).size, 4);
    assert.equal(told[0].principal, "tests");
    assert.ok(told[0].attributes.includes("password"));
    assert.ok(!JSON.stringify(told).includes("frost"));
    assert.deepEqual((await listed(scim.changes())).map(({ name }) => name), names);
    const changes = [];
    for await (const change of scim.changes()) changes.push(change);
    assert.deepEqual((await listed(scim.changes(changes[1].seq))).map(({ name }) => name), names.slice(2));
  });

  test(`${kind}: each operation of a Bulk that is done is told of, those that fail are not`, async (t) => {
    const { ask, scim } = await listen(t, { store: await storeOf(t), events: { mode: "full" } });
    const taken = await ask("POST", "/Users", user("rosa.lind"));
    const Operations = [
      { method: "POST", path: "/Users", bulkId: "n", data: user("ines.holm") },
      { method: "POST", path: "/Users", bulkId: "m", data: user("rosa.lind") },
      { method: "POST", path: "/Groups", bulkId: "g", data: { schemas: [GROUP], displayName: "Bakers", members: [{ value: "bulkId:n" }] } },
      { method: "DELETE", path: `/Users/${taken.body.id}` },
      { method: "DELETE", path: "/Users/nobody" },
    ];
    const answer = await ask("POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
    assert.deepEqual(answer.body.Operations.map(({ status }) => status), ["201", "409", "201", "204", "404"]);
    const [, ...told] = await listed(scim.changes());
    assert.deepEqual(told.map(({ name }) => name), ["user.created", "group.created", "user.deleted"]);
    assert.equal(new Set(told.map(({ txn }) => txn)).size, 1);
    assert.equal(told[1].data.members.length, 1);
  });

  test(`${kind}: the record of a request and its events have one number`, async (t) => {
    const records = [];
    const observe = { audit: (record) => records.push(record) };
    const { ask, scim } = await listen(t, { store: await storeOf(t), observe, events: true });
    await ask("POST", "/Users", user("rosa.lind"));
    const Operations = ["otto.bern", "ines.holm"].map((name, at) => ({ method: "POST", path: "/Users", bulkId: String(at), data: user(name) }));
    await ask("POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
    await ask("GET", "/Users");
    const told = await listed(scim.changes());
    assert.deepEqual(records.map(({ operation }) => operation), ["Users:create", "Bulk:run", "Users:create", "Users:create", "Users:list"]);
    assert.deepEqual(told.map(({ txn }) => txn), [0, 2, 3].map((at) => records[at].request));
    assert.equal(new Set(records.map(({ request }) => request)).size, 3);
    assert.equal(records[1].request, records[2].request);
  });

  test(`${kind}: a receiver that fails gets the same event again, and those of the same resource wait behind it`, async (t) => {
    let failing = true;
    const to = await receiver(t, ({ body }) => (failing && body.includes("rosa.lind") ? 503 : 204));
    const webhook = { url: to.url, secret: SECRET, mode: "full", standardwebhooks };
    const { ask, errors } = await listen(t, { store: await storeOf(t), events: { mode: "full", webhooks: [webhook], retry: quick } });
    const rosa = await ask("POST", "/Users", user("rosa.lind"));
    await ask("PATCH", `/Users/${rosa.body.id}`, retitle("Cook"));
    await ask("POST", "/Users", user("otto.bern"));
    const about = () => to.got.map(({ body }) => JSON.parse(body)).map(({ type, data }) => `${type} ${data.data?.userName ?? ""}`.trim());
    await until(() => to.got.length >= 4);
    assert.ok(about().includes("user.created otto.bern"), "another resource does not wait");
    assert.ok(!about().includes("user.updated"), "the next event of the same resource does");
    failing = false;
    await until(() => about().includes("user.updated"));
    const ids = new Set(to.got.filter(({ body }) => body.includes("rosa.lind")).map(({ headers }) => headers["webhook-id"]));
    assert.equal(ids.size, 1, "one event, one identifier");
    const told = errors.map(({ message }) => message).join("\n");
    assert.match(told, /status 503/);
    assert.ok(!told.includes("rosa") && !told.includes(SECRET));
  });

  test(`${kind}: what fails too often is given up, and the next is delivered`, async (t) => {
    const to = await receiver(t, ({ body }) => (JSON.parse(body).type === "user.created" ? 500 : 204));
    const webhook = { url: to.url, secret: SECRET, standardwebhooks };
    const { ask } = await listen(t, { store: await storeOf(t), events: { webhooks: [webhook], retry: { ...quick, attempts: 2 } } });
    const rosa = await ask("POST", "/Users", user("rosa.lind"));
    await ask("DELETE", `/Users/${rosa.body.id}`);
    await until(() => to.got.length === 3);
    assert.deepEqual(to.got.map(({ body }) => JSON.parse(body).type), ["user.created", "user.created", "user.deleted"]);
  });

  test(`${kind}: a receiver that takes its time keeps no request waiting`, async (t) => {
    let slow = true;
    const to = await receiver(t, async () => {
      while (slow) await pause(20);
      return 204;
    });
    const webhook = { url: to.url, secret: SECRET, standardwebhooks };
    const { ask } = await listen(t, { store: await storeOf(t), events: { webhooks: [webhook], retry: { timeoutSeconds: 60 } } });
    const began = performance.now();
    for (let number = 0; number < 30; number += 1) {
      assert.equal((await ask("POST", "/Users", user(`u${number}`))).status, 201);
    }
    assert.ok(performance.now() - began < 20_000);
    assert.ok(to.got.length <= 8);
    slow = false;
    await until(() => to.got.length === 30);
  });
}

test("a webhook is signed as its library has it, and says no more than it should", async (t) => {
  const to = await receiver(t);
  const only = await receiver(t);
  const webhooks = [
    { url: to.url, secret: SECRET, standardwebhooks },
    { url: only.url, secret: SECRET, standardwebhooks, types: ["user.deactivated", "urn:ietf:params:scim:event:prov:delete"] },
  ];
  const { ask } = await listen(t, { store: memoryStore(), events: { mode: "full", webhooks } });
  const rosa = await ask("POST", "/Users", user("rosa.lind", { externalId: "x-1" }));
  await ask("PATCH", `/Users/${rosa.body.id}`, retitle("Cook"));
  await ask("PATCH", `/Users/${rosa.body.id}`, patch({ op: "replace", path: "active", value: false }));
  await ask("DELETE", `/Users/${rosa.body.id}`);
  await until(() => to.got.length === 4 && only.got.length === 2);
  const verifier = new standardwebhooks.Webhook(SECRET);
  const messages = to.got.map(({ headers, body }) => verifier.verify(body, headers));
  assert.deepEqual(messages.map(({ type }) => type), ["user.created", "user.updated", "user.deactivated", "user.deleted"]);
  assert.equal(messages[0].data.data, undefined, "values are for those who are set to get them");
  assert.equal(messages[0].data.externalId, "x-1");
  const [{ headers, body }] = to.got;
  assert.throws(() => verifier.verify(body.replace("created", "deleted"), headers));
  assert.throws(() => new standardwebhooks.Webhook(`${SECRET.slice(0, -4)}AAAA`).verify(body, headers));
  assert.deepEqual(only.got.map(({ body: text }) => JSON.parse(text).type), ["user.deactivated", "user.deleted"]);
});

test("a security event token is signed, pushed, and says what RFC 9967 has it say", async (t) => {
  const { privateKey, publicKey } = await jose.generateKeyPair("ES256", { extractable: true });
  const to = await receiver(t, (_, count) => (count === 1 ? 500 : 202));
  const set = {
    issuer: "https://scim.north.example",
    audience: ["https://feed.south.example"],
    key: await jose.exportJWK(privateKey),
    alg: "ES256",
    kid: "k-1",
    url: to.url,
    authorization: "Bearer feed-token",
    mode: "full",
    jose,
  };
  const { ask } = await listen(t, { store: memoryStore(), baseUrl: "https://scim.north.example/v2", events: { mode: "full", set, retry: quick } });
  const rosa = await ask("POST", "/Users", user("rosa.lind", { externalId: "x-1", password: "frost-Lamp-93" }));
  await ask("PATCH", `/Users/${rosa.body.id}`, patch({ op: "replace", path: "active", value: false }));
  await ask("DELETE", `/Users/${rosa.body.id}`);
  await until(() => to.got.length === 4);
  assert.equal(to.got[0].headers["content-type"], "application/secevent+jwt");
  assert.equal(to.got[0].headers.authorization, "Bearer feed-token");
  const verified = await Promise.all(
    to.got.map(({ body }) => jose.jwtVerify(body, publicKey, { issuer: set.issuer, audience: set.audience[0], typ: "secevent+jwt" })),
  );
  const [first, again, off, gone] = verified.map(({ payload }) => payload);
  assert.equal(verified[0].protectedHeader.kid, "k-1");
  assert.deepEqual(first, again, "what is sent again says the same");
  assert.equal(new Set([first.jti, off.jti, gone.jti]).size, 3);
  assert.deepEqual(first.sub_id, { format: "scim", uri: `/Users/${rosa.body.id}`, externalId: "x-1" });
  assert.equal(first.sub, undefined);
  const prov = "urn:ietf:params:scim:event:prov:";
  assert.equal(first.events[`${prov}create:full`].data.userName, "rosa.lind");
  assert.deepEqual(Object.keys(off.events), [`${prov}patch:full`, `${prov}deactivate`]);
  assert.deepEqual(gone.events, { [`${prov}delete`]: {} });
  assert.ok(!JSON.stringify(verified).includes("frost"));
  const { body } = await ask("GET", "/ServiceProviderConfig");
  assert.ok(body.securityEvents.eventUris.includes(`${prov}create:full`));
});

const WRITER = `
  import { createScimHandler, none, sqliteStore } from ${JSON.stringify(new URL("../../bindings-node/js/index.js", import.meta.url).href)};
  const scim = createScimHandler({
    store: sqliteStore(process.argv[1]),
    auth: none(),
    events: { onEvent: () => new Promise(() => {}), retry: { timeoutSeconds: 0.5 } },
  });
  const body = JSON.stringify({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: "rosa.lind" });
  const headers = { "content-type": "application/scim+json" };
  const answer = await scim.fetch(new Request("http://127.0.0.1/scim/v2/Users", { method: "POST", headers, body }));
  console.log(answer.status);
  setInterval(() => {}, 1000);
`;

test("sqlite: a process that is killed between a change and its delivery leaves it to the next", async (t) => {
  const path = join(await folder(t), "killed.db");
  const child = spawn(process.execPath, ["--input-type=module", "-e", WRITER, path], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const part of child.stdout) {
    said += part;
    if (said.includes("\n")) break;
  }
  assert.equal(said.trim(), "201");
  // A moment, for the hook to be under way.
  await pause(200);
  child.kill("SIGKILL");
  await new Promise((gone) => child.on("exit", gone));
  const told = [];
  const events = { onEvent: (event) => told.push(event.name), retry: { timeoutSeconds: 0.5 } };
  const scim = createScimHandler({ store: sqliteStore(path), auth: none(), events });
  t.after(() => scim.close());
  await until(() => told.length > 0);
  assert.deepEqual(told, ["user.created"]);
});

test("what is to be delivered is there after a restart, once", async (t) => {
  const path = join(await folder(t), "restart.db");
  const told = [];
  const open = (deliver) =>
    createScimHandler({ store: sqliteStore(path), auth: none(), events: { onEvent: (event) => told.push(event.name), deliver } });
  const writer = open(false);
  const body = JSON.stringify(user("rosa.lind"));
  await writer.fetch(new Request("http://127.0.0.1/scim/v2/Users", { method: "POST", headers: { "content-type": "application/scim+json" }, body }));
  await pause(100);
  assert.deepEqual(told, []);
  await writer.close();
  const deliverer = open(true);
  await until(() => told.length > 0);
  await deliverer.close();
  const again = open(true);
  await pause(300);
  await again.close();
  assert.deepEqual(told, ["user.created"]);
});

test("sqlite: what is for a receiver that is gone is given up, said once, and forgotten with its event", async (t) => {
  const path = join(await folder(t), "gone.db");
  const webhook = (name) => ({ name, url: "https://feed.south.example/x", secret: SECRET, standardwebhooks });
  const old = createScimHandler({ store: sqliteStore(path), auth: none(), events: { webhooks: [webhook("old"), webhook("new")], deliver: false } });
  const body = JSON.stringify(user("rosa.lind"));
  await old.fetch(new Request("http://127.0.0.1/scim/v2/Users", { method: "POST", headers: { "content-type": "application/scim+json" }, body }));
  await old.close();
  const server = new native.SqliteServer(path, JSON.stringify({ events: { sinks: ["webhook new"] } }));
  t.after(() => server.close());
  const run = async (command) => JSON.parse(await server.outbox(JSON.stringify(command)));
  const asked = { age: 3_600_000, known: ["webhook new"], failure: "no such receiver" };
  // Nobody has had the time to look.
  assert.deepEqual(await run({ prune: { ...asked, abandonedAfter: 60_000 } }), { givenUp: {}, more: false });
  await pause(20);
  assert.deepEqual(await run({ prune: { ...asked, abandonedAfter: 10 } }), { givenUp: { "webhook old": 1 }, more: false });
  assert.deepEqual(await run({ prune: { ...asked, abandonedAfter: 10 } }), { givenUp: {}, more: false });
  const [letter] = await run({ deadLetters: { seq: 0, sink: "", limit: 10 } });
  assert.deepEqual([letter.sink, letter.failure], ["webhook old", "no such receiver"]);
  // The other one waits for it still.
  assert.deepEqual(await run({ prune: { ...asked, age: 0, abandonedAfter: 60_000 } }), { givenUp: {}, more: false });
  const [claimed] = await run({ claim: { sink: "webhook new", limit: 1, lease: 1000 } });
  await run({ settle: { sink: "webhook new", seq: claimed.seq, attempts: 1, outcome: "done" } });
  assert.deepEqual(await run({ prune: { ...asked, age: 0, abandonedAfter: 60_000 } }), { givenUp: {}, more: true });
  assert.deepEqual(await run({ deadLetters: { seq: 0, sink: "", limit: 10 } }), []);
  assert.deepEqual(await run({ changes: { after: 0, limit: 10 } }), []);
});

test("changes can be followed, and end with the handler", async (t) => {
  const { ask, scim, close } = await listen(t, { store: memoryStore(), events: true });
  const names = [];
  const following = (async () => {
    for await (const { event } of scim.changes(0, { follow: true })) names.push(event.name);
  })();
  await ask("POST", "/Users", user("rosa.lind"));
  await until(() => names.length === 1);
  await close();
  await following;
  assert.deepEqual(names, ["user.created"]);
});

test("a store of one's own gets the event with the change", async (t) => {
  const kept = [];
  const store = {
    get: () => null,
    query: () => [],
    insert: (key, resource, { event }) => kept.push(event),
    replace: () => false,
    remove: () => false,
  };
  const { ask } = await listen(t, { store, events: { onEvent() {}, deliver: false } });
  assert.equal((await ask("POST", "/Users", user("rosa.lind"))).status, 201);
  assert.deepEqual(kept.map(({ name }) => name), ["user.created"]);
  assert.throws(() => createScimHandler({ store, auth: none(), events: { onEvent() {} } }), /outbox/);
});

test("wrong settings are refused by name", () => {
  const make = (events) => () => createScimHandler({ store: memoryStore(), auth: none(), events });
  assert.throws(make({ webhook: [] }), /there is no setting `webhook`/);
  assert.throws(make({ mode: "all" }), /`mode` is notice or full/);
  assert.throws(make({ webhooks: [{ url: "http://feed.south.example/x", secret: SECRET }] }), /begins with https/);
  assert.throws(make({ webhooks: [{ url: "https://feed.south.example/x" }] }), /needs a `secret`/);
  assert.throws(make({ webhooks: [{ url: "https://feed.south.example/x", secret: SECRET, mode: "full" }] }), /set `mode` of `events` to full/);
  assert.throws(make({ webhooks: [{ url: "https://feed:east@feed.south.example/x", secret: SECRET }] }), (error) => /no password/.test(error) && !/east/.test(error));
  const twice = { url: "https://feed.south.example/x", secret: SECRET };
  assert.throws(make({ webhooks: [twice, twice] }), /give one a `name`/);
  assert.throws(make({ set: { url: "https://feed.south.example/x", issuer: "i", audience: "a", key: {} } }), /`alg`/);
  assert.throws(make({ retry: { attempts: 0 } }), /positive number/);
  const scim = createScimHandler({ store: memoryStore(), auth: none() });
  assert.throws(() => scim.changes(), /set `events`/);
});

test("a receiver's URL is in no message: there may be a secret in it", async (t) => {
  const to = await receiver(t, () => 410);
  const webhooks = ["services/T7/plum-Quay-41", "services/T7/fig-Quay-42"].map((path) => ({ url: new URL(path, to.url).href, secret: SECRET, standardwebhooks }));
  const { ask, errors } = await listen(t, { store: memoryStore(), events: { webhooks } });
  await ask("POST", "/Users", user("rosa.lind"));
  await until(() => errors.length === 2);
  assert.ok(errors.every(({ message }) => message.includes("127.0.0.1") && !message.includes("Quay")), String(errors));
});

test("what is delivered leaves nothing in memory", async (t) => {
  const signals = [];
  const onEvent = (event, { signal }) => void signals.push(new WeakRef(signal));
  const { ask } = await listen(t, { store: memoryStore(), events: { onEvent } });
  for (let number = 0; number < 30; number += 1) await ask("POST", "/Users", user(`user-${number}`));
  await until(() => signals.length === 30);
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  await until(async () => {
    await pause(20);
    collect();
    return signals.filter((signal) => signal.deref() !== undefined).length < 10;
  }, 5);
});

// As many events as are asked for, each of a resource of its own or all of one.
function manyChanges(count, resourceOf) {
  let forgotten = 0;
  const changes = (after, most) => {
    const found = [];
    for (let seq = Math.max(after, forgotten) + 1; seq <= count && found.length < most; seq += 1) {
      found.push({ seq, event: { tenant: "", resourceType: "User", resourceId: resourceOf(seq) } });
    }
    return JSON.stringify(found);
  };
  return { changes, forgetChanges: (upTo) => (forgotten = upTo), forgotten: () => forgotten };
}

for (const [of, resourceOf] of [["each of another resource", String], ["all of one resource", () => "u-1"]]) {
  test(`in memory a delivery takes as long whether few or many wait, ${of}`, async () => {
    const count = 20_000;
    const outbox = memoryOutbox(manyChanges(count, resourceOf), ["hook"]);
    const told = [];
    const begun = performance.now();
    while (told.length < count) {
      for (let [one] = await outbox.claim({ sink: "hook", limit: 1, lease: 60_000 }); one !== undefined; ) {
        told.push(one.seq);
        one = await outbox.settle({ sink: "hook", seq: one.seq, attempts: one.attempts, outcome: "done", lease: 60_000 });
      }
    }
    assert.deepEqual(told, Array.from({ length: count }, (_, at) => at + 1));
    assert.ok(performance.now() - begun < 5000, `${performance.now() - begun} ms`);
  });
}

test("in memory what was given up keeps nothing, and what is late changes nothing", async () => {
  const server = manyChanges(3, (seq) => (seq === 3 ? "u-2" : "u-1"));
  const outbox = memoryOutbox(server, ["hook"]);
  const claim = (lease) => outbox.claim({ sink: "hook", limit: 1, lease });
  const [late] = await claim(0);
  const [first] = await claim(60_000);
  assert.deepEqual([late.seq, late.attempts, first.seq, first.attempts], [1, 1, 1, 2]);
  await outbox.settle({ sink: "hook", seq: 1, attempts: 1, outcome: "done" });
  await outbox.settle({ sink: "hook", seq: 1, attempts: 2, outcome: "dead", failure: "status 410" });
  const [second] = await claim(60_000);
  assert.equal(second.seq, 2);
  await pause(5);
  await outbox.prune({ age: 1 });
  assert.equal(server.forgotten(), 1);
  await outbox.settle({ sink: "hook", seq: 2, attempts: 1, outcome: "done" });
  const [third] = await claim(60_000);
  await outbox.settle({ sink: "hook", seq: third.seq, attempts: 1, outcome: "done" });
  await outbox.prune({ age: 1 });
  assert.equal(server.forgotten(), 3);
});
