// Runs the shared cases in the page, by both bundles, and leaves the reports for the runner.

import { load } from "../dist/index.js";
import { runVectors } from "./vectors.mjs";

async function run() {
  const cases = (await (await fetch("../vectors.json")).json()).flat();
  // What only Node and Python offer.
  const lacks = [
    ...["schema/lint-", "schema/changes-", "schema/types-", "patch/explain-", "emit/"],
    ...["filter/from-", "filter/simplified-", "filter/explain-", "filter/caret-"],
  ];
  const full = runVectors(await load(), cases, { lacks });
  const validator = runVectors(await load({ bundle: "validator" }), cases, { kinds: ["validate"] });
  return { full, validator };
}

globalThis.outcome = await run().catch((error) => ({ error: error.stack ?? String(error) }));
document.documentElement.dataset.done = "true";
