// Who fails to sign in too often has to wait, and keeps nobody else out.

import assert from "node:assert/strict";
import { test } from "node:test";

import { basic, bearer, createScimHandler, memoryStore, none, passwordHash, tokenDigest } from "../../bindings-node/js/index.js";
import { addressOf, failedSignIns } from "../../bindings-node/js/auth/failures.js";
import { TOKEN, listen } from "./server.mjs";

const as = (token) => ({ authorization: `Bearer ${token}` });
const person = (name, password) => ({ authorization: `Basic ${btoa(`${name}:${password}`)}` });

/** Asks from an address, through a proxy that says so. */
const through = (ask) => async (address, headers) => {
  const { status, headers: answered } = await ask("GET", "/Users", undefined, { "x-forwarded-for": address, ...headers });
  return status === 429 ? [status, answered.get("retry-after")] : status;
};

test("after so many failures an address has to wait, before anything is verified", async (t) => {
  let looked = 0;
  const lookup = (digest) => {
    looked += 1;
    return digest === tokenDigest("right") ? { sub: "okta", permissions: ["scim:*"] } : undefined;
  };
  const records = [];
  const settings = { failedSignIns: { max: 3, minutes: 1 }, trustProxy: 1, observe: { audit: (record) => records.push(record) } };
  const { ask } = await listen(t, { store: memoryStore(), auth: bearer({ lookup }), ...settings });
  const from = through(ask);
  for (const guess of ["a", "b", "c"]) assert.equal(await from("192.0.2.1", as(guess)), 401);
  assert.deepEqual(await from("192.0.2.1", as("d")), [429, "60"]);
  assert.deepEqual(await from("192.0.2.1", as("right")), [429, "60"], "a guess that is right is none");
  assert.equal(looked, 3);
  assert.equal(await from("192.0.2.2", as("right")), 200, "from elsewhere");
  assert.equal(await from("192.0.2.1", as("right")), 200, "who was right before is known");
  assert.equal(await from("203.0.113.9, 192.0.2.1", as("e")).then(([status]) => status), 429, "what the client says of itself does not count");
  assert.deepEqual([records.at(-1).status, records.at(-1).code], [429, "too-many-requests"]);
  assert.equal(await from("192.0.2.1", { authorization: "" }), 401, "who says nothing is asked who it is");
});

test("what was right and is no longer has to wait like others", async (t) => {
  let valid = true;
  const auth = bearer({ lookup: () => (valid ? { permissions: ["scim:*"] } : undefined) });
  const { ask } = await listen(t, { store: memoryStore(), auth, failedSignIns: { max: 2 } });
  const status = async (token) => (await ask("GET", "/Users", undefined, as(token))).status;
  assert.equal(await status("a"), 200);
  valid = false;
  assert.deepEqual([await status("a"), await status("a"), await status("a")], [401, 401, 429]);
});

test("a name is guessed at from many addresses; its owner is let in all the same", async (t) => {
  const password = await passwordHash("right");
  const auth = basic({ users: { hr: { password, permissions: ["scim:*"] }, ops: { password, permissions: ["scim:*"] } } });
  const { ask } = await listen(t, { store: memoryStore(), auth, failedSignIns: { max: 2 }, trustProxy: true });
  const from = through(ask);
  assert.equal(await from("192.0.2.9", person("hr", "right")), 200);
  for (const [at, guess] of ["a", "b"].entries()) assert.equal(await from(`192.0.2.${at}`, person("hr", guess)), 401);
  assert.deepEqual(await from("192.0.2.5", person("hr", "c")), [429, "300"]);
  assert.equal(await from("192.0.2.5", person("ops", "right")), 200, "another name");
  assert.equal(await from("192.0.2.6", person("hr", "right")), 200, "the password that was right before");
});

test("windows pass", async (t) => {
  const { ask } = await listen(t, { store: memoryStore(), failedSignIns: { max: 1, minutes: 0.002 } });
  const status = async (token) => (await ask("GET", "/Users", undefined, as(token))).status;
  assert.deepEqual([await status("a"), await status("b")], [401, 429]);
  await new Promise((done) => setTimeout(done, 150));
  assert.equal(await status(TOKEN), 200);
});

test("a failure of the directory is nobody's guess, and no proxy is trusted unless it is said", async (t) => {
  let away = true;
  const auth = bearer({ lookup: () => (away ? Promise.reject(new Error("away")) : { permissions: ["scim:*"] }) });
  const { ask } = await listen(t, { store: memoryStore(), auth, failedSignIns: { max: 1 } });
  assert.deepEqual([await through(ask)("192.0.2.1", as("a")), await through(ask)("192.0.2.1", as("a"))], [401, 401]);
  away = false;
  assert.equal(await through(ask)("192.0.2.1", as("a")), 200);

  const direct = await listen(t, { store: memoryStore(), failedSignIns: { max: 1 } });
  assert.equal(await through(direct.ask)("192.0.2.1", as("a")), 401);
  assert.equal((await through(direct.ask)("192.0.2.2", as("b")))[0], 429);
  const off = await listen(t, { store: memoryStore(), failedSignIns: false });
  for (let tries = 0; tries < 30; tries += 1) assert.equal(await through(off.ask)("192.0.2.1", as("a")), 401);
});

