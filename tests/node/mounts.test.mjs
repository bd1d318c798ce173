// The same endpoint in real frameworks, each listening on a real socket.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import http2 from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";

import { serve } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";

import { bearer, createScimHandler, memoryStore, tokenDigest } from "../../bindings-node/js/index.js";
import { ERROR, USER } from "./server.mjs";

const TOKENS = { north: "quay-north", south: "quay-south" };
const EVERYTHING = { permissions: ["scim:*"] };
const rosa = (more) => ({ schemas: [USER], userName: "rosa", ...more });

function endpoint(more) {
  const errors = [];
  const records = [];
  const tokens = Object.fromEntries(Object.entries(TOKENS).map(([tenant, token]) => [tokenDigest(token), { ...EVERYTHING, tenant, sub: tenant }]));
  const scim = createScimHandler({
    store: memoryStore(),
    auth: bearer({ tokens }),
    onError: (error) => errors.push(error),
    observe: { audit: (record) => records.push(record) },
    ...more,
  });
  return { scim, errors, records };
}

const listening = (server) => new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server.address().port)));
const closing = (server) => () => new Promise((done) => (server.closeAllConnections?.(), server.close(done)));

/** Frameworks: each answers its port and how to close it. `/hello` is the application's own. */
const frameworks = {
  "node:http": async (scim) => {
    const server = createServer((req, res) => (req.url === "/hello" ? res.end("hello") : scim.node(req, res)));
    return { port: await listening(server), close: closing(server) };
  },
  "express 5": async (scim) => {
    const app = express();
    app.get("/hello", (req, res) => res.send("hello"));
    app.use("/scim/v2", scim.express());
    const server = createServer(app);
    return { port: await listening(server), close: closing(server) };
  },
  "express 5 behind express.json()": async (scim) => {
    const app = express();
    app.use(express.json({ type: ["application/json", "application/scim+json"], limit: "50mb" }));
    app.get("/hello", (req, res) => res.send("hello"));
    app.use("/scim/v2", scim.express());
    const server = createServer(app);
    return { port: await listening(server), close: closing(server) };
  },
  "express 5 behind express.json() for its own type": async (scim) => {
    const app = express();
    app.use(express.json({ limit: "50mb" }));
    app.get("/hello", (req, res) => res.send("hello"));
    app.use(scim.express());
    const server = createServer(app);
    return { port: await listening(server), close: closing(server) };
  },
  "fastify 5": async (scim) => {
    const app = Fastify();
    app.get("/hello", async () => "hello");
    // The application's own parsers stay as they are.
    app.post("/hello", async (request) => `hello ${request.body.name}`);
    await app.register(scim.fastify(), { prefix: "/scim/v2" });
    await app.listen({ port: 0, host: "127.0.0.1" });
    const own = await fetch(`http://127.0.0.1:${app.server.address().port}/hello`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":"rosa"}',
    });
    assert.equal(await own.text(), "hello rosa");
    return { port: app.server.address().port, close: () => (app.server.closeAllConnections(), app.close()) };
  },
  "hono 4": async (scim) => {
    const app = new Hono();
    app.get("/hello", (context) => context.text("hello"));
    app.all("/scim/v2/*", scim.hono());
    const server = await new Promise((ready) => {
      const made = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => ready(made));
    });
    return { port: server.address().port, close: closing(server) };
  },
  "hono 4, the body read before": async (scim) => {
    const app = new Hono();
    app.get("/hello", (context) => context.text("hello"));
    app.use(async (context, next) => {
      if (context.req.method === "POST") await context.req.text();
      await next();
    });
    app.all("/scim/v2/*", scim.hono());
    const server = await new Promise((ready) => {
      const made = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => ready(made));
    });
    return { port: server.address().port, close: closing(server) };
  },
  "koa 3": async (scim) => {
    const app = new Koa();
    app.silent = true;
    app.use(scim.koa());
    app.use((context) => {
      context.body = "hello";
    });
    const server = createServer(app.callback());
    return { port: await listening(server), close: closing(server) };
  },
  "next route handlers": async (scim) => {
    const routes = scim.next();
    const app = new Hono();
    app.get("/hello", (context) => context.text("hello"));
    // As Next.js calls them: one function a method, with a Request and the parameters.
    for (const [method, route] of Object.entries(routes)) {
      app.on(method, "/scim/v2/*", (context) => route(context.req.raw, { params: Promise.resolve({ path: [] }) }));
    }
    const server = await new Promise((ready) => {
      const made = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => ready(made));
    });
    return { port: server.address().port, close: closing(server) };
  },
};

