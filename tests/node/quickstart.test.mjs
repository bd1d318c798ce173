// "Add SCIM to your application in 15 minutes", done as it is written.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { createScimHandler, none } from "../../bindings-node/js/index.js";
import { freePort, project, reached, root } from "./project.mjs";
import { PATCH, USER } from "./server.mjs";

const run = promisify(execFile);
const readme = await readFile(join(root, "bindings-node/README.md"), "utf8");

/** The code blocks of the section, in order. */
function blocks(title = "## Add SCIM to your application") {
  const from = readme.indexOf(title);
  const section = readme.slice(from, readme.indexOf("\n## ", from + 1));
  return [...section.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, code]) => ({ language, code }));
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

test("tokens that come and go", async (t) => {
  const [commands, server, ...rest] = blocks("## Tokens that come and go");
  assert.deepEqual([commands.language, server.language, rest], ["sh", "js", []]);
  const scratch = await project(t);
  const [make, rotate, revoke] = commands.code.trim().split("\n");
  const told = async (line) => /^token {3}(\S+)$/m.exec((await run("sh", ["-c", line], { cwd: scratch })).stdout)?.[1];
  // A server in the folder of the file, asked by whoever has these tokens.
  await writeFile(
    join(scratch, "asks.mjs"),
    `import { bearer, createScimHandler, memoryStore } from "@scimforge/node";
    ${server.code}
    const scim = createScimHandler({ store: memoryStore(), auth });
    const ask = (token) => scim.fetch(new Request("http://a.test/scim/v2/Users", { headers: { authorization: "Bearer " + token } }));
    console.log((await Promise.all(process.argv.slice(2).map(ask))).map(({ status }) => status).join());`,
  );
  const asked = async (...tokens) => (await run(process.execPath, ["asks.mjs", ...tokens], { cwd: scratch })).stdout.trim();
  const first = await told(make);
  assert.equal(await asked(first, "scim_other"), "200,401");
  const second = await told(rotate);
  assert.equal(await asked(first, second), "200,200");
  await told(revoke);
  assert.equal(await asked(first, second), "401,401");
});

test("sign-in that one has already", async (t) => {
  const [{ code }] = blocks("## Sign-in that you have already");
  const scratch = await project(t);
  await writeFile(join(scratch, "auth.mjs"), `${code}\nexport { auth };`);
  const { auth } = await import(pathToFileURL(join(scratch, "auth.mjs")));
  // A node:http server in front that has asked for certificates, and a middleware that knows users.
  const certificate = (CN, authorized = true) => ({ socket: { authorized, getPeerCertificate: () => ({ subject: { CN } }) } });
  const admin = { socket: {}, user: { name: "rosa", org: "globex", admin: true } };
  const tenant = (raw, address) => auth({ raw, address })?.tenant;
  assert.equal(tenant(certificate("hr.acme.example"), "192.0.2.1"), "acme");
  assert.equal(tenant(certificate("hr.globex.example"), "192.0.2.1"), undefined);
  assert.equal(tenant(certificate("hr.acme.example", false), "192.0.2.1"), undefined, "anybody may call themselves that");
  assert.equal(tenant(admin, "10.2.3.4"), "globex");
  assert.equal(tenant(admin, "192.0.2.1"), undefined);
});

test("a store of one's own with many rows", async (t) => {
  const [{ code }] = blocks("## A store of your own with many rows");
  const scratch = await project(t);
  const people = ["Rosa", "Ida", "Milo"].map((userName, at) => ({ schemas: [USER], id: `u-${at}`, userName, active: at > 0, meta: { resourceType: "User" } }));
  const asked = [];
  const tables = {
    byLogin: async (tenant, key) => (asked.push("byLogin"), people.filter(({ userName }) => userName.toLowerCase() === key)),
    enabledPage: async (tenant, value, { offset, limit }) => {
      asked.push("enabledPage");
      const all = people.filter(({ active }) => active === value);
      return { rows: all.slice(offset, offset + limit), total: all.length };
    },
    everything: () => (asked.push("everything"), people),
  };
  await writeFile(join(scratch, "query.mjs"), `${code}\nexport { query };`.replace(/(byLogin|enabledPage|everything)\(/g, "globalThis.tables.$1("));
  globalThis.tables = tables;
  t.after(() => delete globalThis.tables);
  const { query } = await import(pathToFileURL(join(scratch, "query.mjs")));
  const store = { get() {}, query, insert() {}, replace() {}, remove() {} };
  const scim = createScimHandler({ store, auth: none(), resources: ["User"] });
  const found = async (text) => {
    const response = await scim.fetch(new Request(`http://a.test/scim/v2/Users?${text}`));
    const { totalResults, Resources } = await response.json();
    return [asked.pop(), totalResults, Resources.map(({ userName }) => userName).join()];
  };
  assert.deepEqual(await found('filter=userName eq "ROSA"'), ["byLogin", 1, "Rosa"]);
  assert.deepEqual(await found('filter=userName eq "ROSA" and active eq true'), ["byLogin", 0, ""]);
  assert.deepEqual(await found("filter=active eq true&count=1&startIndex=2"), ["enabledPage", 2, "Milo"]);
  assert.deepEqual(await found("filter=active eq true&sortBy=userName"), ["everything", 2, "Ida,Milo"]);
  assert.deepEqual(await found("filter=userName sw \"r\" or not (active eq true)"), ["everything", 1, "Rosa"]);
});
