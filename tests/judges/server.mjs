// The endpoint that is judged: node server.mjs <profile> <memory | SQLite file> [--oven | --bare]
// Prints where it listens, on one line, and ends with its standard input.

import { createServer } from "node:http";

import { bearer, createScimHandler, memoryStore, sqliteStore, tokenDigest } from "../../bindings-node/js/index.js";
import { OVEN, OVEN_SCHEMA, WARRANTY_SCHEMA } from "./oven.mjs";

const [profile, place, option] = process.argv.slice(2);
const token = process.env.SCIMFORGE_TOKEN;

const scim = createScimHandler({
  profile,
  store: place === "memory" ? memoryStore() : sqliteStore(place),
  auth: bearer({ tokens: { [tokenDigest(token)]: { sub: "judge", permissions: ["scim:*"] } } }),
  ...(option === "--oven" ? { resources: ["User", "Group", OVEN], schemas: [OVEN_SCHEMA, WARRANTY_SCHEMA] } : {}),
  ...(option === "--bare" ? { bulk: false, me: false, etag: false, idempotency: false, resources: ["Group"] } : {}),
  pagination: { cursorKey: "a secret of the judged server, long enough" },
  // Judges sign in wrongly many times over, and want 401 each time.
  failedSignIns: false,
  onError: (error) => console.error(error),
});

const server = createServer(scim.node()).listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/scim/v2`);
});

process.stdin.resume().on("end", async () => {
  server.closeAllConnections();
  server.close();
  await scim.close();
});
