// The browser package, in Node's engine: that of Chromium.

import assert from "node:assert/strict";

import { load } from "../../../bindings-wasm/dist/node.js";
import { lines } from "./data.mjs";
import { Table, way } from "./race.mjs";

const STORED = { mode: "response" };
const texts = lines("users.ndjson", 1_000);
const table = new Table();

for (const bundle of ["validator", "full"]) {
  const users = (await load({ bundle })).schema("User");
  for (const text of texts) assert.deepEqual(users.validate(text, STORED), []);
  table.add(
    `validate a string, all issues (${bundle})`,
    way("validate", () => texts.reduce((sum, text) => sum + users.validate(text, STORED).length, 0)),
    way("JSON.parse", () => texts.reduce((sum, text) => sum + (JSON.parse(text) === null), 0)),
  );
}
table.run();
