// Opens the browser page in a headless Chromium, types into its form, and prints what the page
// says, as one line of JSON: { engine, empty, wrong, right, matches }.
//
//   node page.mjs URL

import { launch } from "../web/browser.mjs";

const browser = await launch();
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(process.argv[2]);
  await page.waitForSelector("html[data-ready]");
  await page.getByRole("button", { name: "Empty", exact: true }).click();

  // A required field, left empty.
  const userName = page.getByLabel("User name required");
  await userName.focus();
  await page.keyboard.press("Tab");
  const empty = await page.locator("#issues .message").first().textContent();
  await userName.pressSequentially("rosa");

  // An address that is none, and then one.
  await page.getByRole("button", { name: "Add email" }).click();
  const value = page.getByRole("group", { name: "Email 1" }).getByLabel("Value");
  await value.pressSequentially("rosa at acme");
  await value.blur();
  const wrong = await page.locator("#issues .message").allTextContents();
  await value.fill("rosa@acme.test");
  await value.blur();
  const right = await page.locator("#issues .message").allTextContents();

  const matches = await page.locator("#matches .fits").count();
  const engine = await page.locator("#engine").textContent();
  if (problems.length > 0) throw new Error(problems.join("; "));
  console.log(JSON.stringify({ engine, empty, wrong, right, matches }));
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
} finally {
  await browser.close();
}
