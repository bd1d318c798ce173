// What is special about values in JavaScript: the shared vectors say the rest.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as api from "../../bindings-node/js/index.js";
import { GROUP, PATCH, USER } from "./server.mjs";

const { Migration, MemoryServer, ScimError, applyPatch, filter, isValid, migrate, project, schema, validate } = api;
const users = schema("User");
const rosa = () => ({ schemas: [USER], userName: "rosa" });
const codes = (issues) => issues.map((issue) => issue.code);

function refused(run, code) {
  assert.throws(run, (error) => {
    assert.ok(error instanceof ScimError && error instanceof Error, String(error));
    assert.equal(error.code, code);
    assert.equal(error.name, "ScimError");
    assert.ok(error.message.startsWith(code) && error.issues.length > 0 && error.status >= 400);
    return true;
  });
}

test("what has no JSON is refused, with help", () => {
  const cyclic = rosa();
  cyclic.self = cyclic;
  const throwing = { ...rosa(), toJSON: () => assert.fail("mine") };
  for (const value of [cyclic, { ...rosa(), count: 1n }, () => 1, Symbol("x"), undefined, throwing]) {
    refused(() => users.validate(value), "foreign-value");
    refused(() => validate(value), "foreign-value");
    refused(() => filter("userName pr").matches(value), "foreign-value");
    refused(() => applyPatch(rosa(), value), "foreign-value");
    refused(() => users.validate(rosa(), { original: value ?? null, profile: 1n }), "foreign-value");
    assert.ok(users["~standard"].validate(value).issues.length > 0);
  }
  try {
    users.validate({ ...rosa(), count: 1n });
  } catch (error) {
    assert.match(error.issues[0].help, /convert/);
    assert.ok(error.cause instanceof TypeError);
  }
  assert.deepEqual(users.validate({ ...rosa(), displayName: undefined, title: () => 1 }), []);
  assert.deepEqual(codes(users.validate({ ...rosa(), meta: { created: new Date(0) } }, { mode: "response" })).includes("invalid-date-time"), false);
  for (const value of [null, 1, true, "5", []]) assert.deepEqual(codes(users.validate(value)), ["not-an-object"], String(value));
});

test("depth is an issue, not a crash", () => {
  const text = "[".repeat(100_000) + "]".repeat(100_000);
  assert.deepEqual(codes(users.validate(text)), ["too-deep"]);
  assert.deepEqual(codes(users.validate(Buffer.from(text))), ["too-deep"]);
  assert.equal(users.isValid(text), false);
  let object = {};
  for (let depth = 0; depth < 100_000; depth += 1) object = { object };
  refused(() => users.validate(object), "too-deep");
  refused(() => users.applyPatch(rosa(), `{"schemas":["${PATCH}"],"Operations":${text}}`), "too-deep");
  refused(() => filter("(".repeat(100_000) + "userName pr" + ")".repeat(100_000)), "filter-too-long");
  refused(() => filter("(".repeat(3_000) + "userName pr" + ")".repeat(3_000)), "filter-too-deep");
});

test("__proto__ never becomes a prototype", () => {
  const hostile = JSON.parse(`{"schemas":["${USER}"],"userName":"rosa","__proto__":{"admin":true}}`);
  assert.ok(codes(users.validate(hostile)).includes("unknown-attribute"));
  const message = `{"schemas":["${PATCH}"],"Operations":[{"op":"add","value":{"__proto__":{"admin":true},"title":"x"}}]}`;
  for (const run of [
    () => applyPatch(hostile, message).resource,
    () => applyPatch(rosa(), message).resource,
    () => project(hostile),
    () => new MemoryServer().handle({ method: "POST", target: "/Users", body: hostile }).json(),
  ]) {
    let made;
    try {
      made = run();
    } catch (error) {
      assert.ok(error instanceof ScimError);
      continue;
    }
    assert.equal(made.admin, undefined);
    assert.equal(Object.getPrototypeOf(made), Object.prototype);
  }
  assert.equal({}.admin, undefined);
});

test("bytes that are no UTF-8, and half a surrogate pair", () => {
  const bytes = Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
  assert.deepEqual(codes(users.validate(bytes)), ["invalid-utf8"]);
  refused(() => users.project(bytes), "invalid-utf8");
  for (const value of [{ ...rosa(), title: "\ud800" }, `{"schemas":["${USER}"],"userName":"\udc00"}`]) {
    assert.deepEqual(codes(users.validate(value)), ["lone-surrogate"]);
  }
  refused(() => users.validate(rosa(), { mode: "replace", original: bytes }), "invalid-utf8");
  refused(() => users.validate(rosa(), { mode: "replace", original: '{}, "mode": "import"' }), "invalid-json");
});