for (const [name, mount] of Object.entries(frameworks)) {
  test(`${name}: a life, both content types, two tenants in flight, large and broken bodies`, async (t) => {
    const { scim, errors, records } = endpoint();
    const { port, close } = await mount(scim);
    t.after(async () => {
      await close();
      await scim.close();
    });
    const base = `http://127.0.0.1:${port}/scim/v2`;
    const ask = async (method, path, body, { token = TOKENS.north, type = "application/scim+json", ...headers } = {}) => {
      const response = await fetch(base + path, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": type }), ...headers },
        body: body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: text.startsWith("{") ? JSON.parse(text) : undefined };
    };
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/hello`)).text(), "hello");

    for (const type of ["application/scim+json", "application/json", "application/scim+json; charset=utf-8"]) {
      const made = await ask("POST", "/Users", rosa({ userName: `rosa-${type}` }), { type });
      assert.equal(made.status, 201, type + made.text);
      assert.equal(made.headers.get("location"), `${base}/Users/${made.body.id}`);
      assert.match(made.headers.get("content-type"), /^application\/scim\+json/);
      const etag = made.headers.get("etag");
      const path = `/Users/${made.body.id}`;
      assert.equal((await ask("GET", path, undefined, { "if-none-match": etag })).status, 304);
      const patch = { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: [{ op: "replace", path: "active", value: false }] };
      assert.equal((await ask("PATCH", path, patch, { type })).body.active, false);
      assert.equal((await ask("PUT", path, rosa({ userName: "lind" }), { type, "if-match": etag })).status, 412);
      assert.equal((await ask("GET", `/Users?filter=${encodeURIComponent(`id eq "${made.body.id}"`)}`)).body.totalResults, 1);
      const gone = await ask("DELETE", path);
      assert.deepEqual([gone.status, gone.text], [204, ""]);
    }

    // What a framework might answer by itself is answered as SCIM does.
    const bare = await fetch(`${base}/Users`);
    assert.deepEqual([bare.status, (await bare.json()).schemas], [401, [ERROR]]);
    assert.match(bare.headers.get("www-authenticate"), /^Bearer /);
    for (const [method, path, body, status, type] of [
      ["GET", "/Nothing", undefined, 404],
      ["PUT", "/Users", rosa(), 405],
      ["POST", "/Users", "x", 415, "text/plain"],
      ["GET", `/Users/${"x".repeat(300)}`, undefined, 404],
      ["GET", "/Users/a%2Fb", undefined, 400],
    ]) {
      const answer = await ask(method, path, body, { type });
      assert.deepEqual([answer.status, answer.body?.schemas, answer.body?.status], [status, [ERROR], String(status)], path + answer.text);
    }
    const prefixed = await fetch(`http://127.0.0.1:${port}/scim/v2x/Users`);
    assert.ok(prefixed.status === 404 || (await prefixed.text()) === "hello");
    assert.equal((await ask("GET", "")).status, 200);

    // Two tenants in flight, at the same time.
    const names = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const tenant = index % 2 === 0 ? "north" : "south";
        const made = await ask("POST", "/Users", rosa({ userName: `u-${index >> 1}` }), { token: TOKENS[tenant] });
        assert.equal(made.status, 201, made.text);
        return { tenant, id: made.body.id };
      }),
    );
    for (const { tenant, id } of names.slice(0, 4)) {
      const other = tenant === "north" ? "south" : "north";
      assert.equal((await ask("GET", `/Users/${id}`, undefined, { token: TOKENS[tenant] })).status, 200);
      assert.equal((await ask("GET", `/Users/${id}`, undefined, { token: TOKENS[other] })).status, 404);
    }

    // 10 MB and a little.
    const large = new Uint8Array((10 << 20) + 10).fill(32);
    large.set(new TextEncoder().encode(`{"schemas":["${USER}"],"userName":"large"`));
    large[large.length - 1] = 0x7d;
    const refused = await ask("POST", "/Users", large);
    // A parser that was there first read it, blanks and all, and handed on what it means.
    if (refused.status !== 201) {
      assert.deepEqual([refused.status, refused.body?.status], [413, "413"], refused.text);
      assert.match(refused.body.detail, /10485760/);
    } else {
      assert.match(name, /behind express\.json\(\)$/);
    }

    // A client that goes away in the middle.
    const before = (await ask("GET", "/Users")).body.totalResults;
    await new Promise((done) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.write(`POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKENS.north}\r\n`);
        socket.write('Content-Type: application/scim+json\r\nContent-Length: 500\r\n\r\n{"userName":"half"');
        setTimeout(() => socket.destroy(), 50);
      });
      socket.on("error", () => {});
      socket.on("close", done);
    });
    await new Promise((done) => setTimeout(done, 50));
    assert.equal((await ask("GET", "/Users")).body.totalResults, before);
    assert.deepEqual(errors.filter((error) => !/abort/i.test(String(error?.message ?? error))), []);
    if (!/behind|read before/.test(name)) assert.equal(records.filter(({ status }) => status === 499).length, 1);
  });
}

