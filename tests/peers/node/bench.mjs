// The Node package next to the libraries of others and to what Node itself does.
//
// Before anything is timed, both sides have to agree on what comes out. What a peer does otherwise
// is named in a note and timed for neither side.

import assert from "node:assert/strict";

import { schema } from "../../../bindings-node/js/index.js";
import { FILTERS, PATCHES, lines, peer } from "./data.mjs";
import { Table, way } from "./race.mjs";

/** Users as a server stores and shows them. */
const STORED = { mode: "response" };
const users = schema("User");
const texts = lines("users.ndjson", 1_000);
const buffers = texts.map((text) => Buffer.from(text));
const objects = texts.map((text) => JSON.parse(text));
/** What a peer takes a millisecond for. */
const few = objects.slice(0, 50);

const count = (list, run) => list.reduce((sum, item) => sum + Number(run(item)), 0);
const table = new Table();

function validation() {
  for (const [index, buffer] of buffers.entries()) {
    assert.deepEqual(users.validate(buffer, STORED), []);
    assert.ok(users.isValid(objects[index], STORED));
  }
  const parse = () => way("JSON.parse of a string", () => count(texts, (text) => JSON.parse(text) !== null));
  table.add("validate a Buffer, all issues", way("validate", () => count(buffers, (user) => users.validate(user, STORED).length)), parse());
  table.add("validate a Buffer, yes or no", way("isValid", () => count(buffers, (user) => users.isValid(user, STORED))), parse());
  table.add("validate a string, all issues", way("validate", () => count(texts, (user) => users.validate(user, STORED).length)), parse());
}

async function againstScimmy() {
  const work = "validate an object, yes or no";
  const { name, module: SCIMMY, reason } = await peer("scimmy");
  if (SCIMMY === undefined) return table.missing(work, name, reason);
  SCIMMY.Resources.declare(SCIMMY.Resources.User).extend(SCIMMY.Schemas.EnterpriseUser, false);
  const accepts = (user) => {
    try {
      return new SCIMMY.Schemas.User(user, "both") !== null;
    } catch {
      return false;
    }
  };
  for (const user of few) assert.ok(accepts(user), `${name} accepts what it is timed on`);
  for (const wrong of [{ userName: 5 }, { active: "yes" }, { emails: "none" }]) {
    const user = { ...few[0], ...wrong };
    assert.equal(users.isValid(user, STORED), false);
    assert.equal(accepts(user), false, `${name} refuses ${JSON.stringify(wrong)}`);
  }
  table.add(work, way("isValid", () => count(few, (user) => users.isValid(user, STORED))), way(`${name}, new User`, () => count(few, accepts)));
}

async function filters() {
  const parsing = "parse and bind a filter";
  const evaluating = "evaluate filters on Buffers";
  const { name, module: peers, reason } = await peer("scim2-parse-filter");
  if (peers === undefined) return [parsing, evaluating].forEach((work) => table.missing(work, name, reason));
  const { parse, filter } = peers;

  const both = FILTERS.map((text) => [text, users.filter(text), filter(parse(text))]);
  const found = (test, list) => list.flatMap((user, index) => (test(user) ? [index] : []));
  const same = both.filter(([text, ours, theirs]) => {
    const [mine, yours] = [found((user) => ours.matches(user), buffers), found(theirs, objects)];
    const agrees = mine.join() === yours.join();
    if (!agrees) table.note(`${name} finds ${yours.length} users where ${mine.length} match, timed without: ${text}`);
    return agrees;
  });

  table.add(
    parsing,
    way("schema.filter", () => count(FILTERS, (text) => users.filter(text) !== null)),
    way(`${name}, parse`, () => count(FILTERS, (text) => parse(text) !== null)),
  );
  table.add(
    evaluating,
    way("matches(Buffer)", () => count(same, ([, ours]) => count(buffers, (user) => ours.matches(user)))),
    way(`${name} on objects that are there`, () => count(same, ([, , theirs]) => count(objects, theirs))),
  );
}

async function patches() {
  const work = "PATCH, Buffer to text";
  const { name, module: peers, reason } = await peer("scim-patch");
  if (peers === undefined) return table.missing(work, name, reason);

  const ours = (user, patch) => users.applyPatchText(user, patch);
  const theirs = (text, patch) => JSON.stringify(peers.scimPatch(JSON.parse(text), JSON.parse(patch).Operations));
  const same = PATCHES.filter((patch) => {
    const agrees = texts.every((text, index) => {
      try {
        assert.deepEqual(JSON.parse(ours(buffers[index], patch)).resource, JSON.parse(theirs(text, patch)));
        return true;
      } catch {
        return false;
      }
    });
    if (!agrees) table.note(`${name} makes another resource of this PATCH, timed without: ${patch}`);
    return agrees;
  });
  const inBytes = same.map((patch) => Buffer.from(patch));
  const pick = (list, index) => list[index % list.length];
  table.add(
    work,
    way("applyPatchText", () => buffers.reduce((sum, user, index) => sum + ours(user, pick(inBytes, index)).length, 0)),
    way(`${name}, JSON.parse and JSON.stringify`, () => texts.reduce((sum, text, index) => sum + theirs(text, pick(same, index)).length, 0)),
  );
}

validation();
await againstScimmy();
await filters();
await patches();
table.run();
