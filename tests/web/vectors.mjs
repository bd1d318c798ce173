// Runs the shared cases of tests/vectors against an API made by `makeApi`, in any JavaScript host:
// nothing here reads files or knows where it runs.
//
//   const report = runVectors(api, cases)      // cases: the parsed elements of all files
//   report: { cases, runs, failures: [{ id, input, problem }] }

import { project, sort, validate } from "./vectors/documents.mjs";
import { filter } from "./vectors/filters.mjs";
import { migrate } from "./vectors/migrations.mjs";
import { diff, emit, patch } from "./vectors/patches.mjs";
import { schema } from "./vectors/schemas.mjs";
import { events, protocol } from "./vectors/server.mjs";

/** Runs every case, or those of the given kinds, through every input kind. */
export function runVectors(api, cases, { kinds = KINDS } = {}) {
  const report = { cases: 0, runs: 0, failures: [] };
  for (const vector of cases) {
    const kind = vector.id.split("/", 1)[0];
    if (RUNNERS[kind] !== undefined && !kinds.includes(kind)) continue;
    report.cases += 1;
    if (RUNNERS[kind] === undefined) {
      report.failures.push({ id: vector.id, input: "-", problem: `no runner for the kind ${kind}` });
      continue;
    }
    for (const [input, run] of RUNNERS[kind](api, vector)) {
      report.runs += 1;
      const problem = problemOf(run);
      if (problem !== undefined) report.failures.push({ id: vector.id, input, problem });
    }
  }
  return report;
}

/** Readable lines about a report's failures, without repeating a problem for each input kind. */
export function explain(report, most = 40) {
  const lines = new Map();
  for (const { id, input, problem } of report.failures) {
    const key = `${id}\n  ${problem.replaceAll("\n", "\n  ")}`;
    lines.set(key, [...(lines.get(key) ?? []), input]);
  }
  const shown = [...lines].slice(0, most).map(([key, inputs]) => key.replace("\n", ` (${inputs.join(", ")})\n`));
  if (lines.size > most) shown.push(`… and ${lines.size - most} more`);
  return shown.join("\n");
}

function problemOf(run) {
  try {
    return run();
  } catch (error) {
    return `unexpected ${error?.name}: ${error?.stack ?? error}`;
  }
}

const RUNNERS = { validate, filter, patch, diff, emit, project, sort, protocol, events, schema, migrate };

/** What cases there are. */
export const KINDS = Object.keys(RUNNERS);
