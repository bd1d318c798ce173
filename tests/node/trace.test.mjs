// What OpenTelemetry sees: spans in the memory of its own SDK.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";

import * as otel from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

import { createScimHandler, memoryStore, none, sqliteStore } from "../../bindings-node/js/index.js";
import { ERROR, PATCH, USER, folder, listen } from "./server.mjs";

const { SpanKind, SpanStatusCode, context, propagation, trace } = otel;
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(provider);
beforeEach(() => exporter.reset());
after(() => provider.shutdown());

const rosa = (more) => ({ schemas: [USER], userName: "rosa@north.test", ...more });
const own = () => {
  const rows = new Map();
  return {
    get: ({ id }) => rows.get(id),
    query: () => [...rows.values()],
    insert: ({ id }, resource) => void rows.set(id, resource),
    replace: ({ id }, resource) => void rows.set(id, resource),
    remove: ({ id }) => rows.delete(id),
  };
};

/** The spans, outermost first, each with the name of the one that it is part of. */
function spans() {
  const all = exporter.getFinishedSpans();
  const nameOf = (id) => all.find((span) => span.spanContext().spanId === id)?.name;
  return all.map((span) => ({ span, name: span.name, within: nameOf(span.parentSpanContext?.spanId) }));
}

test("a list is a span with that of its query in it, and the shape of its filter", async (t) => {
  const { ask, errors } = await listen(t, { store: own(), observe: { otel } });
  await ask("POST", "/Users", rosa());
  exporter.reset();
  const filter = 'userName eq "rosa@north.test" and not (emails[type eq "work" and value co "south"] or active pr)';
  assert.equal((await ask("GET", `/Users?${new URLSearchParams({ filter })}`, undefined, { "user-agent": "Okta SCIM Client" })).status, 200);
  const [query, ...others] = spans();
  const list = others.at(-1);
  assert.deepEqual([list.name, list.within, query.name, query.within], ["scim.Users.list", undefined, "scim.store.query", "scim.Users.list"]);
  assert.equal(list.span.kind, SpanKind.SERVER);
  assert.deepEqual(list.span.attributes, {
    "http.request.method": "GET",
    "url.scheme": "http",
    "user_agent.original": "Okta SCIM Client",
    "http.response.status_code": 200,
    "http.route": "/Users",
    "scim.operation": "Users:list",
    "scim.filter.shape": "userName eq ? and not (emails[type eq ? and value co ?] or active pr)",
  });
  assert.deepEqual(query.span.attributes, { "db.operation.name": "query" });
  exporter.reset();
  const search = { schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], filter: 'userName sw "ro"' };
  await ask("POST", "/Users/.search", search);
  const found = spans().find(({ name }) => name === "scim.Users.list")?.span.attributes;
  assert.deepEqual([found["http.route"], found["scim.filter.shape"]], ["/Users/.search", "userName sw ?"]);
  assert.deepEqual(errors, []);
});

test("stores in Rust are one span, and values are in none", async (t) => {
  for (const [store, system] of [[memoryStore()], [sqliteStore(join(await folder(t), "scim.db")), "sqlite"]]) {
    const { ask } = await listen(t, { store, observe: { otel } });
    const { body } = await ask("POST", "/Users", rosa());
    const path = `/Users/${body.id}`;
    await ask("GET", path);
    await ask("PATCH", path, { schemas: [PATCH], Operations: [{ op: "replace", path: "title", value: "Rosa's" }] });
    await ask("POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations: [{ method: "DELETE", path }] });
    await ask("GET", "/Users/rosa@north.test");
    await ask("GET", "/Schemas");
    await ask("GET", '/Users?filter=title+eq+"rosa');
    const seen = spans();
    assert.deepEqual(
      seen.map(({ name }) => name),
      [
        ...["scim.store.insert", "scim.Users.create", "scim.store.get", "scim.Users.view", "scim.store.replace", "scim.Users.update"],
        ...["scim.store.bulk", "scim.Bulk.run", "scim.store.get", "scim.Users.view", "scim.Discovery.view", "scim.store.query", "scim.Users.list"],
      ],
    );
    assert.ok(seen.every(({ span, within }) => span.attributes["db.operation.name"] === undefined || within !== undefined));
    assert.equal(seen[0].span.attributes["db.system.name"], system);
    assert.equal(seen[7].span.attributes["scim.bulk.operations"], 1);
    assert.deepEqual([seen[9].span.attributes["http.route"], seen[9].span.attributes["scim.error.code"]], ["/Users/{id}", "not-found"]);
    assert.equal(seen[12].span.status.code, SpanStatusCode.UNSET, "a mistake of the client is none of the server");
    assert.doesNotMatch(JSON.stringify(seen.map(({ span: { name, attributes, events, status } }) => ({ name, attributes, events, status }))), /rosa/i);
    exporter.reset();
  }
});

test("a span goes on where the client's ended, or is part of that of the server", async (t) => {
  const { ask } = await listen(t, { store: memoryStore(), observe: { otel } });
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  await ask("GET", "/Users", undefined, { traceparent });
  const span = exporter.getFinishedSpans().at(-1);
  assert.deepEqual([span.spanContext().traceId, span.parentSpanContext.spanId], ["a".repeat(32), "b".repeat(16)]);

  const scim = createScimHandler({ store: memoryStore(), auth: none(), observe: { otel } });
  const tracer = trace.getTracer("server");
  await tracer.startActiveSpan("GET", async (outer) => {
    await scim.fetch(new Request("http://a.test/scim/v2/Users", { headers: { traceparent } }));
    outer.end();
  });
  const list = spans().findLast(({ name }) => name === "scim.Users.list");
  assert.deepEqual([list.within, list.span.kind], ["GET", SpanKind.INTERNAL]);
});

test("failures of a store are errors, without what they say", async (t) => {
  const store = { ...own(), query: () => Promise.reject(new Error("rosa@north.test is not a number")) };
  const { ask, errors } = await listen(t, { store, observe: { otel } });
  assert.equal((await ask("GET", "/Users")).status, 500);
  assert.equal(errors.length, 1);
  for (const { span } of spans()) {
    assert.deepEqual([span.status, span.attributes["error.type"], span.events], [{ code: SpanStatusCode.ERROR }, "store-failure", []]);
  }
  assert.equal(spans().length, 2);
});

test("answers are the same, and who is not let in leaves a span too", async (t) => {
  const { base } = await listen(t, { store: memoryStore(), observe: { otel } });
  const refused = await fetch(`${base}/Users`);
  assert.deepEqual([refused.status, (await refused.json()).schemas], [401, [ERROR]]);
  const [only, ...others] = spans();
  assert.deepEqual([only.name, only.span.attributes["http.response.status_code"], others], ["scim.Users.list", 401, []]);
});

test("off by default, and not to be had without saying so", async (t) => {
  const { ask } = await listen(t, { store: memoryStore() });
  await ask("GET", "/Users");
  assert.deepEqual(spans(), []);
  assert.throws(() => createScimHandler({ store: memoryStore(), auth: none(), observe: { otel: "yes" } }), /observe.otel/);
});
