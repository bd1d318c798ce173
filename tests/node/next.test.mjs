// The Next.js example, built and started as users do. Its packages lie in its own folder; the
// package under test is put beside them as it would be installed.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { tokenDigest } from "../../bindings-node/js/index.js";
import { TOKENS, asking, bothContentTypes, errorsOfScim, goesAway, largeUser } from "./life.mjs";
import { examples, root, started } from "./project.mjs";
import { folder } from "./server.mjs";

const run = promisify(execFile);
const app = join(examples, "next");
const next = join(app, "node_modules/next/dist/bin/next");

async function install() {
  const place = join(app, "node_modules/@scimforge/node");
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  for (const name of ["js", "package.json", "scimforge.node"]) {
    await cp(join(root, "bindings-node", name), join(place, name), { recursive: true });
  }
}

test("Next.js: `next build` and `next start` of the example", async (t) => {
  await install();
  const quiet = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  // As where images are built: without the environment of the server.
  const { stdout } = await run(process.execPath, [next, "build"], { cwd: app, env: quiet });
  assert.match(stdout, /ƒ \/scim\/v2\/\[\[\.\.\.path\]\]/);
  const variables = { ...quiet, SCIM_TOKEN_DIGEST: tokenDigest(TOKENS.north), SCIM_DATABASE: join(await folder(t), "scim.db") };
  const { origin, stop } = await started(t, app, [next, "start", "--hostname", "127.0.0.1"], variables);
  const base = `${origin}/scim/v2`;
  await bothContentTypes(base);
  await errorsOfScim(base);
  await goesAway(base);
  assert.equal((await asking(base)("POST", "/Users", largeUser(10))).status, 413);
  assert.match(await (await fetch(origin)).text(), /An application with SCIM/);
  await stop();
});
