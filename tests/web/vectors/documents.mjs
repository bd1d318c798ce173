// Cases about documents: what is wrong with them, what of them is shown, their order.

import { differing, given, refused } from "./compare.mjs";
import { as, documents, held } from "./inputs.mjs";

export function* validate(api, vector) {
  const schema = api.schema(vector.schema ?? "User");
  const options = given({ mode: vector.mode, profile: vector.profile, original: vector.original, ...vector.options });
  for (const [input, document] of documents(vector)) {
    yield [
      input,
      () => {
        const whole = vector.at === undefined;
        const found = whole ? schema.validate(document, options) : schema.validateAt(document, vector.at, options);
        const expected = vector.expect.issues.map(({ code, pointer = "", severity = "error" }) =>
          [severity, code, pointer].join(" "),
        );
        const actual = found.map(({ code, pointer, severity }) => [severity, code, pointer].join(" "));
        const valid = !found.some(({ severity }) => severity === "error");
        const problem =
          differing("issues", actual.sort(), expected.sort()) ??
          unsaid(found, vector.expect.issues) ??
          found.map(misshapen).find((wrong) => wrong !== undefined);
        if (problem !== undefined || !whole) return problem;
        return (
          differing("isValid", schema.isValid(document, options), valid) ??
          held(api, schema, document, (once) => [once.validate(options), once.isValid(options)], [found, valid], options.limits)
        );
      },
    ];
  }
}

// An expected issue may say its message and its help too.
function unsaid(found, expected) {
  const isIt = (own, { code, pointer = "", message = own.message, help = own.help }) =>
    own.code === code && own.pointer === pointer && own.message === message && own.help === help;
  const wanted = expected.find((issue) => !found.some((own) => isIt(own, issue)));
  return wanted && `no issue ${JSON.stringify(wanted)} in ${JSON.stringify(found)}`;
}

// What every issue must have, whatever it is about.
export function misshapen(issue) {
  const pointer = issue.path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  if (pointer !== issue.pointer) return `path ${JSON.stringify(issue.path)} is not pointer ${issue.pointer}`;
  if (typeof issue.message !== "string" || issue.message.includes("?")) return `message: ${issue.message}`;
  if (typeof issue.spec !== "string" || typeof issue.scimPath !== "string") return `incomplete: ${issue.code}`;
  return undefined;
}

export function* project(api, vector) {
  const schema = api.schema(vector.schema ?? "User");
  const { attributes, excludedAttributes, profile } = vector;
  for (const [input, document] of documents(vector)) {
    yield [
      input,
      () => {
        const run = () => schema.project(document, given({ attributes, excludedAttributes, profile }));
        if (vector.expect.error !== undefined) return refused(run, vector.expect.error);
        return (
          differing("resource", run(), vector.expect.resource) ??
          held(api, schema, document, (once) => once.project(given({ attributes, excludedAttributes, profile })), run())
        );
      },
    ];
  }
}

export function* sort(api, vector) {
  const schema = api.schema(vector.schema ?? "User");
  const { resources, sortBy, sortOrder, profile, expect } = vector;
  for (const input of ["object", "text", "bytes"]) {
    yield [
      input,
      () => {
        const values = resources.map((resource) => as(input, resource));
        const run = () => schema.sort(values, given({ sortBy, sortOrder, profile }));
        if (expect.error !== undefined) return refused(run, expect.error);
        return differing("order", run().map((value) => resources[values.indexOf(value)].id), expect.order);
      },
    ];
  }
}
