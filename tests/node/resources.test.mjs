// Resource types put together from their parts, and the settings around them.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { core, createScimHandler, defineResource, memoryStore, none, pgStore, schema } from "../../bindings-node/js/index.js";
import { USER, folder } from "./server.mjs";

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const badge = { id: "urn:example:Badge", name: "Badge", attributes: [{ name: "number", type: "string" }] };
const device = { id: "urn:example:Device", name: "Device", attributes: [{ name: "serial", type: "string", required: true }] };

const handler = (settings) => createScimHandler({ store: memoryStore(), auth: none(), ...settings });
const asking = (scim) => async (method, path, body) => {
  const headers = { "content-type": "application/scim+json" };
  const response = await scim.fetch(new Request(`http://scim.example.test/scim/v2${path}`, { method, headers, body: body && JSON.stringify(body) }));
  return { status: response.status, body: await response.json() };
};

test("core types take extensions, and types of one's own come from documents or files", async (t) => {
  const path = join(await folder(t), "device.json");
  await writeFile(path, JSON.stringify(device));
  const devices = defineResource({ name: "Device", schema: path, extensions: [{ schema: badge, required: true }] });
  const scim = handler({ resources: [core.User.with(core.EnterpriseUser, badge), core.Group, devices] });
  const ask = asking(scim);

  const { body: types } = await ask("GET", "/ResourceTypes");
  const extensions = Object.fromEntries(types.Resources.map(({ name, schemaExtensions }) => [name, schemaExtensions]));
  assert.deepEqual(extensions, {
    User: [{ schema: ENTERPRISE, required: false }, { schema: badge.id, required: false }],
    Group: undefined,
    Device: [{ schema: badge.id, required: true }],
  });
  assert.deepEqual(
    scim.schemas().map(({ id }) => id).filter((id) => id.startsWith("urn:example")),
    [badge.id, device.id],
    "an extension of two types is there once",
  );
  const made = await ask("POST", "/Devices", { schemas: [device.id, badge.id], serial: "x-7", [badge.id]: { number: "12" } });
  assert.deepEqual([made.status, made.body[badge.id]], [201, { number: "12" }]);
  assert.equal((await ask("POST", "/Devices", { schemas: [device.id], serial: "x-8" })).status, 400, "the extension is required");
  const rosa = { schemas: [USER, badge.id], userName: "rosa", [badge.id]: { number: "7" } };
  assert.equal((await ask("POST", "/Users", rosa)).status, 201);
  assert.ok(schema(core.User.with(badge)).isValid(rosa), "a definition is what schema() takes");
  assert.equal(core.User.resourceType.schemaExtensions, undefined, "what others extended is as it was");
});

test("slips in definitions are told when they are made", () => {
  assert.throws(() => defineResource({ endpoint: "/Devices", schema: device }), /`name`/);
  assert.throws(() => defineResource({ name: "Device", schema: { attributes: [] } }), /its `id`/);
  assert.throws(() => defineResource({ name: "Device", schema: device, endpiont: "/D" }), /no setting `endpiont`/);
  assert.throws(() => defineResource({ name: "Device", schema: "/nowhere/device.json" }), /ENOENT/);
  assert.throws(() => core.User.with("/nowhere/badge.json"), /ENOENT/);
  assert.throws(() => core.User.with(new URL(import.meta.url)), /an extension cannot be read from .*resources\.test\.mjs/);
  assert.throws(() => handler({ resources: [core.User, core.User] }), /endpoints differ/);
  for (const endpoint of ["/Bulk", "/Me", "/Schemas", "/.search", "/openapi.json", "/v2", "/", "/a b", "/Öfen", "/a;b"]) {
    const resources = [core.User, defineResource({ name: "Device", endpoint, schema: device })];
    assert.throws(() => handler({ resources }), /`resources\[1\]\.endpoint` takes a path such as \/Devices/, endpoint);
  }
});

test("what a Bulk and a cursor may be has a place among the limits and the pagination", async () => {
  const ask = asking(
    handler({
      limits: { bulk: { maxOperations: 7, maxPayload: "2kb" } },
      pagination: { default: "cursor", cursor: { secret: "a lantern, two quays and a good deal of rope", ttl: "2h" } },
    }),
  );
  const { body } = await ask("GET", "/ServiceProviderConfig");
  assert.deepEqual(body.bulk, { supported: true, maxOperations: 7, maxPayloadSize: 2048 });
  assert.deepEqual([body.pagination.cursorTimeout, body.pagination.defaultPaginationMethod], [7200, "cursor"]);
  assert.throws(() => handler({ pagination: { cursor: { secret: "short" } } }), /pagination\.cursor\.secret/);
  assert.throws(() => handler({ pagination: { cursor: { key: "x" } } }), /no setting of `pagination.cursor` `key`/);
  assert.throws(() => handler({ pagination: { cursor: { secret: "x".repeat(32), ttl: "soon" } } }), /pagination\.cursor\.ttl/);
});

test("statements for PostgreSQL are there for whoever asks for them by name", () => {
  assert.match(handler({}).ddl("postgres"), /^CREATE TABLE IF NOT EXISTS scim_document/);
  assert.throws(() => handler({}).ddl(), /ddl\("postgres"\)/);
  assert.throws(() => handler({}).ddl("oracle"), /"postgres"/);
  const pool = { query: async () => ({ rows: [] }), connect: async () => pool, release() {} };
  const scim = handler({ store: pgStore(pool, { prefix: "people_" }) });
  assert.match(scim.ddl("postgres"), /people_document/);
  assert.equal(scim.ddl(), scim.ddl("postgres"));
});
