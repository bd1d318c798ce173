// Cases about filters.

import { differing, given, quirks, refused } from "./compare.mjs";
import { as, documents, held, units } from "./inputs.mjs";

export function* filter(api, vector) {
  const schema = api.schema(vector.schema ?? "User");
  const options = given({ profile: vector.profile, ...vector.options });
  const { matches, explains, error } = vector.expect;
  if (vector.from !== undefined) {
    for (const input of ["object", "text", "bytes"]) {
      const make = () => schema.filterFrom(as(input, vector.from), options);
      yield [input, () => (error === undefined ? told(api, schema, vector, make()) : refused(make, error))];
    }
  }
  const make = () =>
    vector.from === undefined ? schema.filter(vector.filter, options) : schema.filterFrom(vector.from, options);
  if (error !== undefined && vector.from === undefined) {
    const { caret, ...rest } = error;
    const at = error.at === undefined ? undefined : units(vector.filter, error.at);
    yield ["text", () => refused(make, { ...rest, at }) ?? pointedAt(api, vector.filter, make, caret)];
  }
  if (error !== undefined) return;
  if (matches === undefined && explains === undefined) {
    if (vector.from === undefined) yield ["text", () => told(api, schema, vector, make())];
    return;
  }
  if (vector.resources !== undefined) {
    for (const input of ["object", "text", "bytes"]) {
      yield [
        input,
        () => {
          const made = make();
          const found = vector.resources.filter((resource) => made.matches(as(input, resource))).map(({ id }) => id);
          return differing("matches", found, matches) ?? told(api, schema, vector, made);
        },
      ];
    }
    return;
  }
  for (const [input, document] of documents(vector)) {
    yield [
      input,
      () => {
        const made = make();
        const problem = told(api, schema, vector, made);
        const wanted = matches ?? explains.matches;
        return problem ?? differing("matches", made.matches(document), wanted) ??
          held(api, schema, document, (once) => once.matches(made), wanted) ?? explained(api, vector, made, document, wanted);
      },
    ];
  }
}

// What the filter says of itself: its text, its tree, what was bent, what is left when it is simplified.
function told(api, schema, { expect, profile, options }, made) {
  const shown = {
    prints: () => made.toString(),
    expression: () => made.expression,
    trace: () => quirks(made.trace, expect.trace),
    simplified: () => made.simplified().toString(),
  };
  const asked = Object.keys(shown).filter((name) => expect[name] !== undefined);
  const problem = asked.map((name) => differing(name, shown[name](), expect[name])).find(Boolean);
  if (problem !== undefined) return problem;
  // A number beyond all of JavaScript's is refused, not taken for null.
  if (holdsInfinity(made.expression)) {
    return refused(() => schema.filterFrom(made.expression), { code: "foreign-value" });
  }
  const again = schema.filterFrom(made.expression, given({ profile, ...options }));
  return differing("its expression", again.expression, made.expression);
}

function holdsInfinity(tree) {
  return typeof tree === "object" && tree !== null ? Object.values(tree).some(holdsInfinity) : Math.abs(tree) === Infinity;
}

// The filter, simplified or not, and its explanation agree on every document.
function explained(api, vector, made, document, wanted) {
  const explanation = made.explain(document);
  const { explains } = vector.expect;
  return (
    differing("simplified", made.simplified().matches(document), wanted) ??
    differing("explained", explanation.matches, wanted) ??
    (explains === undefined ? undefined : differing("explains", explanation, inUnits(explains, vector.filter)))
  );
}

function inUnits(explains, text) {
  if (Array.isArray(explains)) return explains.map((part) => inUnits(part, text));
  if (typeof explains !== "object" || explains === null) return explains;
  const entries = Object.entries(explains).map(([name, member]) => [
    name,
    name === "span" ? member.map((at) => units(text, at)) : inUnits(member, text),
  ]);
  return Object.fromEntries(entries);
}

function pointedAt(api, text, make, wanted) {
  if (wanted === undefined) return undefined;
  try {
    make();
  } catch (error) {
    return differing("caret", api.caret(error.issues[0], text), wanted);
  }
  return "no error";
}
