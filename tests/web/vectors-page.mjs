// Runs the shared cases in the page, by every bundle, and leaves the reports for the runner.

import { load } from "../dist/index.js";
import { KINDS, runVectors } from "./vectors.mjs";

async function run() {
  const cases = (await (await fetch("../vectors.json")).json()).flat();
  // What only the largest bundle has; it alone has the tables of Unicode that names are prepared with.
  const lacks = ["schema/lint-", "schema/changes-", "schema/types-", "migrate/prepared-"];
  const kinds = KINDS.filter((kind) => !["protocol", "events", "emit"].includes(kind));
  const has = ({ id }) => !lacks.some((begin) => id.startsWith(begin));
  const full = runVectors(await load(), cases.filter(has), { kinds });
  const server = runVectors(await load({ bundle: "server" }), cases);
  const validator = runVectors(await load({ bundle: "validator" }), cases, { kinds: ["validate"] });
  return { full, server, validator };
}

globalThis.outcome = await run().catch((error) => ({ error: error.stack ?? String(error) }));
document.documentElement.dataset.done = "true";
