// The same endpoint in real frameworks, each listening on a real socket.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import http2 from "node:http2";
import { test } from "node:test";

import { createAdaptorServer } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";

import { closing, frameworks, listening } from "./frameworks.mjs";
import { TOKENS, asking, bothContentTypes, endpoint, errorsOfScim, goesAway, largeUser, rawPost, rosa, tenantsInFlight } from "./life.mjs";
import { USER } from "./server.mjs";

const origin = (port) => `http://127.0.0.1:${port}`;

for (const [name, mount] of Object.entries(frameworks)) {
  // A parser that was there first reads a body, blanks and all, and hands on what it means.
  const isReadBefore = /behind|read before/.test(name);

  async function mounted(t, settings) {
    const made = endpoint(settings);
    const { port, close } = await mount(made.scim);
    t.after(async () => {
      await close();
      await made.scim.close();
    });
    return { ...made, origin: origin(port), base: `${origin(port)}/scim/v2`, ask: asking(`${origin(port)}/scim/v2`) };
  }

  test(`${name}: both content types, errors, two tenants in flight, a client that goes away`, async (t) => {
    const { origin, base, errors, records } = await mounted(t);
    assert.equal(await (await fetch(`${origin}/hello`)).text(), "hello");
    await bothContentTypes(base);
    await errorsOfScim(base);
    const prefixed = await fetch(`${base}x/Users`);
    assert.ok(prefixed.status === 404 || (await prefixed.text()) === "hello");
    await tenantsInFlight(base);
    await goesAway(base);
    assert.deepEqual(errors.filter((error) => !/abort/i.test(String(error?.message ?? error))), []);
    if (!isReadBefore) assert.equal(records.filter(({ status }) => status === 499).length, 1);
  });

  test(`${name}: 10 MB are refused without waiting for them, and taken where the limit is higher`, async (t) => {
    const { base, ask } = await mounted(t);
    const refused = await ask("POST", "/Users", largeUser(10));
    if (refused.status !== 201) {
      assert.deepEqual([refused.status, refused.body?.status], [413, "413"], refused.text);
      assert.match(refused.body.detail, /10485760/);
    } else {
      assert.ok(isReadBefore);
    }
    if (!isReadBefore) {
      const heard = await rawPost(base, 11 << 20, (socket) => {
        socket.write('{"schemas":');
        socket.on("heard", (text) => /10485760/.test(text) && socket.destroy());
      });
      assert.match(heard, /^HTTP\/1.1 413 /);
    }
    assert.equal((await ask("GET", "/Users")).status, 200);

    const higher = await mounted(t, { limits: { maxBody: "12mb", jsonBytes: "12mb" } });
    const taken = await higher.ask("POST", "/Users", largeUser(10));
    assert.deepEqual([taken.status, taken.body?.userName], [201, "large"], taken.text);
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

test("a function of one's own gets what the framework knows of who asks", async (t) => {
  const seen = [];
  const auth = ({ raw, address, authorization }) => {
    seen.push([typeof address, authorization]);
    const user = raw.user ?? raw.state?.user ?? raw.get?.("user") ?? raw.headers.get?.("x-user");
    return user === "rosa" ? { sub: "rosa", permissions: ["Users:list"] } : undefined;
  };
  const apps = {
    node: (scim) => createServer((req, res) => scim.node(Object.assign(req, { user: req.headers["x-user"] }), res)),
    express: (scim) => {
      const sessions = (req, res, next) => next(void (req.user = req.headers["x-user"]));
      return createServer(express().use(sessions).use("/scim/v2", scim.express()));
    },
    koa: (scim) => {
      const app = new Koa();
      app.use((context, next) => next(void (context.state.user = context.get("x-user"))));
      return createServer(app.use(scim.koa()).callback());
    },
    fastify: async (scim) => {
      const app = Fastify();
      app.decorateRequest("user", null);
      app.addHook("onRequest", async (request) => void (request.user = request.headers["x-user"]));
      await app.register(scim.fastify(), { prefix: "/scim/v2" });
      await app.ready();
      return app.server;
    },
    hono: (scim) => {
      const app = new Hono();
      app.use(async (context, next) => {
        context.set("user", context.req.header("x-user"));
        await next();
      });
      return createAdaptorServer({ fetch: app.all("/scim/v2/*", scim.hono()).fetch });
    },
  };
  for (const [name, make] of Object.entries(apps)) {
    const { scim, errors } = endpoint({ auth });
    const server = await make(scim);
    t.after(closing(server));
    const base = `${origin(await listening(server))}/scim/v2/Users`;
    const status = async (user) => (await fetch(base, { headers: { "x-user": user } })).status;
    assert.deepEqual([await status("rosa"), await status("ida")], [200, 401], name);
    assert.deepEqual([seen.pop(), errors], [["string", undefined], []], name);
  }
  const { scim } = endpoint({ auth });
  const asked = (user) => scim.fetch(new Request("http://127.0.0.1/scim/v2/Users", { headers: { "x-user": user } }));
  assert.deepEqual([(await asked("rosa")).status, (await asked("ida")).status], [200, 401]);
});

test("the address is the client's, as the proxies in front tell it", async () => {
  const addresses = [];
  const auth = ({ address }) => void addresses.push(address);
  const head = { headers: { "x-forwarded-for": "203.0.113.9, 2001:db8:7::12" } };
  for (const trustProxy of [0, 1, 2]) {
    const { scim } = endpoint({ auth, trustProxy });
    await scim.fetch(new Request("http://127.0.0.1/scim/v2/Users", head), { address: "10.0.0.1" });
  }
  assert.deepEqual(addresses, ["10.0.0.1", "2001:db8:7::12", "203.0.113.9"]);
});
