// What holds for whatever comes in. A failure prints the seed and the path to the smallest case;
// SCIMFORGE_SEED and SCIMFORGE_RUNS look elsewhere and longer.

import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { MemoryServer, ScimError, lintSchema, schema, schemaChanges } from "../../bindings-node/js/index.js";
import { PATCH, USER } from "./server.mjs";

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const users = schema("User");
const number = (name, otherwise) => Number(process.env[name] ?? otherwise);
fc.configureGlobal({ seed: number("SCIMFORGE_SEED", 20_260_301), numRuns: number("SCIMFORGE_RUNS", 300) });

const property = (...given) => fc.assert(fc.property(...given));

// ---- documents: near the schema they find more than arbitrary ones ----

const json = fc.jsonValue({ maxDepth: 3, stringUnit: "binary" });
const value = fc.oneof(
  json,
  fc.constantFrom("True", "rosa@north.test", "2026-03-01T09:30:00Z", "work", "en-GB", "NO", "AQID", USER, "\ud800"),
);
const some = (names, of, maxKeys = 4) => fc.dictionary(fc.constantFrom(...names), of, { maxKeys, noNullPrototype: true });
const element = some(["value", "type", "primary", "display", "$ref", "VALUE2", "size"], value);
const list = fc.oneof(fc.array(element, { maxLength: 3 }), value);
const nearUser = fc.record(
  {
    schemas: fc.constantFrom([USER], [USER, ENTERPRISE], [], [USER, USER], 7),
    id: value,
    userName: value,
    ACTIVE: value,
    name: fc.oneof(some(["givenName", "familyname", "x"], value), value),
    emails: list,
    x509Certificates: list,
    groups: list,
    password: value,
    meta: fc.oneof(some(["created", "version", "resourceType"], value), value),
    [ENTERPRISE]: fc.oneof(some(["department", "manager"], value), value),
    unknown: value,
  },
  { requiredKeys: [], noNullPrototype: true },
);
const document = fc.oneof({ weight: 4, arbitrary: nearUser }, { weight: 1, arbitrary: json });

/** A string would be taken for JSON text. */
const isNoText = (given) => typeof given !== "string";
const forms = (given) => {
  const text = JSON.stringify(given);
  const all = [text, Buffer.from(text)];
  return isNoText(given) ? [given, ...all] : all;
};

/** What a call gives, or throws; never anything but a ScimError. */
function outcome(run) {
  try {
    return { gave: run() };
  } catch (error) {
    assert.ok(error instanceof ScimError, `${error?.stack ?? error}`);
    return { threw: error.issues.map(placeless) };
  }
}

/** Places in a text are told in its own units. */
const placeless = ({ span, ...issue }) => issue;

function alike(given, run) {
  const [first, ...rest] = forms(given).map((form) => outcome(() => run(form)));
  for (const other of rest) assert.deepEqual(other, first);
  return first;
}

const mode = fc.constantFrom("create", "replace", "patch", "response", "import");

test("an object, its text and its bytes have the same issues", () => {
  property(document, mode, (given, mode) => {
    const { gave } = alike(given, (form) => users.validate(form, { mode }).map(placeless));
    const valid = gave.every(({ severity }) => severity !== "error");
    assert.deepEqual(alike(given, (form) => users.isValid(form, { mode })), { gave: valid });

    const [text, bytes] = forms(given).slice(-2);
    const places = (form) => users.validate(form, { mode }).map(({ span }) => span && form.slice(...span).toString());
    assert.deepEqual(places(text), places(bytes));
  });
});

const FILTERS = [
  'emails[type eq "work" and not (value pr)] or userName sw "r"',
  "active eq true and title pr",
  'name.familyName gt "k" or meta.created ge "2026-01-01T00:00:00Z"',
  `${ENTERPRISE}:manager.value ne "7" and id ne null`,
].map((text) => users.filter(text));

test("an object, its text and its bytes match alike", () => {
  property(document, fc.constantFrom(...FILTERS), (given, filter) => void alike(given, (form) => filter.matches(form)));
});

const names = fc.uniqueArray(
  fc.constantFrom("userName", "name.familyName", "emails.value", "emails", "schemas", "password", `${ENTERPRISE}:manager`, "meta.version", "groups"),
  { maxLength: 4 },
);
const projection = fc.oneof(
  fc.constant({}),
  names.map((attributes) => ({ attributes })),
  names.map((excludedAttributes) => ({ excludedAttributes })),
);

