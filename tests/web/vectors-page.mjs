// Runs the shared cases in the page, by every bundle, and leaves the reports for the runner.

import { load } from "../dist/index.js";
import { KINDS, runVectors } from "./vectors.mjs";

async function run() {
  const cases = (await (await fetch("../vectors.json")).json()).flat();
  // The server is all that one bundle has and the other has not.
  const full = runVectors(await load(), cases, { kinds: KINDS.filter((kind) => kind !== "protocol") });
  const server = runVectors(await load({ bundle: "server" }), cases, { kinds: ["protocol"] });
  const validator = runVectors(await load({ bundle: "validator" }), cases, { kinds: ["validate"] });
  return { full, server, validator };
}

globalThis.outcome = await run().catch((error) => ({ error: error.stack ?? String(error) }));
document.documentElement.dataset.done = "true";
