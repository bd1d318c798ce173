// The example applications, each started as its first lines say and asked over a real socket.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { tokenDigest } from "../../bindings-node/js/index.js";
import { TOKENS, asking, bothContentTypes, errorsOfScim, goesAway, rosa } from "./life.mjs";
import { project, root, started } from "./project.mjs";
import { PATCH, USER } from "./server.mjs";

const run = promisify(execFile);
const digest = tokenDigest(TOKENS.north);

async function life(base) {
  await bothContentTypes(base);
  await errorsOfScim(base);
  await goesAway(base);
}

test("Express: who is deactivated can no longer sign in", async (t) => {
  const scratch = await project(t, "express.mjs");
  const app = await started(t, scratch, ["express.mjs"], { SCIM_TOKEN_DIGEST: digest });
  await life(`${app.origin}/scim/v2`);
  const ask = asking(app.origin);
  const login = async () => {
    const { status, body } = await ask("POST", "/acme/login", { login: "Rosa@acme.example" }, { type: "application/json" });
    return [status, body.hello];
  };
  assert.deepEqual(await login(), [403, undefined]);
  const made = await ask("POST", "/scim/v2/Users", { schemas: [USER], userName: "rosa@acme.example", displayName: "Rosa", active: true });
  assert.equal(made.status, 201);
  assert.deepEqual(await login(), [200, "Rosa"]);
  const off = { schemas: [PATCH], Operations: [{ op: "replace", value: { active: false } }] };
  assert.equal((await ask("PATCH", `/scim/v2/Users/${made.body.id}`, off)).status, 200);
  assert.deepEqual(await login(), [403, undefined]);
  assert.deepEqual(await app.stop(), [0, null]);
});

test("Fastify: customers with paths, tokens and people of their own", async (t) => {
  const scratch = await project(t, "fastify.mjs");
  const tenants = Object.fromEntries(Object.entries(TOKENS).map(([tenant, token]) => [tenant, tokenDigest(token)]));
  const app = await started(t, scratch, ["fastify.mjs"], { TENANTS: JSON.stringify(tenants) }, "/t/north/scim/v2/Schemas");
  await life(`${app.origin}/t/north/scim/v2`);
  for (const [tenant, token] of Object.entries(TOKENS)) {
    const ask = asking(`${app.origin}/t/${tenant}/scim/v2`);
    assert.equal((await ask("POST", "/Users", rosa(), { token })).status, 201);
    assert.equal((await ask("GET", "/Users", undefined, { token })).body.totalResults, 1);
    const other = tenant === "north" ? "south" : "north";
    assert.equal((await ask("GET", "/Users", undefined, { token: TOKENS[other] })).status, 403);
  }
  const echo = await asking(app.origin)("POST", "/echo", { hello: "Rosa" }, { type: "application/json" });
  assert.deepEqual(echo.body, { hello: "Rosa" });
  assert.deepEqual(await app.stop(), [0, null]);
});

test("Hono: a token that may do everything, and a password that may read", async (t) => {
  const scratch = await project(t, "hono.mjs");
  const app = await started(t, scratch, ["hono.mjs"], { SCIM_TOKEN_DIGEST: digest, HR_PASSWORD: "three lanterns" });
  const base = `${app.origin}/scim/v2`;
  await life(base);
  const ask = asking(base);
  assert.equal((await ask("POST", "/Users", rosa())).status, 201);
  const authorization = `Basic ${btoa("hr:three lanterns")}`;
  assert.equal((await ask("GET", "/Users", undefined, { authorization })).body.totalResults, 1);
  assert.equal((await ask("POST", "/Users", rosa({ userName: "lind" }), { authorization })).status, 403);
  assert.equal((await ask("GET", "/Users", undefined, { authorization: `Basic ${btoa("hr:guess")}` })).status, 401);
  assert.equal(await (await fetch(app.origin)).text(), "an application");
  assert.deepEqual(await app.stop(), [0, null]);
});

test("Nest: compiled by tsc, on Express and on Fastify", async (t) => {
  const scratch = join(await project(t, "nest"), "nest");
  await run(process.execPath, [join(root, "tests/node_modules/typescript/bin/tsc"), "--project", scratch]);
  for (const main of ["dist/main-express.js", "dist/main-fastify.js"]) {
    const app = await started(t, scratch, [main], { SCIM_TOKEN_DIGEST: digest, SCIM_DATABASE: ":memory:" });
    await life(`${app.origin}/scim/v2`);
    assert.equal(await (await fetch(`${app.origin}/api/hello`)).text(), "hello");
    assert.equal((await fetch(`${app.origin}/hello`)).status, 404);
    const [code, signal] = await app.stop();
    assert.ok(code === 0 || signal === "SIGTERM", `${code} ${signal}`);
  }
});
