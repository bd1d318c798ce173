// The playground's form and filter, used as a person would: by label, by key, in either colours.

import assert from "node:assert/strict";

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async function open(page, origin) {
  await page.goto(`${origin}/playground/index.html`);
  await page.waitForSelector("html[data-ready]");
}

async function example(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

const resource = async (page) => JSON.parse(await page.locator("#json").textContent());
const codes = (page) => page.locator("#issues .code-name").allTextContents();

/** The text that a control's `aria-describedby` leads to, hints left out. */
async function described(control) {
  return control.evaluate((node) =>
    (node.getAttribute("aria-describedby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id))
      .filter((part) => part !== null && part.classList.contains("scim-error"))
      .map((part) => part.textContent)
      .join(" "),
  );
}

export async function formTests(test) {
  await test("form: a required field is judged when it is left, then while typing", async ({ page, origin }) => {
    await open(page, origin);
    await example(page, "Empty");
    const userName = page.getByLabel("User name required");
    assert.equal(await userName.getAttribute("aria-invalid"), null);
    await userName.focus();
    await page.keyboard.press("Tab");
    assert.equal(await userName.getAttribute("aria-invalid"), "true");
    assert.match(await described(userName), /`userName` is required/);
    await userName.pressSequentially("i");
    assert.equal(await userName.getAttribute("aria-invalid"), null);
    assert.equal(await described(userName), "");
    assert.deepEqual(await codes(page), []);
    assert.equal((await resource(page)).userName, "i");
  });

  await test("form: an odd e-mail address is a warning beside the field", async ({ page, origin }) => {
    await open(page, origin);
    await example(page, "Empty");
    await page.getByLabel("User name required").fill("ines");
    await page.getByRole("button", { name: "Add email" }).click();
    const value = page.getByRole("group", { name: "Email 1" }).getByLabel("Value");
    assert.equal(await value.evaluate((node) => node === document.activeElement), true);
    await value.pressSequentially("ines at harbour");
    assert.equal(await described(value), "", "not before the field is left");
    await value.blur();
    assert.match(await described(value), /does not look like an e-mail address/);
    assert.equal(await value.getAttribute("aria-invalid"), null, "a warning does not make it invalid");
    await value.fill("ines@harbour.example");
    assert.equal(await described(value), "");
    assert.deepEqual((await resource(page)).emails, [{ value: "ines@harbour.example" }]);
  });

  await test("form: two primary addresses, one taken away", async ({ page, origin }) => {
    await open(page, origin);
    await example(page, "Complete user");
    const emails = page.locator("fieldset.scim-list", { has: page.getByRole("button", { name: "Add email" }) });
    await page.getByRole("group", { name: "Email 2" }).getByLabel("Primary").check();
    assert.deepEqual(await codes(page), ["multiple-primary"]);
    assert.match(await emails.textContent(), /more than one value of `emails` is primary/);
    await page.getByRole("button", { name: "Remove email 1" }).click();
    assert.deepEqual(await codes(page), []);
    assert.doesNotMatch(await emails.textContent(), /more than one value/);
    assert.equal((await resource(page)).emails.length, 1);
  });

  await test("form: an extension has an alias, and `schemas` follows", async ({ page, origin }) => {
    await open(page, origin);
    await example(page, "Empty");
    await page.getByLabel("User name required").fill("ines");
    const department = page.getByRole("group", { name: "Enterprise" }).getByLabel("Department");
    assert.equal(await department.getAttribute("name"), "enterprise.department");
    await department.fill("Pilotage");
    const full = await resource(page);
    assert.deepEqual(full[ENTERPRISE], { department: "Pilotage" });
    assert.equal(full.schemas.includes(ENTERPRISE), true);
    await department.fill("");
    const without = await resource(page);
    assert.equal(ENTERPRISE in without, false);
    assert.equal(without.schemas.includes(ENTERPRISE), false);
  });

  await test("form: the summary leads to the fields and goes away", async ({ page, origin }) => {
    await open(page, origin);
    await example(page, "Empty");
    await page.getByRole("button", { name: "Check everything" }).click();
    const summary = page.locator(".scim-summary");
    assert.equal(await summary.isVisible(), true);
    assert.equal(await summary.getAttribute("role"), "alert");
    await summary.getByRole("link").first().click();
    const userName = page.getByLabel("User name required");
    assert.equal(await userName.evaluate((node) => node === document.activeElement), true);
    await page.keyboard.type("ines");
    assert.equal(await summary.isVisible(), false);
    await page.getByRole("button", { name: "Check everything" }).press("Enter");
    assert.equal(await page.locator("#verdict").textContent(), "This user is fine.");
  });

  await test("form: every control has a label and a name of its own", async ({ page, origin }) => {
    await open(page, origin);
    const controls = await page.locator("#fields input").evaluateAll((nodes) =>
      nodes.map((node) => ({ name: node.name, label: node.labels[0]?.textContent ?? "" })),
    );
    assert.equal(controls.length > 30, true);
    assert.deepEqual(controls.filter(({ label }) => label === ""), []);
    assert.equal(new Set(controls.map(({ name }) => name)).size, controls.length);
    const ids = await page.locator("[id]").evaluateAll((nodes) => nodes.map((node) => node.id));
    assert.equal(new Set(ids).size, ids.length);
  });

  await test("playground: fits a telephone, and judges by the RFC at first", async ({ page, origin }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await open(page, origin);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    assert.equal(await page.getByLabel("Tolerance").inputValue(), "rfc");
    await page.getByLabel("Judged as").selectOption("response");
    assert.deepEqual(await codes(page), ["required", "required"]);
  });

  await test("filter: matches, canonical text, and the place of an error", async ({ page, origin }) => {
    await open(page, origin);
    assert.equal(await page.locator("#matches .fits").count(), 1);
    const expression = page.locator("#expression");
    await expression.fill('(userName  EQ "MIRELA.STAN")');
    assert.match(await page.locator("#matches .fits").textContent(), /Mirela Stan/);
    assert.equal(await page.locator("#canonical").textContent(), 'userName eq "MIRELA.STAN"');
    await expression.fill('displayName eq "Zoë" adn active eq true');
    assert.equal(await expression.getAttribute("aria-invalid"), "true");
    const [text, marks] = (await page.locator(".caret").textContent()).split("\n");
    assert.equal(text.slice(marks.indexOf("^")).startsWith("adn"), true, marks);
  });
}