test("guesses that come all at once are not looked at all at once", async (t) => {
  let looked = 0;
  const lookup = async (digest) => {
    looked += 1;
    await new Promise((later) => setTimeout(later, 20));
    return digest === tokenDigest("right") ? { permissions: ["scim:*"] } : undefined;
  };
  const { ask } = await listen(t, { store: memoryStore(), auth: bearer({ lookup }), failedSignIns: { max: 3 } });
  const status = async (token) => (await ask("GET", "/Users", undefined, as(token))).status;
  const burst = (tokens) => Promise.all(tokens.map(status));
  const answers = await burst(Array.from({ length: 50 }, (_, at) => `guess-${at}`));
  assert.equal(looked, 3);
  assert.deepEqual([401, 429].map((code) => answers.filter((one) => one === code).length), [3, 47]);
});

test("a credential that nobody has seen may come many times at once", async (t) => {
  let looked = 0;
  let away = false;
  const lookup = async () => {
    looked += 1;
    await new Promise((later) => setTimeout(later, 20));
    if (away) throw new Error("away");
    return { permissions: ["scim:*"] };
  };
  const { ask } = await listen(t, { store: memoryStore(), auth: bearer({ lookup }), failedSignIns: { max: 3 } });
  const burst = (tokens) => Promise.all(tokens.map(async (token) => (await ask("GET", "/Users", undefined, as(token))).status));
  const same = await burst(Array.from({ length: 30 }, () => "same"));
  assert.ok(same.every((code) => code === 200));
  const others = await burst(Array.from({ length: 30 }, (_, at) => `tenant-${at}`));
  assert.ok(others.every((code) => code === 200), "all behind one address");
  away = true;
  const began = performance.now();
  const failing = await burst(Array.from({ length: 30 }, () => "new"));
  assert.ok(failing.every((code) => code === 401), "a directory that is away is nobody's guess");
  assert.ok(looked > 60);
  away = false;
  assert.deepEqual(await burst(["new"]), [200]);
  assert.ok(performance.now() - began < 10_000);
});

test("100,000 addresses do not grow without limit", () => {
  const guard = failedSignIns({ max: 1 });
  const head = (at) => ({ address: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, headers: as("guess") });
  guard.failed(head(0));
  assert.equal(guard.admit(head(0)), 300);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let at = 1; at <= 100_000; at += 1) guard.failed(head(at));
  assert.ok(process.memoryUsage().heapUsed - before < 64 << 20);
  assert.equal(guard.admit(head(0)), 0, "the oldest are forgotten");
  assert.equal(guard.admit(head(100_000)), 300);
  assert.equal(guard.admit(head(90_000)), 300);
});

test("addresses: what a proxy says, networks of IPv6, and what is no address", () => {
  const of = (address, forwarded, proxies = 0) => addressOf({ address, headers: { "x-forwarded-for": forwarded } }, proxies);
  assert.equal(of("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(of("2001:db8:0:1:aaaa::5"), "2001:db8:0:1::/64");
  assert.equal(of("2001:db8::5"), of("2001:0db8:0:0:1:2:3:4"));
  assert.equal(of("fe80::1%eth0"), "fe80:0:0:0::/64");
  assert.equal(of("10.0.0.1", "198.51.100.1, 192.0.2.7", 1), "192.0.2.7");
  assert.equal(of("10.0.0.1", "203.0.113.5, 198.51.100.1, 192.0.2.7", 2), "198.51.100.1");
  assert.equal(of("10.0.0.1", "192.0.2.7:49152", 1), "192.0.2.7", "some proxies add the port");
  assert.equal(of("10.0.0.1", "[2001:db8:0:1::7]:49152", 1), "2001:db8:0:1::/64");
  assert.equal(of("10.0.0.1", "[2001:db8:0:1::7]", 1), "2001:db8:0:1::/64");
  assert.equal(of("10.0.0.1", "2001:db8:0:1::7", 1), "2001:db8:0:1::/64");
  assert.equal(of("10.0.0.1", "no address", 1), "10.0.0.1");
  assert.equal(of("10.0.0.1", "192.0.2.7", 3), "10.0.0.1");
  assert.equal(of(undefined), undefined);
});

test("wrong settings are refused", () => {
  for (const wrong of [{ failedSignIns: { max: 0 } }, { failedSignIns: { minutes: 0 } }, { failedSignIns: { tries: 3 } }, { trustProxy: -1 }, { trustProxy: "loopback" }]) {
    assert.throws(() => createScimHandler({ store: memoryStore(), auth: none(), ...wrong }), TypeError);
  }
});