test("places are counted in the units of the text that was given", () => {
  const text = '{"title":"é😀", x}';
  const [issue] = users.validate(text);
  assert.equal(issue.code, "invalid-json");
  assert.equal(text.indexOf("x"), issue.span[0]);
  const [inBytes] = users.validate(Buffer.from(text));
  assert.equal(Buffer.from(text).indexOf("x"), inBytes.span[0]);

  const broken = 'displayName eq "é😀" adn';
  assert.throws(() => filter(broken), (error) => broken.slice(error.issues[0].span[0]).startsWith("adn"));

  const path = 'emails[value eq "é😀" xor';
  const message = (given) => ({ schemas: [PATCH], Operations: [{ op: "remove", path: given }] });
  const at = path.indexOf("xor");
  for (const patch of [message(path), JSON.stringify(message(path)), Buffer.from(JSON.stringify(message(path)))]) {
    assert.throws(() => users.applyPatch({ ...rosa(), title: "é😀é😀" }, patch), (error) => {
      assert.equal(error.issues[0].pointer, "/Operations/0/path");
      assert.equal(error.issues[0].span[0], at);
      return true;
    });
  }
  const bad = '{"é😀": !}';
  for (const [document, patch] of [[JSON.stringify(rosa()), bad], [bad, message("title")]]) {
    assert.throws(() => users.applyPatch(document, patch), (error) => error.issues[0].span[0] === bad.indexOf("!"));
  }
});

test("text, bytes, views and objects say the same", () => {
  const value = { ...rosa(), active: "yes" };
  const text = JSON.stringify(value);
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array(bytes.length + 8);
  padded.set(bytes, 4);
  const inputs = [value, text, bytes, Buffer.from(text), bytes.buffer, new DataView(padded.buffer, 4, bytes.length)];
  for (const input of inputs) {
    assert.deepEqual(codes(users.validate(input)), ["invalid-boolean"]);
    assert.equal(isValid(input), false);
    assert.equal(filter('userName eq "ROSA"').matches(input), true);
    assert.equal(project(input).userName, "rosa");
  }
  const [{ span, ...found }] = users.validateAt(text, "/active");
  assert.equal(text.slice(...span), '"yes"');
  assert.deepEqual(users.validateAt(value, ["active"]), [found]);
  assert.equal(users.validateAt(value, ["active"])[0].pointer, "/active");
  assert.deepEqual(users.validateAt(value, ["userName"]), []);
  assert.deepEqual(JSON.parse(users.applyPatchText(text, message())), users.applyPatch(value, message()));
  function message() {
    return { schemas: [PATCH], Operations: [{ op: "add", path: "title", value: "Baker" }] };
  }
});

test("the schema that a document names is the one that is used", () => {
  const group = { schemas: [GROUP], displayName: "Bakers" };
  assert.deepEqual(validate(group), []);
  assert.deepEqual(validate(rosa()), []);
  assert.ok(codes(schema("User").validate(group)).includes("required"));
  assert.equal(schema(users), users);
  refused(() => schema("Persons"), "invalid-option");
  refused(() => schema({ resourceType: { name: "X", endpoint: "/X", schema: "urn:x" }, schemas: [{ id: "urn:y" }] }), "invalid-schema");
  refused(() => users.validate(rosa(), { profile: "azure" }), "unknown-profile");
  refused(() => users.validate(rosa(), { modus: "create" }), "invalid-option");
  assert.equal(schema(users.toJSON()).isValid(rosa()), true);
  assert.equal(schema("Group").fields()[0].name !== undefined, true);
});

test("Standard Schema: values in, issues with paths out", () => {
  const standard = users["~standard"];
  assert.deepEqual([standard.version, standard.vendor], [1, "scimforge"]);
  const value = rosa();
  assert.deepEqual(standard.validate(value), { value });
  assert.equal(standard.validate(value).value, value);
  const { issues } = standard.validate({ ...value, emails: [{ value: 5 }] });
  assert.deepEqual(issues[0].path, ["emails", 0, "value"]);
  assert.equal(typeof issues[0].message, "string");
  // Warnings do not make a value invalid; a string is no document here.
  assert.equal(standard.validate({ ...value, emials: [] }).issues, undefined);
  assert.ok(standard.validate(JSON.stringify(value)).issues.length > 0);
});

test("catalogues, and classes that are made by functions", () => {
  assert.ok(api.codes().length > 80 && api.codes().every((row) => /^[a-z0-9-]+$/.test(row.code)));
  assert.deepEqual(api.profiles().strict, []);
  assert.match(api.version, /^\d+\.\d+\.\d+$/);
  const named = filter('emails[type eq "work"].value sw "r"');
  assert.equal(String(named), named.toString());
  assert.ok(named.expression !== undefined && Array.isArray(named.trace));
  assert.throws(() => new users.constructor(), TypeError);
});

