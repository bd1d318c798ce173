// The order of 100,000 users, next to a sort by hand. A process of its own: that many objects are
// work for the collector, whoever is timed.

import assert from "node:assert/strict";

import { MemoryServer } from "../../../bindings-node/js/index.js";
import { lines } from "./data.mjs";
import { Table, way } from "./race.mjs";

const texts = lines("users.ndjson");
const objects = texts.map((text) => JSON.parse(text));
const PAGE = 100;

const env = { now: new Date(0), ids: [], baseUrl: "https://scim.north.test/v2" };
const server = new MemoryServer({ basePath: "/v2", etag: false });
for (const text of texts) server.insert(text);
const request = { method: "GET", target: `/v2/Users?sortBy=name.familyName&attributes=userName&count=${PAGE}` };

function ours() {
  const { status, body } = server.handle(request, env);
  assert.equal(status, 200);
  return body;
}

/** Keys first, then the order of the places; equals by id, as a server has to have one order. */
function theirs() {
  const keys = objects.map((user, place) => ({ place, name: user.name.familyName.toLowerCase(), id: user.id }));
  keys.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
  const page = keys.slice(0, PAGE).map(({ place }) => {
    const { schemas, id, userName } = objects[place];
    return { schemas, id, userName };
  });
  return JSON.stringify({ totalResults: keys.length, Resources: page });
}

const ids = (body) => JSON.parse(body).Resources.map(({ id }) => id);
assert.deepEqual(ids(Buffer.from(ours()).toString()), ids(theirs()));

const table = new Table();
table.add(
  `sort ${texts.length.toLocaleString("en")} users by name.familyName, first ${PAGE}`,
  way("MemoryServer", () => ours().length),
  way("objects that are there, sorted by keys", () => theirs().length),
);
table.run();
