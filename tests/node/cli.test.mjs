// The commands of the package, run as others run them.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { tokenDigest } from "../../bindings-node/js/index.js";
import { folder } from "./server.mjs";

const main = fileURLToPath(new URL("../../bindings-node/js/cli/main.js", import.meta.url));
const run = promisify(execFile);

async function serving(t, ...given) {
  const child = spawn(process.execPath, [main, "serve", "--port", "0", ...given], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += chunk;
    if (printed.includes("ServiceProviderConfig")) break;
  }
  return { child, printed, base: /SCIM at (\S+),/.exec(printed)[1], token: /^token {3}(\S+)$/m.exec(printed)?.[1] };
}

test("token: 256 bits, and the digest that stands for them", async () => {
  const { stdout } = await run(process.execPath, [main, "token"]);
  const [, token, digest] = /^token {3}(scim_[A-Za-z0-9_-]{43})\ndigest {2}(\S+)$/m.exec(stdout);
  assert.equal(digest, tokenDigest(token));
});

test("serve: what it prints works, as it stands there, and it ends when told to", async (t) => {
  const scratch = await folder(t);
  const db = join(scratch, "scim.db");
  const { child, printed, base, token } = await serving(t, "--db", db, "--seed", "25");
  const lines = printed.slice(printed.indexOf("curl")).replaceAll("\\\n", " ").split("\n").filter((line) => line !== "");
  assert.equal(lines.length, 4);
  const answers = [];
  for (const line of lines) answers.push(JSON.parse((await run("sh", ["-c", line.replace("curl", "curl -sS")])).stdout));
  assert.deepEqual([answers[0].totalResults, answers[0].Resources.length], [25, 3]);
  assert.equal(answers[1].userName, "rosa");
  assert.equal(answers[2].totalResults, 1);
  assert.equal(answers[3].patch.supported, true);
  const groups = await (await fetch(`${base}/Groups`, { headers: { authorization: `Bearer ${token}` } })).json();
  assert.deepEqual(groups.Resources.map(({ members }) => members.length).sort(), [10, 10, 5]);
  assert.equal((await fetch(`${base}/Users`)).status, 401);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);

  // Again over the same file: nothing is sown twice, and the token is one's own.
  const again = await serving(t, "--db", db, "--seed", "25", "--token", tokenDigest("mine"));
  assert.equal(again.token, undefined);
  const users = await (await fetch(`${again.base}/Users?count=0`, { headers: { authorization: "Bearer mine" } })).json();
  assert.equal(users.totalResults, 26);
});

test("slips are told, with another status", async () => {
  for (const [given, said] of [
    [["serv"], /no command `serv`/],
    [["serve", "--port", "http"], /--port takes a number/],
    [["serve", "--colour"], /--colour/],
    [["serve", "--token", "secret", "--db", ":memory:"], /sha256:/],
    [["token", "twice"], /what is `twice`/],
  ]) {
    const failed = await run(process.execPath, [main, ...given]).catch((error) => error);
    assert.deepEqual([failed.code, said.test(failed.stderr)], [2, true], failed.stderr);
  }
  assert.match((await run(process.execPath, [main, "--help"])).stdout, /serve/);
  assert.match((await run(process.execPath, [main, "--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
});
