// Cases about identities from other formats.

import { differing, missing, refused } from "./compare.mjs";
import { base64, encoder } from "./inputs.mjs";

export function* migrate(api, vector) {
  const source = vector.inputBase64 === undefined ? encoder.encode(vector.inputText) : base64(vector.inputBase64);
  const whole = (input) => () => api.migrate(vector.format, input, vector.options);
  const ways = [
    ["bytes", whole(source)],
    ["chunks", () => inChunks(api, vector, source, 7)],
  ];
  if (vector.inputText !== undefined) ways.unshift(["text", whole(vector.inputText)]);
  for (const [input, run] of ways) {
    yield [input, () => (vector.expect.error === undefined ? migrated(run(), vector.expect) : refused(run, vector.expect.error))];
  }
}

function inChunks(api, vector, source, size) {
  const migration = new api.Migration(vector.format, vector.options);
  const chunks = [];
  for (let at = 0; at < source.length; at += size) chunks.push(source.subarray(at, at + size));
  for (const chunk of chunks) migration.scan(chunk);
  migration.endScan();
  const outcomes = chunks.flatMap((chunk) => migration.convert(chunk));
  outcomes.push(...migration.endConvert());
  const having = (outcome) => outcomes.filter((entry) => entry.outcome === outcome);
  return {
    resources: having("resource"),
    rejected: having("rejected"),
    skipped: having("skipped"),
    report: migration.report(),
  };
}

function migrated({ resources, rejected, report }, expect) {
  const made = resources.map(({ type, key, resource }) => ({ type, key, resource }));
  const refusedLines = rejected.map(({ line, issue }) => ({ line, code: issue.code }));
  const warned = resources.flatMap(({ line, issues }) =>
    issues.map((issue) => [line, issue.code, issue.severity].join(" ")),
  );
  const unsaid = (expect.issues ?? [])
    .map(({ line, code, severity }) => [line, code, severity].join(" "))
    .filter((wanted) => !warned.includes(wanted));
  return (
    differing("resources", made, expect.resources ?? []) ??
    differing("rejected", refusedLines, (expect.rejected ?? []).map(({ line, code }) => ({ line, code }))) ??
    (unsaid.length === 0 ? undefined : differing("issues", warned, unsaid)) ??
    (expect.report === undefined ? undefined : missing(report, expect.report, "report"))
  );
}