test("mounts with parameters: the tenant of the path has to be that of the credential", async (t) => {
  const { scim } = endpoint();
  const app = express();
  app.use("/t/:tenant/scim", scim.express());
  const server = createServer(app);
  const port = await listening(server);
  t.after(closing(server));
  const other = Fastify();
  await other.register(scim.fastify(), { prefix: "/t/:tenant/scim" });
  await other.listen({ port: 0, host: "127.0.0.1" });
  t.after(() => other.close());
  for (const one of [port, other.server.address().port]) {
    const base = `http://127.0.0.1:${one}/t/north/scim`;
    const headers = { authorization: `Bearer ${TOKENS.north}`, "content-type": "application/scim+json" };
    const made = await fetch(`${base}/Users`, { method: "POST", headers, body: JSON.stringify(rosa({ userName: `at-${one}` })) });
    assert.equal(made.status, 201);
    assert.equal(made.headers.get("location"), `${base}/Users/${(await made.json()).id}`);
    assert.equal((await fetch(`${base}/Users`, { headers: { ...headers, authorization: `Bearer ${TOKENS.south}` } })).status, 403);
    assert.equal((await fetch(`${base}/Schemas/${USER}`)).status, 200);
  }
});

test("HTTP/2: the same listener", async (t) => {
  const { scim } = endpoint({ limits: { maxBody: "1kb" } });
  const server = http2.createServer(scim.node());
  const port = await listening(server);
  const client = http2.connect(`http://127.0.0.1:${port}`);
  t.after(() => {
    client.close();
    server.close();
  });
  const ask = (method, path, body) =>
    new Promise((done, failed) => {
      const headers = { ":method": method, ":path": `/scim/v2${path}`, authorization: `Bearer ${TOKENS.north}`, "content-type": "application/scim+json" };
      const stream = client.request(headers, { endStream: body === undefined });
      let [status, location, text] = [0, undefined, ""];
      stream.on("response", (answered) => ([status, location] = [answered[":status"], answered.location]));
      stream.on("data", (chunk) => (text += chunk));
      stream.on("end", () => done({ status, location, body: JSON.parse(text) }));
      stream.on("error", failed);
      if (body !== undefined) stream.end(JSON.stringify(body));
    });
  const made = await ask("POST", "/Users", rosa());
  assert.deepEqual([made.status, made.location], [201, `http://127.0.0.1:${port}/scim/v2/Users/${made.body.id}`]);
  assert.equal((await ask("POST", "/Users", rosa({ title: "x".repeat(2000) }))).status, 413);
  assert.equal((await ask("GET", "/Users")).body.totalResults, 1);
});

test("two handlers in one process never touch", async () => {
  const [one, other] = [endpoint(), endpoint({ basePath: "/other", profile: "strict" })];
  const headers = { authorization: `Bearer ${TOKENS.north}`, "content-type": "application/scim+json" };
  const made = await one.scim.fetch(new Request("http://a.test/scim/v2/Users", { method: "POST", headers, body: JSON.stringify(rosa()) }));
  assert.equal(made.status, 201);
  assert.equal((await (await other.scim.fetch(new Request("http://b.test/other/Users", { headers }))).json()).totalResults, 0);
  await one.scim.close();
  assert.equal((await other.scim.fetch(new Request("http://b.test/other/Users", { headers }))).status, 200);
});
