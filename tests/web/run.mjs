// The browser bundles in a real browser: every shared case, then loading, policies and forms.

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";
import { caseTexts } from "./cases.mjs";
import { formTests } from "./form.mjs";
import { loadTests } from "./load.mjs";
import { nodeTests } from "./node.mjs";
import { serve } from "./server.mjs";
import { explain } from "./vectors.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const texts = await caseTexts();
const server = await serve(
  {
    dist: join(ROOT, "bindings-wasm/dist"),
    playground: join(ROOT, "bindings-wasm/playground"),
    web: join(ROOT, "tests/web"),
  },
  // The files' own text: this program does not need to understand it.
  { "vectors.json": `[${texts.join(",")}]` },
);
const browser = await launch();

let failed = 0;

/** One test in a page of its own; a script error in the page fails it. */
async function test(name, run) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(20_000);
  const errors = [];
  const hints = [];
  page.on("pageerror", (error) => errors.push(error));
  page.on("console", (line) => line.type() === "warning" && hints.push(line.text()));
  try {
    await run({ page, origin: server.origin, hints });
    assert.deepEqual(errors.map(String), [], "errors in the page");
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.message}`);
  } finally {
    await page.close();
  }
}

try {
  await test("vectors, in every bundle", async ({ page, origin }) => {
    await page.goto(`${origin}/web/vectors.html`);
    await page.waitForSelector("html[data-done]", { state: "attached", timeout: 120_000 });
    const { error, full, server, validator } = await page.evaluate(() => globalThis.outcome);
    assert.equal(error, undefined);
    console.log(`vectors: ${server.cases} cases, ${full.runs + server.runs} runs`);
    console.log(`the full bundle has ${full.cases} of them, ${full.runs} runs`);
    console.log(`the validator bundle alone: ${validator.cases} of them, ${validator.runs} runs`);
    assert.equal(full.failures.length, 0, explain(full));
    assert.equal(server.failures.length, 0, `in the server bundle:\n${explain(server)}`);
    assert.equal(validator.failures.length, 0, `in the validator bundle:\n${explain(validator)}`);
  });
  await loadTests(test);
  await formTests(test);
  await nodeTests(test, join(ROOT, "bindings-wasm/dist"));
} finally {
  await browser.close();
  await server.close();
}
if (failed > 0) console.log(`${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
