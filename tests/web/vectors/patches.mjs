// Cases about changes: what a PATCH does, makes of two documents, and looks like to others.

import { differing, given, quirks, refused } from "./compare.mjs";
import { as, documents, held } from "./inputs.mjs";

export function* patch(api, vector) {
  const schema = api.schema(vector.schema ?? "User");
  const { profile, maxMemberLoss } = vector;
  const { operations, inverse: undo } = vector.expect;
  const explain = operations === undefined ? undefined : true;
  const options = given({ profile, maxMemberLoss, explain, ...vector.options });
  const messages = documents(vector, "patch");
  for (const [index, [input, document]] of documents(vector).entries()) {
    yield [
      input,
      () => {
        const [, message] = messages[index % messages.length];
        const apply = () => schema.applyPatch(document, message, options);
        if (vector.expect.error !== undefined) return refused(apply, vector.expect.error);
        const { resource, changed, trace } = vector.expect;
        const outcome = apply();
        return (
          differing("resource", outcome.resource, resource) ??
          held(api, schema, document, (once) => once.applyPatch(message, options), outcome, options.limits) ??
          differing("changed", outcome.changed, changed) ??
          (trace === undefined ? undefined : differing("trace", quirks(outcome.trace, trace), trace)) ??
          (explain && toldOf(outcome.operations, operations)) ??
          (explain &&
            toldOf(schema.explainPatch(document, message, given({ ...options, explain: undefined })).operations, operations)) ??
          (undo && undone(schema.inverse(document, message, given({ profile, ...vector.options })), undo))
        );
      },
    ];
  }
}

function toldOf(found, expected) {
  const reports = found.map((report, index) => ({ ...report, trace: quirks(report.trace, expected[index]?.trace ?? []) }));
  return differing("operations", reports, expected);
}

function undone({ patch: message, lost }, expected) {
  return differing("inverse", { operations: message && message.Operations, lost }, expected);
}

export function* diff(api, vector) {
  const schema = api.schema(vector.schema ?? "User");
  for (const [input, document] of documents(vector)) {
    yield [
      input,
      () => {
        const found = schema.diff(document, as(input, vector.to));
        return differing("operations", found && found.Operations, vector.expect.operations);
      },
    ];
  }
}

export function* emit(api, vector) {
  const schema = api.schema(vector.schema ?? "User");
  const options = given({ profile: vector.profile, original: vector.original, ...vector.options });
  const ofPatch = vector.patch !== undefined;
  for (const [input, document] of documents(vector, ofPatch ? "patch" : "given")) {
    yield [
      input,
      () => {
        const run = () => (ofPatch ? schema.emitPatch(document, options) : schema.emit(document, options));
        const { error, resource, messages = [], trace } = vector.expect;
        if (error !== undefined) return refused(run, error);
        const made = run();
        return (
          differing("messages", made.messages.map(({ Operations }) => Operations), messages) ??
          differing("resource", made.resource, resource) ??
          (trace === undefined ? undefined : differing("trace", quirks(made.trace, trace), trace))
        );
      },
    ];
  }
}
