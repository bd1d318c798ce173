// "Add SCIM to your application in 15 minutes", done as it is written, and the example beside it.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { createScimHandler, createToken, none } from "../../bindings-node/js/index.js";
import { PATCH, USER, folder } from "./server.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = await readFile(join(root, "bindings-node/README.md"), "utf8");

/** The code blocks of the section, in order. */
function blocks() {
  const from = readme.indexOf("## Add SCIM to your application");
  const section = readme.slice(from, readme.indexOf("\n## ", from + 1));
  return [...section.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, code]) => ({ language, code }));
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** A folder with what `npm install` would have put there. */
async function project(t) {
  const scratch = await folder(t);
  await mkdir(join(scratch, "node_modules/@scimforge"), { recursive: true });
  await mkdir(join(scratch, "node_modules/.bin"));
  await symlink(join(root, "bindings-node"), join(scratch, "node_modules/@scimforge/node"));
  await symlink("../@scimforge/node/js/cli/main.js", join(scratch, "node_modules/.bin/scimforge-node"));
  await symlink(join(root, "tests/node_modules/express"), join(scratch, "node_modules/express"));
  await writeFile(join(scratch, "package.json"), '{"name":"app","private":true}');
  return scratch;
}

async function reached(url) {
  for (let tries = 0; tries < 200; tries += 1) {
    const response = await fetch(url).catch(() => undefined);
    if (response !== undefined) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  assert.fail(`${url} does not answer`);
}

test("the 15 minutes", async (t) => {
  const [install, server, start, curls, store, ...rest] = blocks();
  assert.deepEqual([install, server, start, curls, store].map(({ language }) => language), ["sh", "js", "sh", "sh", "js"]);
  assert.deepEqual(rest, []);
  const scratch = await project(t);
  const port = await freePort();
  const [first, makeToken] = install.code.trim().split("\n");
  assert.equal(first, "npm install @scimforge/node express");
  const { stdout: made } = await run("sh", ["-c", makeToken], { cwd: scratch });
  const [, token, digest] = /^token {3}(\S+)\ndigest {2}(\S+)$/m.exec(made);

  // The port, the token and its digest are all that is put in.
  const placed = (code) => code.replaceAll("sha256:…", digest).replaceAll("scim_…", token).replaceAll("3000", String(port));
  for (const { code } of [server, store]) {
    await writeFile(join(scratch, /^\/\/ (\S+)$/m.exec(code)[1]), placed(code));
  }
  const child = spawn("sh", ["-c", `exec env ${placed(start.code).trim()}`], { cwd: scratch, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let log = "";
  child.stdout.on("data", (chunk) => (log += chunk));
  await reached(`http://127.0.0.1:${port}/scim/v2/Schemas`);
  const answers = [];
  for (const line of placed(curls.code).replaceAll("\\\n", " ").trim().split("\n")) {
    answers.push(JSON.parse((await run("sh", ["-c", line])).stdout));
  }
  assert.equal(answers[0].userName, "rosa@acme.example");
  assert.deepEqual([answers[1].totalResults, answers[1].Resources?.[0].id], [1, answers[0].id]);
  const records = log.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(records.slice(-2).map(({ operation, status }) => [operation, status]), [["Users:create", 201], ["Users:list", 200]]);

  // The store of one's own.
  const { storeOver } = await import(pathToFileURL(join(scratch, "store.mjs")));
  const rows = new Map();
  const scim = createScimHandler({ store: storeOver(rows), auth: none() });
  const ask = async (method, path, body, headers = {}) => {
    const init = { method, headers: { "content-type": "application/json", ...headers }, body: body && JSON.stringify(body) };
    return scim.fetch(new Request(`http://a.test/scim/v2${path}`, init));
  };
  const rosa = { schemas: [USER], userName: "Rosa" };
  const { id } = await (await ask("POST", "/Users", rosa)).json();
  assert.equal((await ask("POST", "/Users", { ...rosa, userName: "rosa" })).status, 409);
  assert.equal((await ask("PATCH", `/Users/${id}`, { schemas: [PATCH], Operations: [{ op: "replace", value: { active: false } }] })).status, 200);
  assert.equal(rows.get(id).enabled, false);
  assert.equal((await ask("PUT", `/Users/${id}`, rosa, { "if-match": 'W/"old"' })).status, 412);
  assert.equal((await (await ask("GET", '/Users?filter=userName sw "RO"&sortBy=userName')).json()).totalResults, 1);
  assert.equal((await ask("DELETE", `/Users/${id}`)).status, 204);
  assert.equal((await ask("DELETE", `/Users/${id}`)).status, 404);
});

test("the Express example: who is deactivated can no longer sign in", async (t) => {
  const scratch = await project(t);
  await writeFile(join(scratch, "express.mjs"), await readFile(join(root, "bindings-node/examples/express.mjs"), "utf8"));
  const { token, digest } = createToken();
  const port = await freePort();
  const env = { ...process.env, SCIM_TOKEN_DIGEST: digest, PORT: String(port) };
  const child = spawn(process.execPath, ["express.mjs"], { cwd: scratch, env, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const base = `http://127.0.0.1:${port}`;
  await reached(`${base}/scim/v2/Schemas`);
  const ask = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  };
  const login = () => ask("POST", "/acme/login", { login: "Rosa@acme.example" });
  assert.equal((await login()).status, 403);
  const made = await ask("POST", "/scim/v2/Users", { schemas: [USER], userName: "rosa@acme.example", displayName: "Rosa", active: true });
  assert.equal(made.status, 201);
  assert.deepEqual(await login(), { status: 200, body: { hello: "Rosa" } });
  const off = { schemas: [PATCH], Operations: [{ op: "replace", value: { active: false } }] };
  assert.equal((await ask("PATCH", `/scim/v2/Users/${made.body.id}`, off)).status, 200);
  assert.equal((await login()).status, 403);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
