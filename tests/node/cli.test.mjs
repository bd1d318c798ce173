// The commands of the package, run as others run them.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { bearer, memoryStore, tokenDigest } from "../../bindings-node/js/index.js";
import { folder, listen } from "./server.mjs";

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

const command = async (...given) => (await run(process.execPath, [main, ...given])).stdout;
const refusal = (...given) => run(process.execPath, [main, ...given]).then(() => assert.fail("it was done"), (error) => error);
const shown = (printed) => /^token {3}(\S+)$/m.exec(printed)[1];

test("token: a permission that is nearly one is made, and doubted", async (t) => {
  const file = join(await folder(t), "tokens.json");
  const doubts = async (permissions) => (await run(process.execPath, [main, "token", "make", "--file", file, "--name", "hr", "--permissions", permissions])).stderr;
  assert.match(await doubts("Users:list,users:*"), /^No operation needs the permission `users:\*`.*did you mean `Users:\*`\?\n$/);
  assert.equal(await doubts("scim:*,Users:*,Groups:members,Devices:list,payroll"), "");
});

test("token: made, rotated and revoked in a file, while a server reads it", async (t) => {
  const file = join(await folder(t), "tokens.json");
  const make = (...more) => command("token", "make", "--file", file, "--name", "okta", "--permissions", "Users:*, Groups:list", ...more);
  const first = shown(await make("--tenant", "acme", "--profile", "okta"));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.ok(!(await readFile(file, "utf8")).includes(first), "the token is nowhere");

  const { ask, errors } = await listen(t, { store: memoryStore(), auth: bearer({ file }) });
  const status = async (token, path = "/Users") => (await ask("GET", path, undefined, { authorization: `Bearer ${token}` })).status;
  // What is written counts as soon as the server looks again. Who asks more often than this with a
  // token that is not known is taken for a guesser.
  const becomes = async (token, wanted) => {
    for (let tries = 0; (await status(token)) !== wanted; tries += 1) {
      assert.ok(tries < 20, `it never was ${wanted}`);
      await new Promise((look) => setTimeout(look, 400));
    }
  };
  assert.deepEqual([await status(first), await status(first, "/Groups/x")], [200, 403]);

  const second = shown(await command("token", "rotate", "okta", "--file", file, "--overlap", "1h"));
  await becomes(second, 200);
  assert.equal(await status(first), 200, "both are valid for a while");
  const kept = JSON.parse(await readFile(file, "utf8")).tokens;
  assert.ok(new Date(kept[tokenDigest(first)].expiresAt) < new Date(Date.now() + 3_700_000));
  const { created, ...principal } = kept[tokenDigest(second)];
  assert.deepEqual(principal, { sub: "okta", tenant: "acme", permissions: ["Users:*", "Groups:list"], profile: "okta" });
  assert.match(await command("token", "list", "--file", file), new RegExp(`^${tokenDigest(second).slice(0, 19)}  okta  acme`, "m"));

  // The same name in two tenants is two clients.
  const other = shown(await make("--tenant", "globex", "--expires", "90d"));
  assert.match((await refusal("token", "revoke", "okta", "--file", file)).stderr, /several tenants \(acme, globex\); give --tenant/);
  assert.match(await command("token", "revoke", tokenDigest(first).slice(7, 17), "--file", file), /one token/);
  await becomes(first, 401);
  assert.match(await command("token", "revoke", "okta", "--tenant", "acme", "--file", file), /one token/);
  await becomes(second, 401);
  await becomes(other, 200);

  // A rotation without overlap, and what is no file of tokens any more: nobody gets in.
  const third = shown(await command("token", "rotate", "okta", "--file", file, "--overlap", "0m"));
  await becomes(other, 401);
  assert.equal(await status(third), 200);
  await writeFile(file, "{ half");
  await utimes(file, new Date(), new Date());
  await becomes(third, 401);
  assert.match(String(errors.at(-1)), /is no file of tokens/);
});

test("token: ten commands at once lose none", async (t) => {
  const file = join(await folder(t), "tokens.json");
  await Promise.all(Array.from({ length: 10 }, (_, at) => command("token", "make", "--file", file, "--name", `c-${at}`, "--permissions", "scim:*")));
  assert.equal(Object.keys(JSON.parse(await readFile(file, "utf8")).tokens).length, 10);
});

test("serve: the tokens of a file", async (t) => {
  const file = join(await folder(t), "tokens.json");
  const made = shown(await command("token", "make", "--file", file, "--name", "okta", "--permissions", "Users:list"));
  const { base, token } = await serving(t, "--db", ":memory:", "--seed", "3", "--tokens", file);
  assert.equal(token, undefined);
  const ask = (path) => fetch(`${base}${path}`, { headers: { authorization: `Bearer ${made}` } });
  assert.deepEqual([(await (await ask("/Users?count=0")).json()).totalResults, (await ask("/Groups")).status], [3, 403]);
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
    [["token", "twice"], /there is no `twice`; give make, list, rotate or revoke/],
    [["token", "revoke", "--file", "t.json"], /token revoke: whose\?/],
    [["token", "make", "--name", "okta", "--permissions", "scim:*"], /which --file/],
    [["token", "make", "--file", "t.json", "--name", "okta"], /--permissions/],
    [["token", "make", "--file", "t.json", "--name", "okta", "--permissions", "scim:*", "--expires", "soon"], /such as 90d/],
    [["token", "make", "--file", "t.json", "--name", "okta", "--permissions", "scim:*", "--profile", "azure"], /one of .*entra/],
    [["token", "list", "--file", "/nowhere/t.json"], /token make --file/],
    [["serve", "--db", ":memory:", "--tokens", "/nowhere/t.json"], /there is no such file/],
  ]) {
    const failed = await run(process.execPath, [main, ...given]).catch((error) => error);
    assert.deepEqual([failed.code, said.test(failed.stderr)], [2, true], failed.stderr);
  }
  assert.match((await run(process.execPath, [main, "--help"])).stdout, /serve/);
  assert.match((await run(process.execPath, [main, "--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
});
