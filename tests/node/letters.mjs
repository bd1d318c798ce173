// What was given up, of any store: it can be looked at, and tried again.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as standardwebhooks from "standardwebhooks";

import { createScimHandler, none } from "../../bindings-node/js/index.js";
import { pause, receiver, SECRET, until } from "./receiver.mjs";
import { USER } from "./server.mjs";

export function testLetters(kind, storeOf, options = {}) {
  test(`${kind}: what was given up is listed page by page, and tried again`, options, async (t) => {
    let failing = true;
    const to = await receiver(t, () => (failing ? 410 : 204));
    const webhooks = ["one", "two"].map((name) => ({ name, url: to.url, secret: SECRET, standardwebhooks }));
    const errors = [];
    const scim = createScimHandler({ store: await storeOf(t), auth: none(), events: { webhooks }, onError: (error) => errors.push(error) });
    t.after(() => scim.close());
    assert.deepEqual(await scim.deadLetters(), []);
    for (const userName of ["rosa", "otto", "ines"]) {
      const body = JSON.stringify({ schemas: [USER], userName });
      const headers = { "content-type": "application/scim+json" };
      const made = await scim.fetch(new Request("http://127.0.0.1/scim/v2/Users", { method: "POST", headers, body }));
      assert.equal(made.status, 201);
    }
    const letters = await until(async () => {
      const found = await scim.deadLetters();
      return found.length === 6 && found;
    });
    assert.deepEqual(letters.map(({ receiver: name, attempts, failure, event }) => [name, attempts, failure, event.name]), [
      ...[1, 2, 3].flatMap(() => ["webhook one", "webhook two"].map((name) => [name, 1, "status 410", "user.created"])),
    ]);
    assert.equal(new Set(letters.map(({ id }) => id)).size, 6);
    const pages = [];
    for (let after; ; after = pages.at(-1).at(-1).id) {
      const page = await scim.deadLetters({ after, limit: 4 });
      if (page.length === 0) break;
      pages.push(page);
    }
    assert.deepEqual(pages.map(({ length }) => length), [4, 2]);
    assert.deepEqual(pages.flat(), letters);
    const ofTwo = await scim.deadLetters({ receiver: "webhook two" });
    assert.deepEqual(ofTwo, letters.filter((letter) => letter.receiver === "webhook two"));

    failing = false;
    const got = to.got.length;
    assert.equal(await scim.retryDeadLetters({ ids: [letters[0].id, "999.webhook one"] }), 1);
    await until(() => to.got.length === got + 1);
    assert.equal(JSON.parse(to.got.at(-1).body).data.id, letters[0].event.id);
    assert.equal(await scim.retryDeadLetters({ receiver: "webhook two", ids: [letters[2].id] }), 0, "it is another receiver's");
    assert.equal(await scim.retryDeadLetters({ receiver: "webhook two" }), 3);
    await until(() => to.got.length === got + 4);
    assert.equal(await scim.retryDeadLetters(), 2);
    await until(() => to.got.length === got + 6);
    await pause(50);
    assert.deepEqual(await scim.deadLetters(), []);

    // Tried again, it may fail as often as the first time, and is given up again.
    failing = true;
    const body = JSON.stringify({ schemas: [USER], userName: "mara" });
    await scim.fetch(new Request("http://127.0.0.1/scim/v2/Users", { method: "POST", headers: { "content-type": "application/scim+json" }, body }));
    await until(async () => (await scim.deadLetters()).length === 2);
    assert.equal(await scim.retryDeadLetters(), 2);
    const again = await until(async () => {
      const found = await scim.deadLetters();
      return found.length === 2 && found;
    });
    assert.deepEqual(again.map(({ attempts }) => attempts), [1, 1]);

    await assert.rejects(scim.retryDeadLetters({ receiver: "webhook three" }), /no receiver/);
    await assert.rejects(scim.retryDeadLetters({ ids: "1.webhook one" }), /array/);
    await assert.rejects(scim.deadLetters({ after: "x" }), /`id`/);
    await assert.rejects(scim.deadLetters({ limit: 0 }), /1 to 1000/);
    await assert.rejects(scim.deadLetters({ reciever: "x" }), /no setting/);
  });

  test(`${kind}: what is tried again comes before what changed later`, options, async (t) => {
    // Of the first three changes the first two are given up, and the third is to be tried later.
    const answers = [410, 410, 503];
    const to = await receiver(t, () => answers.shift() ?? 204);
    const webhooks = [{ name: "last", url: to.url, secret: SECRET, standardwebhooks }];
    const settings = { auth: none(), events: { webhooks, retry: { firstSeconds: 4 } }, onError: () => {} };
    const scim = createScimHandler({ store: await storeOf(t), ...settings });
    t.after(() => scim.close());
    async function send(method, path, userName) {
      const body = JSON.stringify({ schemas: [USER], userName });
      const headers = { "content-type": "application/scim+json" };
      const answer = await scim.fetch(new Request(`http://127.0.0.1/scim/v2${path}`, { method, headers, body }));
      assert.ok(answer.ok, `${method} ${answer.status}`);
      return answer.json();
    }
    const { id } = await send("POST", "/Users", "vera");
    for (const [at, name] of ["vera.1", "vera.2", "vera.3"].entries()) {
      await until(() => to.got.length > at);
      await send("PUT", `/Users/${id}`, name);
    }
    const letters = await until(async () => {
      const found = await scim.deadLetters({ receiver: "webhook last" });
      return found.length === 2 && found;
    });
    await until(() => to.got.length === 3);
    assert.equal(await scim.retryDeadLetters({ ids: letters.map((letter) => letter.id).reverse() }), 2);
    await until(() => to.got.length === 7);
    const told = to.got.map(({ body }) => JSON.parse(body).data.id);
    assert.deepEqual(told.slice(3, 5), told.slice(0, 2), "those that were given up");
    assert.equal(told[5], told[2]);
    assert.equal(new Set(told.slice(3)).size, 4);
  });
}
