// Ways to load the engine, policies and servers that get in the way, and hostile documents.

import assert from "node:assert/strict";

async function outcome(page, url) {
  await page.goto(url);
  await page.waitForSelector("html[data-done]", { state: "attached" });
  return page.evaluate(() => globalThis.outcome);
}

export async function loadTests(test) {
  await test("loads once, under a policy without unsafe-eval", async ({ page, origin, hints }) => {
    const found = await outcome(page, `${origin}/web/load.html?way=plainly`);
    assert.match(found.version, /^\d+\.\d+\.\d+/);
    assert.equal(found.exported, found.version);
    assert.equal(found.same, true);
    assert.match(found.early, /await load\(\)/);
    assert.equal(found.direct > 0, true);
    assert.deepEqual(found.missing, []);
    assert.deepEqual(hints, []);
  });

  for (const way of ["bytes", "module", "response"]) {
    await test(`loads from ${way}`, async ({ page, origin }) => {
      const found = await outcome(page, `${origin}/web/load.html?way=${way}`);
      assert.match(found.version, /^\d/);
    });
  }

  await test("the validator bundle validates and describes forms, and has no server", async ({ page, origin }) => {
    const found = await outcome(page, `${origin}/web/load.html?way=validator`);
    assert.equal(found.fields > 20, true);
    assert.equal(found.issues.includes("required"), true);
    assert.equal(found.server, true);
    assert.match(found.early, /validator bundle has no migrate/);
  });

  await test("the server bundle has a server, and the names of the module stand for it", async ({ page, origin }) => {
    const found = await outcome(page, `${origin}/web/load.html?way=several`);
    assert.deepEqual(found, { status: 201, inFull: true, largest: true });
  });

  await test("a policy that forbids WebAssembly is named in the error", async ({ page, origin }) => {
    const found = await outcome(page, `${origin}/no-wasm/web/load.html?way=plainly`);
    assert.match(found.error, /Content-Security-Policy/);
    assert.match(found.error, /wasm-unsafe-eval/);
  });

  await test("a wrong content type costs a hint, not the page", async ({ page, origin, hints }) => {
    const found = await outcome(page, `${origin}/wrong-type/web/load.html?way=plainly`);
    assert.match(found.version, /^\d/);
    assert.equal(hints.length, 1);
    assert.match(hints[0], /application\/wasm/);
  });

  await test("a failure says what happened and is not kept", async ({ page, origin }) => {
    const found = await outcome(page, `${origin}/web/load.html?way=retry`);
    assert.match(found.missing, /answered 404/);
    assert.match(found.noWasm, /is no WebAssembly file/);
    assert.match(found.bundle, /"full", "server" or "validator"/);
    assert.match(found.version, /^\d/);
  });

  await test("hostile documents end in issues", async ({ page, origin }) => {
    const found = await outcome(page, `${origin}/web/load.html?way=hostile`);
    assert.deepEqual(found.deep, ["too-deep"]);
    assert.deepEqual(found.nested, ["too-deep"]);
    assert.deepEqual(found.bytes, ["too-deep"]);
    assert.equal(found.cyclic, "thrown foreign-value");
    assert.equal(found.bigint, "thrown foreign-value");
    assert.match(String(found.deepObject), /too-deep/);
    assert.deepEqual(found.proto, ["warning unknown-attribute"]);
    assert.equal(found.patched, true);
    assert.equal(found.clean, true);
    assert.match(found.filter, /filter-too-/);
    assert.equal(found.after, true);
  });
}
