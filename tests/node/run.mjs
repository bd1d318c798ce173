// Runs the shared vectors through the Node package, every case with every kind of input.

import { readFile, readdir } from "node:fs/promises";

import * as api from "../../bindings-node/js/index.js";
import { explain, runVectors } from "../web/vectors.mjs";

const folder = new URL("../vectors/", import.meta.url);
const cases = [];
for (const kind of (await readdir(folder)).sort()) {
  for (const file of (await readdir(new URL(`${kind}/`, folder))).sort()) {
    cases.push(...JSON.parse(await readFile(new URL(`${kind}/${file}`, folder), "utf8")));
  }
}

const report = runVectors(api, cases);
if (report.failures.length > 0) console.error(explain(report));
console.log(`vectors: ${report.cases} cases, ${report.runs} runs`);
process.exitCode = report.failures.length === 0 && report.cases > 0 ? 0 : 1;