test("a migration in pieces is the migration as a whole", () => {
  const ldif = [
    "version: 1",
    "",
    "dn: uid=rosa,ou=people,dc=north,dc=test",
    "objectClass: inetOrgPerson",
    "uid: rosa",
    "cn: Rosa Lind",
    "sn: Lind",
    "mail: rosa@north.test",
    "",
  ].join("\n");
  const whole = migrate("ldif", ldif);
  assert.equal(whole.resources.length, 1);
  assert.equal(whole.resources[0].resource.userName, "rosa");
  const run = new Migration("ldif");
  const bytes = Buffer.from(ldif);
  for (let at = 0; at < bytes.length; at += 7) run.scan(bytes.subarray(at, at + 7));
  run.endScan();
  const outcomes = [];
  for (let at = 0; at < bytes.length; at += 7) outcomes.push(...run.convert(bytes.subarray(at, at + 7)));
  outcomes.push(...run.endConvert());
  assert.deepEqual(outcomes.filter((outcome) => outcome.outcome === "resource"), whole.resources);
  assert.deepEqual(run.report(), whole.report);
  refused(() => migrate("csv99", ""), "unknown-format");
  refused(() => migrate("ldif", ""), "no-records");
});

test("a server in memory, with and without an environment", () => {
  const server = new MemoryServer({ maxResults: 5 });
  const created = server.handle({ method: "POST", target: "/Users", body: rosa() });
  assert.equal(created.status, 201);
  assert.ok(created.body instanceof Uint8Array);
  const env = { now: new Date(0), ids: ["u-1"], baseUrl: "https://scim.example.test/v2" };
  const second = server.handle({ method: "POST", target: "/Users", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...rosa(), userName: "bo" }) }, env);
  assert.deepEqual([second.json().id, second.json().meta.created], ["u-1", "1970-01-01T00:00:00Z"]);
  assert.equal(second.headers.location, "https://scim.example.test/v2/Users/u-1");
  const removed = server.handle({ method: "DELETE", target: "/Users/u-1", headers: new Headers({ "if-match": "*" }) });
  assert.deepEqual([removed.status, removed.json()], [204, undefined]);
  refused(() => server.insert({ schemas: [USER] }), "required");
  refused(() => new MemoryServer({ maxresult: 1 }), "invalid-option");
});

test("bytes that another thread changes are read once", async (t) => {
  const text = new TextEncoder().encode(JSON.stringify(rosa()));
  const shared = new Uint8Array(new SharedArrayBuffer(text.length));
  shared.set(text);
  assert.deepEqual(users.validate(shared), []);
  assert.equal(users.filter('userName eq "rosa"').matches(shared), true);
  const server = new MemoryServer();
  assert.equal(server.handle({ method: "POST", target: "/Users", body: shared }).status, 201);
  const document = users.document(shared);
  shared.fill(32);
  assert.equal(document.toJSON().userName, "rosa");

  // Whoever writes meanwhile, it is one document or another, or none.
  const { Worker } = await import("node:worker_threads");
  const code = `const { workerData: { bytes, texts } } = require("node:worker_threads");
    for (let at = 0; ; at += 1) bytes.set(texts[at % 2]);`;
  const texts = [text, text.map((byte) => (byte === 0x22 ? 0x5c : byte))];
  const worker = new Worker(code, { eval: true, workerData: { bytes: shared, texts } });
  t.after(() => worker.terminate());
  await new Promise((online) => worker.once("online", online));
  for (let count = 0; count < 2_000; count += 1) {
    assert.ok(Array.isArray(users.validate(shared)));
    assert.doesNotThrow(() => users.isValid(shared));
  }
});

test("places in a trace count UTF-16 units", () => {
  const text = 'title eq "😀é" and active eq "True"';
  const [bent] = users.filter(text).trace;
  assert.deepEqual(bent.span, [text.indexOf('"True"'), text.length]);
  const path = 'emails[display eq "😀é" and primary eq "True"]';
  const message = { schemas: [PATCH], Operations: [{ op: "remove", path }] };
  const [first] = users.applyPatch(rosa(), message).trace;
  assert.deepEqual([first.pointer, first.span], ["/Operations/0/path", [path.indexOf('"True"'), path.length - 1]]);
  assert.deepEqual(users.applyPatch(rosa(), JSON.stringify(message)).trace[0].span, first.span);
  const explain = { explain: true };
  const told = [users.applyPatch(rosa(), message, explain), users.explainPatch(rosa(), message)];
  for (const { trace, operations } of [...told, users.document(rosa()).applyPatch(message, explain)]) {
    assert.deepEqual([trace[0].span, operations[0].trace[0].span], [first.span, first.span]);
  }
  const whole = users.filterFrom(users.filter(text).expression).simplified();
  assert.ok(whole.trace.every(({ span }) => span === undefined || span[1] <= whole.toString().length));
});