test("an object, its text and its bytes are projected alike, and a projection is its own projection", () => {
  property(document, projection, (given, options) => {
    const { gave } = alike(given, (form) => users.project(form, options));
    if (gave !== undefined) assert.deepEqual(users.project(gave, options), gave);
  });
});

// ---- a diff ----

const word = fc.constantFrom("a", "b", "B", 'x"y\\z]', "é");
const email = fc.record({ value: word, type: fc.constantFrom("work", "home"), display: word }, { requiredKeys: [] });
/** A list is a set: what is there twice, but for case, is there once. At most one value is primary. */
const emails = fc
  .tuple(fc.uniqueArray(email, { maxLength: 4, selector: (one) => JSON.stringify(Object.entries(one).sort()).toLowerCase() }), fc.nat(5))
  .map(([all, primary]) => all.map((one, place) => (place === primary ? { ...one, primary: true } : one)));
const rightUser = fc
  .record(
    {
      title: word,
      active: fc.boolean(),
      name: fc.record({ givenName: word, familyName: word }, { requiredKeys: [] }),
      emails,
      [ENTERPRISE]: fc.record({ department: word, manager: fc.record({ value: word }) }, { requiredKeys: ["department"] }),
    },
    { requiredKeys: [] },
  )
  .map((user) => ({ schemas: Object.hasOwn(user, ENTERPRISE) ? [USER, ENTERPRISE] : [USER], userName: "rosa", ...user }));

test("a diff applied to the old makes the new", () => {
  property(rightUser, rightUser, (old, value) => {
    const message = users.diff(old, value);
    const made = message === null ? old : users.applyPatch(old, message, { profile: "strict" }).resource;
    assert.equal(users.diff(made, value), null);
    assert.equal(users.diff(value, made), null);
    const [text, bytes] = [JSON.stringify(old), Buffer.from(JSON.stringify(value))];
    assert.deepEqual(users.diff(text, bytes), message);
    assert.deepEqual(users.diff(Buffer.from(text), bytes.toString()), message);
  });
});

// ---- nothing but a ScimError ----

const path = fc.oneof(word, fc.constantFrom("emails", 'emails[type eq "work"].value', "name.givenName", `${ENTERPRISE}:department`, "members[", "9"), json);
const operation = fc.record({ op: fc.oneof(fc.constantFrom("add", "Replace", "remove"), json), path, value }, { requiredKeys: [] });
const message = fc.oneof(fc.record({ schemas: fc.constant([PATCH]), Operations: fc.array(operation, { maxLength: 3 }) }), json);

test("a PATCH of any form gives the same or fails the same", () => {
  property(document, message, (given, patch) => {
    alike(given, (form) => users.applyPatch(form, isNoText(patch) ? patch : JSON.stringify(patch)));
    const texts = forms(patch).map((form) => outcome(() => users.applyPatch({ schemas: [USER], userName: "rosa" }, form)));
    for (const other of texts) assert.deepEqual(other, texts[0]);
  });
});

const attribute = fc.record({ name: fc.oneof(word, json), type: fc.oneof(fc.constantFrom("string", "complex", "kiln"), json), multiValued: json, subAttributes: json }, { requiredKeys: [] });
const schemaDocument = fc.record({ id: fc.oneof(fc.constant("urn:acme:Kiln"), json), attributes: fc.oneof(fc.array(attribute, { maxLength: 3 }), json) }, { requiredKeys: [] });
const anything = fc.oneof(document, message, schemaDocument, fc.record({ resourceType: json, schemas: fc.array(schemaDocument, { maxLength: 2 }) }));

test("whatever is not understood is a ScimError", () => {
  property(anything, anything, fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("emails[type", "not (", "")), (given, other, text) => {
    const server = new MemoryServer();
    for (const form of [...forms(given), text, Buffer.from(text)]) {
      const calls = [
        () => schema(form),
        () => users.validate(form, { original: other }),
        () => users.validateAt(form, text),
        () => users.filter(text).matches(form),
        () => users.applyPatch(form, other),
        () => users.diff(form, other),
        () => users.project(form, { attributes: [text] }),
        () => lintSchema(form),
        () => schemaChanges(form, other),
        () => server.insert(form),
        () => server.handle({ method: "POST", target: "/scim/v2/Users", headers: { "content-type": "application/scim+json" }, body: JSON.stringify(other) }),
      ];
      calls.forEach(outcome);
    }
  });
});

test("bytes that are no text, or no JSON, are an issue", () => {
  property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    outcome(() => users.validate(bytes));
    outcome(() => users.filter("title pr").matches(bytes));
    outcome(() => users.applyPatch(bytes, bytes));
    outcome(() => users.project(bytes));
  });
});
