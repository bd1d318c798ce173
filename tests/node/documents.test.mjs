// Documents that are read once, and sorting.

import assert from "node:assert/strict";
import { test } from "node:test";

import { filter, schema } from "../../bindings-node/js/index.js";
import { GROUP, PATCH, USER } from "./server.mjs";

const users = schema("User");
const text = `{"schemas":["${USER}"],"userName":"rosa","title":"é😀","active":"True","emails":[{"value":"r@x.test"}]}`;

test("a document says what the schema says of its text", () => {
  const rosa = users.document(text);
  assert.equal(String(rosa), text);
  assert.deepEqual(rosa.toJSON(), JSON.parse(text));
  assert.deepEqual(rosa.validate(), users.validate(text));
  assert.equal(text.slice(...rosa.validate()[0].span), '"True"');
  assert.equal(rosa.isValid(), false);
  assert.equal(rosa.isValid({ profile: "lenient" }), true);
  assert.equal(rosa.matches(filter('userName eq "ROSA"')), true);
  assert.equal(rosa.matches(users.filter("nickName pr")), false);
  assert.equal(rosa.matches(schema("Group").filter("displayName pr")), false);
  const names = { attributes: ["userName"] };
  assert.deepEqual(rosa.project(names), users.project(text, names));
});

test("places are those of the text that was given, or none", () => {
  const [inBytes] = users.document(Buffer.from(text)).validate();
  assert.equal(Buffer.from(text).subarray(...inBytes.span).toString(), '"True"');
  assert.equal(users.document(JSON.parse(text)).validate()[0].span, undefined);
});

test("a PATCH leaves the document as it is", () => {
  const rosa = users.document(text);
  const patch = (path) => ({ schemas: [PATCH], Operations: [{ op: "remove", path }] });
  const { resource, changed } = rosa.applyPatch(patch("title"));
  assert.equal(changed, true);
  assert.equal(resource.title, undefined);
  assert.equal(String(rosa), text);
  assert.deepEqual(rosa.applyPatch(patch("title")), users.applyPatch(text, patch("title")));
  assert.equal(rosa.applyPatch(patch("title"), { explain: true }).operations[0].effect, "removed");
  assert.throws(() => rosa.applyPatch(patch("emails[value é 1]")), (error) => {
    const path = "emails[value é 1]";
    return error.issues[0].pointer === "/Operations/0/path" && path.slice(error.issues[0].span[0]).startsWith("é");
  });
});

test("a large group keeps what a PATCH does not name", () => {
  const members = Array.from({ length: 20_000 }, (_, at) => ({ value: `u-${at}`, display: `Person ${at}` }));
  const everyone = schema("Group").document({ schemas: [GROUP], displayName: "All", members });
  const Operations = [
    { op: "remove", path: 'members[value eq "u-7"]' },
    { op: "add", path: "members", value: [{ value: "u-7000" }, { value: "new" }] },
  ];
  const { resource } = everyone.applyPatch({ schemas: [PATCH], Operations });
  assert.deepEqual(resource.members, [...members.filter(({ value }) => value !== "u-7"), { value: "new" }]);
});

test("what is no document is refused", () => {
  assert.throws(() => users.document("{"), { code: "invalid-json" });
  assert.throws(() => users.document("{}").matches({}), TypeError);
});

test("values of every kind are sorted", () => {
  const kinds = [
    { id: "3", userName: "zoe" },
    '{"id":"1","userName":"Adam"}',
    Buffer.from('{"id":"2","userName":"mira"}'),
    users.document({ id: "0" }),
  ];
  const [zoe, adam, mira, nobody] = kinds;
  assert.deepEqual(users.sort(kinds, { sortBy: "userName" }), [adam, mira, zoe, nobody]);
  assert.deepEqual(users.sort(new Set(kinds), { sortBy: "USERNAME", sortOrder: "descending" }), [nobody, zoe, mira, adam]);
  assert.deepEqual(users.sort(kinds, { sortBy: "shoeSize" }), kinds);
  assert.throws(() => users.sort(kinds, { sortBy: "shoeSize", profile: "strict" }), { code: "unknown-attribute" });
  assert.throws(() => users.sort(kinds, { sortBy: "userName", sortOrder: "up" }), { code: "invalid-parameter" });
  assert.throws(() => users.sort(kinds, {}), { code: "invalid-option" });
  assert.throws(() => users.sort([kinds[0], "{"], { sortBy: "userName" }), (error) => error.issues[0].pointer === "/1");
});
