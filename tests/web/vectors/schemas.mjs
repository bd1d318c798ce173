// Cases about schema documents, and schemas in the words of others.

import { differing, lookUp, missing, refused } from "./compare.mjs";
import { misshapen } from "./documents.mjs";
import { as, documents } from "./inputs.mjs";

export function* schema(api, vector) {
  const { expect } = vector;
  if (vector.old !== undefined) {
    for (const [input, old] of documents(vector, "old")) {
      const run = () => api.schemaChanges(old, as(input, vector.new));
      yield [input, () => (expect.error === undefined ? missing(run(), expect, "") : refused(run, expect.error))];
    }
    return;
  }
  if (vector.export !== undefined) {
    yield ["text", () => exported(api.schema(vector.schema ?? "User"), vector)];
    return;
  }
  const row = ({ severity = "warning", code, pointer = "" }) => [severity, code, pointer].join(" ");
  for (const [input, document] of documents(vector, "lint")) {
    yield [
      input,
      () => {
        const found = api.lintSchema(document);
        const problem = differing("issues", found.map(row).sort(), expect.issues.map(row).sort());
        return problem ?? found.map(misshapen).find((wrong) => wrong !== undefined);
      },
    ];
  }
}

function exported(schema, { export: form, options, expect }) {
  if (form === "fields") return differing("fields", schema.fields(), expect.fields);
  if (form === "types") {
    const types = schema.types();
    const wrong =
      expect.contains?.find((part) => !types.includes(part)) ?? expect.lacks?.find((part) => types.includes(part));
    return wrong && `${JSON.stringify(wrong)} in\n${types}`;
  }
  const run = () => schema.toJsonSchema(options);
  if (expect.error !== undefined) return refused(run, expect.error);
  const made = run();
  const there = expect.absent?.find((pointer) => lookUp(made, pointer) !== undefined);
  if (there !== undefined) return `${there} should be absent`;
  const places = Object.entries(expect.at ?? {});
  return places.map(([pointer, wanted]) => differing(pointer, lookUp(made, pointer), wanted)).find(Boolean);
}
