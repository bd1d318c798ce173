// The README's quick starts for Node and the browser, run as they stand there.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { launch } from "../web/browser.mjs";
import { serve } from "../web/server.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const readme = await readFile(join(ROOT, "README.md"), "utf8");

/** The first code block of a language. */
function block(language) {
  const start = readme.indexOf(`\n\`\`\`${language}\n`);
  assert.notEqual(start, -1, `the README has no ${language} block`);
  const text = readme.slice(readme.indexOf("\n", start + 1) + 1);
  return text.slice(0, text.indexOf("\n```"));
}

test("the quick start for Node prints what its comments say", async () => {
  const code = block("js");
  const folder = await mkdtemp(join(tmpdir(), "scimforge-readme-"));
  try {
    await mkdir(join(folder, "node_modules/@scimforge"), { recursive: true });
    await symlink(join(ROOT, "bindings-node"), join(folder, "node_modules/@scimforge/node"));
    await writeFile(join(folder, "start.mjs"), code);
    const { stdout } = await promisify(execFile)(process.execPath, ["start.mjs"], { cwd: folder, timeout: 30_000 });
    const printed = stdout.trimEnd().split("\n");
    const calls = code.split("\n").filter((line) => line.includes("console.log("));
    assert.equal(printed.length, calls.length, stdout);
    for (const [index, line] of calls.entries()) {
      const comment = line.split("; // ")[1];
      if (comment !== undefined) assert.equal(printed[index], comment, line);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the quick start for the browser shows what is wrong", async () => {
  const imports = JSON.stringify({ imports: { "@scimforge/browser": "/dist/index.js" } });
  const html = `<!doctype html><script type="importmap">${imports}</script>${block("html")}`;
  const server = await serve({ dist: join(ROOT, "bindings-wasm/dist") }, { "start.html": html });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/inline/start.html`);
    await page.waitForFunction(() => document.querySelector("#user").textContent !== "");
    assert.match(await page.textContent("#user"), /`userName` must not be empty/);
  } finally {
    await browser.close();
    await server.close();
  }
});
