// Real frameworks around an endpoint, each listening on a real socket. `/hello` is the
// application's own. Each answers its port and how to close it.

import "reflect-metadata";

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { serve } from "@hono/node-server";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";

export const listening = (server) => new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server.address().port)));
export const closing = (server) => () => new Promise((done) => (server.closeAllConnections?.(), server.close(done)));

async function listener(handler) {
  const server = createServer(handler);
  return { port: await listening(server), close: closing(server) };
}

async function hono(app) {
  const server = await new Promise((ready) => {
    const made = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => ready(made));
  });
  return { port: server.address().port, close: closing(server) };
}

function expressApp() {
  const app = express();
  app.get("/hello", (req, res) => res.send("hello"));
  return app;
}

const hello = (app) => app.get("/hello", (context) => context.text("hello"));

// Nest in plain JavaScript: what decorators do, called by hand.
function nestModule(configure) {
  class Hello {
    hello() {
      return "hello";
    }
  }
  Get("hello")(Hello.prototype, "hello", Object.getOwnPropertyDescriptor(Hello.prototype, "hello"));
  Controller()(Hello);
  class App {}
  App.prototype.configure = configure;
  Module({ controllers: [Hello] })(App);
  return App;
}

async function nest(adapter, { prepare, configure }) {
  const app = await NestFactory.create(nestModule(configure), adapter, { logger: false });
  await prepare?.(app);
  await app.listen(0, "127.0.0.1");
  const server = app.getHttpServer();
  return { port: server.address().port, close: () => (server.closeAllConnections(), app.close()) };
}

export const frameworks = {
  "node:http": (scim) => listener((req, res) => (req.url === "/hello" ? res.end("hello") : scim.node(req, res))),
  "express 5": (scim) => listener(expressApp().use("/scim/v2", scim.express())),
  "express 5 behind express.json()": (scim) => {
    const parser = express.json({ type: ["application/json", "application/scim+json"], limit: "50mb" });
    return listener(express().use(parser).use(expressApp()).use("/scim/v2", scim.express()));
  },
  "express 5 behind express.json() for its own type": (scim) =>
    listener(express().use(express.json({ limit: "50mb" })).use(expressApp()).use(scim.express())),
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
  "hono 4": (scim) => hono(hello(new Hono()).all("/scim/v2/*", scim.hono())),
  "hono 4, the body read before": (scim) => {
    const app = hello(new Hono());
    app.use(async (context, next) => {
      if (context.req.method === "POST") await context.req.text();
      await next();
    });
    return hono(app.all("/scim/v2/*", scim.hono()));
  },
  "koa 3": (scim) => {
    const app = new Koa();
    app.silent = true;
    app.use(scim.koa());
    app.use((context) => {
      context.body = "hello";
    });
    return listener(app.callback());
  },
  "nest 12 on express": (scim) =>
    nest(new ExpressAdapter(), {
      prepare(app) {
        app.use("/scim/v2", scim.express());
        app.setGlobalPrefix("api", { exclude: ["hello"] });
      },
    }),
  // A middleware of a module comes after the parsers of the application.
  "nest 12 on express, behind its body parsers": (scim) =>
    nest(new ExpressAdapter(), {
      prepare: (app) => app.useBodyParser("json", { type: ["application/json", "application/scim+json"], limit: "50mb" }),
      configure: (consumer) => consumer.apply(scim.express()).forRoutes("scim/v2", "scim/v2/*path"),
    }),
  "nest 12 on fastify": (scim) =>
    nest(new FastifyAdapter(), {
      async prepare(app) {
        await app.register(scim.fastify(), { prefix: "/scim/v2" });
        app.setGlobalPrefix("api", { exclude: ["hello"] });
      },
    }),
  "next route handlers": (scim) => {
    const app = hello(new Hono());
    // As Next.js calls them: one function a method, with a Request and the parameters.
    for (const [method, route] of Object.entries(scim.next())) {
      app.on(method, "/scim/v2/*", (context) => route(context.req.raw, { params: Promise.resolve({ path: [] }) }));
    }
    return hono(app);
  },
};
