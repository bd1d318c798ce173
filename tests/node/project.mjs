// Applications as users have them: a folder of their own, started with `node`, stopped by a signal.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { folder } from "./server.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const examples = join(root, "bindings-node/examples");

/** A folder with what `npm install` would have put there. */
export async function project(t, ...files) {
  const scratch = await folder(t);
  const modules = join(scratch, "node_modules");
  await mkdir(join(modules, "@scimforge"), { recursive: true });
  await mkdir(join(modules, ".bin"));
  await symlink(join(root, "bindings-node"), join(modules, "@scimforge/node"));
  await symlink("../@scimforge/node/js/cli/main.js", join(modules, ".bin/scimforge-node"));
  for (const name of await readdir(join(root, "tests/node_modules"))) {
    if (!name.startsWith(".")) await symlink(join(root, "tests/node_modules", name), join(modules, name));
  }
  await writeFile(join(scratch, "package.json"), '{"name":"app","private":true,"type":"module"}');
  for (const file of files) await cp(join(examples, file), join(scratch, file), { recursive: true });
  return scratch;
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export async function reached(url) {
  for (let tries = 0; tries < 1200; tries += 1) {
    const response = await fetch(url).catch(() => undefined);
    if (response !== undefined) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  assert.fail(`${url} does not answer`);
}

/** Starts an application that listens where the variable PORT says, and stops it as a host would. */
export async function started(t, cwd, args, variables, path = "/scim/v2/Schemas") {
  const port = await freePort();
  const env = { ...process.env, ...variables, PORT: String(port) };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let log = "";
  child.stdout.on("data", (chunk) => (log += chunk));
  const origin = `http://127.0.0.1:${port}`;
  await reached(origin + path);
  return {
    origin,
    log: () => log,
    async stop() {
      child.kill("SIGTERM");
      return once(child, "exit");
    },
  };
}
