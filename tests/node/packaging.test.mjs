// The package as others get it: packed, installed somewhere else, loaded both ways.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { folder } from "./server.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const node = (cwd, ...given) => run(process.execPath, given, { cwd });

test("packed and installed elsewhere, it loads as a module, by require, and with its types", async (t) => {
  const scratch = await folder(t);
  const npm = (...given) => run("npm", [...given, "--offline", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: scratch });
  const packed = await npm("pack", join(root, "bindings-node"), "--json", "--pack-destination", scratch);
  const listed = Object.values(JSON.parse(packed.stdout))[0];
  const names = listed.files.map((file) => file.path);
  for (const needed of ["package.json", "LICENSE-MIT", "LICENSE-APACHE", "scimforge.node", "js/index.js", "js/index.d.ts", "js/types.d.ts", "js/types/schema.d.ts", "js/server.d.ts", "js/auth/index.d.ts", "js/cli/main.js", "js/mounts/fastify.js"]) {
    assert.ok(names.includes(needed), `${needed} is not packed`);
  }
  for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    const whole = await readFile(join(root, license), "utf8");
    for (const binding of ["bindings-node", "bindings-python"]) assert.equal(await readFile(join(root, binding, license), "utf8"), whole);
  }
  assert.ok(!names.some((name) => /src\/|Cargo|build\.rs/.test(name)), names.join(" "));

  await writeFile(join(scratch, "package.json"), '{"name":"scratch","private":true,"type":"module"}');
  await npm("install", join(scratch, listed.filename));

  await writeFile(
    join(scratch, "module.mjs"),
    'import { filter, version } from "@scimforge/node"; console.log(version, filter("active eq true").matches({ active: true }));',
  );
  assert.match((await node(scratch, "module.mjs")).stdout, /^\d+\.\d+\.\d+ true\n$/);

  await writeFile(
    join(scratch, "classic.cjs"),
    'const { schema, ScimError } = require("@scimforge/node"); try { schema("Nothing"); } catch (error) { console.log(error instanceof ScimError); }',
  );
  assert.match((await node(scratch, "--no-warnings", "classic.cjs")).stdout, /^true\n$/);

  const npx = await run("npx", ["--offline", "@scimforge/node", "token"], { cwd: scratch });
  assert.match(npx.stdout, /^token {3}scim_/m);

  // What is optional is asked for by name, and found once it is there.
  const traced = 'import { createScimHandler, memoryStore, none } from "@scimforge/node"; createScimHandler({ store: memoryStore(), auth: none(), observe: { otel: true } }); console.log("traced");';
  await writeFile(join(scratch, "traced.mjs"), traced);
  await assert.rejects(node(scratch, "traced.mjs"), /npm install @opentelemetry\/api/);
  await symlink(join(root, "tests/node_modules/@opentelemetry"), join(scratch, "node_modules/@opentelemetry"));
  assert.equal((await node(scratch, "traced.mjs")).stdout, "traced\n");

  await mkdir(join(scratch, "node_modules/@types"), { recursive: true });
  await symlink(join(root, "tests/node_modules/@types/node"), join(scratch, "node_modules/@types/node"));
  await symlink(join(root, "tests/node_modules/undici-types"), join(scratch, "node_modules/undici-types"));
  await writeFile(
    join(scratch, "typed.ts"),
    'import { createScimHandler, memoryStore, none, schema, type User } from "@scimforge/node"; ' +
      'export const user: User = schema("User").applyPatch({}, "{}").resource; ' +
      "export const scim = createScimHandler({ store: memoryStore(), auth: none() });",
  );
  const tsc = join(root, "tests/node_modules/typescript/bin/tsc");
  await node(scratch, tsc, "--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", "node", "typed.ts");
});

test("what was answered is there after the process was killed", async (t) => {
  const scratch = await folder(t);
  const script = join(scratch, "serve.mjs");
  await writeFile(
    script,
    `import { createServer } from "node:http";
     import { createScimHandler, none, sqliteStore } from ${JSON.stringify(new URL("../../bindings-node/js/index.js", import.meta.url).href)};
     const scim = createScimHandler({ store: sqliteStore(process.argv[2]), auth: none() });
     const server = createServer(scim.node()).listen(0, "127.0.0.1", () => console.log(server.address().port));`,
  );
  const start = async () => {
    const child = spawn(process.execPath, [script, join(scratch, "scim.db")], { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill("SIGKILL"));
    const [line] = await once(child.stdout, "data");
    return { child, users: `http://127.0.0.1:${Number(String(line))}/scim/v2/Users` };
  };
  const first = await start();
  const answered = [];
  let killed = false;
  const clients = Array.from({ length: 4 }, async (_, client) => {
    for (let count = 0; !killed; count += 1) {
      const body = JSON.stringify({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: `u-${client}-${count}` });
      const headers = { "content-type": "application/scim+json" };
      const response = await fetch(first.users, { method: "POST", headers, body }).catch(() => undefined);
      if (response?.status === 201) answered.push(`u-${client}-${count}`);
    }
  });
  await new Promise((done) => setTimeout(done, 400));
  first.child.kill("SIGKILL");
  killed = true;
  await Promise.all(clients);
  assert.ok(answered.length > 4, `only ${answered.length} were answered`);

  const second = await start();
  for (const name of answered) {
    const found = await (await fetch(`${second.users}?filter=${encodeURIComponent(`userName eq "${name}"`)}`)).json();
    assert.equal(found.totalResults, 1, name);
  }
});
