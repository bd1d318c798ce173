// The order of 100,000 users, next to a sort by hand: documents that were read before against
// objects that were read before. A process of its own: that many objects are work for the
// collector, whoever is timed.

import assert from "node:assert/strict";

import { schema } from "../../../bindings-node/js/index.js";
import { lines } from "./data.mjs";
import { Table, way } from "./race.mjs";

const PAGE = 100;

const users = schema("User");
const texts = lines("users.ndjson");
const objects = texts.map((text) => JSON.parse(text));
const documents = texts.map((text) => users.document(Buffer.from(text)));
const total = texts.length;

const answer = (Resources) => JSON.stringify({ totalResults: total, Resources });

function ours() {
  const page = users.sort(documents, { sortBy: "name.familyName" }).slice(0, PAGE);
  return answer(page.map((user) => user.project({ attributes: ["userName"] })));
}

/** Keys first, then the order of the places; equals by id, as a server has to have one order. */
function theirs() {
  const keys = objects.map((user, place) => ({ place, name: user.name.familyName.toLowerCase(), id: user.id }));
  keys.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
  const page = keys.slice(0, PAGE).map(({ place }) => {
    const { schemas, id, userName } = objects[place];
    return { schemas, id, userName };
  });
  return answer(page);
}

assert.deepEqual(JSON.parse(ours()), JSON.parse(theirs()));

const table = new Table();
table.add(
  `sort ${total.toLocaleString("en")} users by name.familyName, first ${PAGE}`,
  way("schema.sort of documents", () => ours().length),
  way("objects that are there, sorted by keys", () => theirs().length),
);
table.run();
