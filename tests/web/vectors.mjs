// Runs the shared cases of tests/vectors against an API made by `makeApi`, in any JavaScript host:
// nothing here reads files or knows where it runs.
//
//   const report = runVectors(api, cases)      // cases: the parsed elements of all files
//   report: { cases, runs, failures: [{ id, input, problem }] }

const encoder = new TextEncoder();
const decoder = new TextDecoder();

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

// ---- input kinds ----

/** `[name, value]` for every way the document under `member` can be handed over. */
function documents(vector, member = "given") {
  const { [member]: value, [`${member}Text`]: given, [`${member}Base64`]: encoded } = vector;
  if (encoded !== undefined) return [["bytes", base64(encoded)]];
  const text = given ?? JSON.stringify(value);
  const textAndBytes = [
    ["text", text],
    ["bytes", encoder.encode(text)],
  ];
  // A string is always taken as JSON text, so a string cannot be handed over as an object.
  const isObject = given === undefined && typeof value !== "string";
  return isObject ? [["object", value], ...textAndBytes] : textAndBytes;
}

/** The same value in the given input kind. */
function as(input, value) {
  if (input === "object") return value;
  const text = JSON.stringify(value);
  return input === "text" ? text : encoder.encode(text);
}

function base64(text) {
  return Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0));
}

// ---- the kinds ----

const RUNNERS = { validate, filter, patch, diff, emit, project, sort, protocol, schema, migrate };

/** What cases there are. */
export const KINDS = Object.keys(RUNNERS);

function* validate(api, vector) {
  const schema = api.schema(vector.schema ?? "User");
  const options = given({ mode: vector.mode, profile: vector.profile, original: vector.original, ...vector.options });
  for (const [input, document] of documents(vector)) {
    yield [
      input,
      () => {
        const found = schema.validate(document, options);
        const expected = vector.expect.issues.map(({ code, pointer = "", severity = "error" }) =>
          [severity, code, pointer].join(" "),
        );
        const actual = found.map(({ code, pointer, severity }) => [severity, code, pointer].join(" "));
        const valid = !found.some(({ severity }) => severity === "error");
        return (
          differing("issues", actual.sort(), expected.sort()) ??
          differing("isValid", schema.isValid(document, options), valid) ??
          held(api, schema, document, (once) => [once.validate(options), once.isValid(options)], [found, valid], options.limits) ??
          found.map(misshapen).find((problem) => problem !== undefined)
        );
      },
    ];
  }
}

// What every issue must have, whatever it is about.
function misshapen(issue) {
  const pointer = issue.path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  if (pointer !== issue.pointer) return `path ${JSON.stringify(issue.path)} is not pointer ${issue.pointer}`;
  if (typeof issue.message !== "string" || issue.message.includes("?")) return `message: ${issue.message}`;
  if (typeof issue.spec !== "string" || typeof issue.scimPath !== "string") return `incomplete: ${issue.code}`;
  return undefined;
}

function* filter(api, vector) {
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

function* patch(api, vector) {
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

function* diff(api, vector) {
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

function* emit(api, vector) {
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

function* project(api, vector) {
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

function* sort(api, vector) {
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

// A document that is read once says what the schema says; in the bundles that have such. It is
// read before any limits are known.
function held(api, schema, document, ask, expected, limits) {
  if (api.filter === undefined || limits !== undefined) return undefined;
  let once;
  try {
    once = schema.document(document);
  } catch {
    // It cannot be read, and what that means has been looked at.
    return undefined;
  }
  return differing("the document", ask(once), expected);
}

const START = Date.UTC(2026, 2, 1, 9, 30, 0);
const BASE_URL = "https://scim.example.test/v2";

function* protocol(api, vector) {
  for (const input of ["object", "text", "bytes"]) {
    yield [
      input,
      () => {
        const server = new api.MemoryServer(vector.config);
        for (const resource of vector.store ?? []) server.insert(as(input, resource));
        let nextId = 1;
        for (const [index, { request, expect, env }] of vector.steps.entries()) {
          const now = new Date(START + index * 1000).toISOString().replace(".000Z", "Z");
          const ids = Array.from({ length: 64 }, (_, offset) => `id-${nextId + offset}`);
          const answer = server.handle(bodied(request, input), { now, ids, baseUrl: BASE_URL, ...env });
          nextId += created(answer);
          const problem = unexpected(answer, expect);
          if (problem !== undefined) return `step ${index + 1}: ${problem}`;
        }
        return undefined;
      },
    ];
  }
}

// A step takes one identifier for each resource that it creates.
function created(answer) {
  if (answer.status !== 200) return answer.status === 201 ? 1 : 0;
  const { Operations = [] } = JSON.parse(decoder.decode(answer.body));
  return Operations.filter(({ status }) => status === "201").length;
}

function bodied({ body, bodyText, ...request }, input) {
  if (bodyText !== undefined) return { ...request, body: input === "bytes" ? encoder.encode(bodyText) : bodyText };
  return body === undefined ? request : { ...request, body: as(input, body) };
}

function unexpected(answer, expect) {
  const text = decoder.decode(answer.body);
  const about = (problem) => problem && `${problem}\nanswered ${answer.status}: ${text.slice(0, 600)}`;
  if (answer.status !== expect.status) return about(`status ${answer.status}, not ${expect.status}`);
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    const actual = answer.headers[name];
    if (value === "*" ? actual === undefined : actual !== (value ?? undefined)) return about(`header ${name}: ${actual}, not ${value}`);
  }
  if (expect.noBody) return text === "" ? undefined : about("a body, where none should be");
  if (expect.body === undefined && expect.absent === undefined) return undefined;
  const body = JSON.parse(text);
  for (const pointer of expect.absent ?? []) {
    if (lookUp(body, pointer) !== undefined) return about(`${pointer} should be absent`);
  }
  return expect.body === undefined ? undefined : about(missing(body, expect.body, ""));
}

function* schema(api, vector) {
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

function* migrate(api, vector) {
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

// ---- comparing ----

// Options without the members that are not set.
function given(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

// A quirk by its name, or an entry by the members that are expected of it.
function quirks(trace, expected) {
  return trace.map((entry, index) => {
    const wanted = expected[index];
    if (typeof wanted !== "object") return entry.quirk;
    return Object.fromEntries(Object.keys(wanted).map((name) => [name, entry[name] ?? null]));
  });
}

function refused(run, expected) {
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
    };
    const asked = Object.keys(expected).filter((name) => expected[name] !== undefined);
    const pick = (from) => Object.fromEntries(asked.map((name) => [name, from[name] ?? null]));
    return differing("error", pick(actual), pick(expected));
  }
  return `no error, but ${JSON.stringify(outcome)}\nexpected ${JSON.stringify(expected)}`;
}

function differing(what, actual, expected) {
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
function missing(actual, expected, place) {
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

function lookUp(value, pointer) {
  const steps = pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce((inner, step) => (inner !== null && typeof inner === "object" ? inner[step] : undefined), value);
}

// The place in UTF-16 units of a place in bytes.
function units(text, byte) {
  return decoder.decode(encoder.encode(text).subarray(0, byte)).length;
}
