import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryServer, createScimHandler, memoryStore, none } from "../../bindings-node/js/index.js";
import { listen } from "./server.mjs";

test("the description is served, and is there for tools", async (t) => {
  const { ask, scim, base } = await listen(t, { store: memoryStore() });
  const { status, headers, body } = await ask("GET", "/openapi.json", undefined, { authorization: "" });
  assert.equal(status, 200, "nobody need say who asks");
  assert.equal(headers.get("content-type"), "application/json");
  assert.deepEqual(body.servers, [{ url: base }]);
  assert.deepEqual({ ...scim.openapi(), servers: body.servers }, body);
  const { parameters, responses } = body.components;
  assert.ok("Idempotency-Key" in parameters && "429" in responses);
  assert.deepEqual(body.paths["/Users"].get.responses["429"], { $ref: "#/components/responses/429" });
});

test("what the handler does not do is not described", async (t) => {
  const settings = { store: memoryStore(), auth: none(), baseUrl: "https://id.example.test/scim", idempotency: false, failedSignIns: false };
  const scim = createScimHandler(settings);
  t.after(() => scim.close());
  const { components, paths, servers } = scim.openapi();
  assert.ok(!("Idempotency-Key" in components.parameters));
  assert.equal(paths["/Users"].get.responses["429"], undefined);
  assert.deepEqual(servers, [{ url: settings.baseUrl }]);

  const silent = createScimHandler({ ...settings, openapi: false });
  t.after(() => silent.close());
  const answer = await silent.fetch(new Request("http://localhost/scim/v2/openapi.json"));
  assert.equal(answer.status, 404);
  assert.ok(!("/openapi.json" in silent.openapi().paths));
  assert.throws(() => createScimHandler({ ...settings, openapi: "yes" }), /openapi/);
});

test("a server in memory describes itself too", () => {
  const server = new MemoryServer({ basePath: "/scim" });
  const document = server.openapi("https://id.example.test/scim");
  const served = server.handle({ method: "GET", target: "/openapi.json" }, { baseUrl: "https://id.example.test/scim" });
  assert.deepEqual(served.json(), document);
});
