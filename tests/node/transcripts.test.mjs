// What the identity providers send, as far as it is known in public: the life of a user and of a
// group, over real HTTP, against each store.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";

import { bearer, memoryStore, pgStore, sqliteStore, tokenDigest } from "../../bindings-node/js/index.js";
import { ORG, appTables } from "./mapped.mjs";
import { isInstalled, startPool } from "./postgres.mjs";
import { TOKEN, folder, listen } from "./server.mjs";

const transcripts = new URL("transcripts/", import.meta.url);

const stores = {
  memory: async () => memoryStore(),
  sqlite: async (t) => sqliteStore(join(await folder(t), "scim.db")),
};
// Tables that were there before have a column for whose the rows are.
let tenant = "";

if (isInstalled) {
  const { pool } = await startPool(after);
  let number = 0;
  stores.postgres = async () => pgStore(pool, { prefix: `t${(number += 1)}_` });
  stores["tables that were there before"] = async () => pgStore(pool, await appTables(pool, `m${(number += 1)}`));
  tenant = ORG;
}

/** Names in braces are the identifiers of what was kept under them. */
function filled(value, kept) {
  const text = JSON.stringify(value).replaceAll(/\{(\w+)\}/g, (whole, name) => kept.get(name)?.id ?? whole);
  return JSON.parse(text);
}

/** Members have no order. */
const byValue = (members) => [...members].sort((a, b) => (a.value < b.value ? -1 : 1));

function partial(actual, expected, where = "") {
  if (expected === null || typeof expected !== "object") return assert.deepEqual(actual, expected, where);
  assert.equal(typeof actual, "object", where);
  if (Array.isArray(expected)) assert.equal(actual?.length, expected.length, where);
  if (where.endsWith("/members")) return partial(byValue(actual), byValue(expected), `${where} in order`);
  for (const [name, value] of Object.entries(expected)) partial(actual?.[name], value, `${where}/${name}`);
}

const encoded = (text, blanks) => encodeURIComponent(text).replaceAll("%20", blanks);

async function send({ base }, { headers, blanks }, { method, path, query = {} }, body) {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encoded(value, blanks)}`);
  const own = { ...headers, authorization: `Bearer ${TOKEN}` };
  if (body === undefined) delete own["content-type"];
  const response = await fetch(`${base}${path}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`, {
    method,
    headers: own,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type"), text, body: text === "" ? undefined : JSON.parse(text) };
}

for (const file of (await readdir(transcripts)).sort()) {
  const transcript = JSON.parse(await readFile(new URL(file, transcripts), "utf8"));
  for (const [kind, make] of Object.entries(stores)) {
    for (const profile of [transcript.profile, "lenient"]) {
      test(`${transcript.client} against ${kind}, taken for ${profile}`, async (t) => {
        const who = { sub: transcript.client, tenant, permissions: ["Users:*", "Groups:*"], profile };
        const server = await listen(t, { store: await make(t), auth: bearer({ tokens: { [tokenDigest(TOKEN)]: who } }), profile: "strict" });
        const kept = new Map();
        for (const unfilled of transcript.steps) {
          const { name, echo, keep, together, sameVersionAs, ...step } = { ...unfilled, ...filled({ ...unfilled, echo: undefined, keep: undefined }, kept) };
          const body = echo === undefined ? step.body : { ...kept.get(unfilled.echo), ...step.body };
          const answers = await Promise.all((together ?? [body]).map((one) => send(server, transcript, step, one)));
          for (const answer of answers) {
            const said = `${name}: ${answer.status} ${answer.text}`;
            assert.ok([step.status].flat().includes(answer.status), said);
            if (answer.body !== undefined) assert.match(answer.type, /^application\/(scim\+)?json/, said);
            if (step.expect !== undefined && answer.status !== 204) partial(answer.body, step.expect, said);
            for (const pointer of step.absent ?? []) assert.equal(answer.body?.[pointer.slice(1)], undefined, said);
            if (sameVersionAs !== undefined) assert.equal(answer.body.meta.version, kept.get(unfilled.sameVersionAs).meta.version, said);
            if (keep !== undefined) kept.set(unfilled.keep, answer.body);
          }
        }
        assert.deepEqual(server.errors, []);
      });
    }
  }
}
