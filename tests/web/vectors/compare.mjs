// What is, against what is expected.

// Options without the members that are not set.
export function given(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

// A quirk by its name, or an entry by the members that are expected of it.
export function quirks(trace, expected) {
  return trace.map((entry, index) => {
    const wanted = expected[index];
    if (typeof wanted !== "object") return entry.quirk;
    return Object.fromEntries(Object.keys(wanted).map((name) => [name, entry[name] ?? null]));
  });
}

export function refused(run, expected) {
  let outcome;
  try {
    outcome = run();
  } catch (error) {
    if (error?.name !== "ScimError") throw error;
    const [issue] = error.issues;
    const actual = {
      code: error.code,
      scimType: error.scimType,
      operation: issue.params.operation === undefined ? undefined : Number(issue.params.operation),
      pointer: issue.pointer,
      at: issue.span?.[0],
      help: issue.help,
    };
    const asked = Object.keys(expected).filter((name) => expected[name] !== undefined);
    const pick = (from) => Object.fromEntries(asked.map((name) => [name, from[name] ?? null]));
    return differing("error", pick(actual), pick(expected));
  }
  return `no error, but ${JSON.stringify(outcome)}\nexpected ${JSON.stringify(expected)}`;
}

export function differing(what, actual, expected) {
  return same(actual, expected)
    ? undefined
    : `${what}: ${JSON.stringify(actual)}\nexpected: ${JSON.stringify(expected)}`;
}

// Equal as JSON: members in the same order, numbers by value.
function same(one, other) {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  const others = Object.keys(other);
  return (
    names.length === others.length &&
    names.every((name, index) => name === others[index] && same(one[name], other[name]))
  );
}

// What of the expected part is not there: every member must match, "*" is anything.
export function missing(actual, expected, place) {
  if (expected === "*") return actual === undefined ? `${place} is missing` : undefined;
  if (typeof expected !== "object" || expected === null) {
    return same(actual, expected) ? undefined : differing(place, actual, expected);
  }
  if (typeof actual !== "object" || actual === null || Array.isArray(actual) !== Array.isArray(expected)) {
    return differing(place, actual, expected);
  }
  if (Array.isArray(expected) && actual.length !== expected.length) return differing(place, actual, expected);
  for (const name of Object.keys(expected)) {
    const problem = missing(Object.hasOwn(actual, name) ? actual[name] : undefined, expected[name], `${place}/${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

export function lookUp(value, pointer) {
  const steps = pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce((inner, step) => (inner !== null && typeof inner === "object" ? inner[step] : undefined), value);
}
