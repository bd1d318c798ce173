// Endpoints of the Node host with the settings that the Python tests send, each on a port of its own;
// at the end, the records of their requests.

import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { readFile } from "node:fs/promises";

import { basic, bearer, createScimHandler, memoryStore, sqliteStore, tokenDigest } from "../../bindings-node/js/index.js";

const endpoints = [];
for (const { settings, tokens, users, resources, kind } of JSON.parse(await readFile(process.argv[2], "utf8"))) {
  const auth = [bearer({ tokens: Object.fromEntries(Object.entries(tokens).map(([token, who]) => [tokenDigest(token), who])) })];
  if (users !== null) auth.push(basic({ users }));
  const records = [];
  const errors = [];
  const scim = createScimHandler({
    store: kind === "memory" ? memoryStore({ resources }) : sqliteStore(":memory:"),
    auth: auth.length === 1 ? auth[0] : auth,
    observe: { audit: (record) => void records.push(record) },
    onError: (error) => errors.push(String(error)),
    ...settings,
  });
  const server = createServer(scim.node());
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  endpoints.push({ scim, server, records, errors });
}
console.log(JSON.stringify(endpoints.map(({ server }) => server.address().port)));
await text(process.stdin);
console.log(JSON.stringify(endpoints.map(({ records, errors, scim }) => ({ records, errors, openapi: scim.openapi(), operations: scim.operations() }))));
for (const { server } of endpoints) {
  server.closeAllConnections();
  server.close();
}
