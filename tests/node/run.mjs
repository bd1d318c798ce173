// Runs the shared vectors through the Node package, every case with every kind of input.

import * as api from "../../bindings-node/js/index.js";
import { caseTexts } from "../web/cases.mjs";
import { explain, runVectors } from "../web/vectors.mjs";

const cases = (await caseTexts()).flatMap((text) => JSON.parse(text));
const report = runVectors(api, cases);
if (report.failures.length > 0) console.error(explain(report));
console.log(`vectors: ${report.cases} cases, ${report.runs} runs`);
process.exitCode = report.failures.length === 0 && report.cases > 0 ? 0 : 1;
