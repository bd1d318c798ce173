// A server to be killed: `node durable.mjs sqlite FILE` or `node durable.mjs postgres FOLDER
// [PREFIX [DELETE]]`. It prints its port when it listens.

import { createServer } from "node:http";

import { createScimHandler, none, pgStore, sqliteStore } from "../../bindings-node/js/index.js";

const [kind, place, prefix, removal] = process.argv.slice(2);

async function postgres() {
  const { default: pg } = await import("pg");
  return pgStore(new pg.Pool({ host: place, user: "postgres", database: "postgres", max: 6 }), { prefix: prefix || undefined });
}

const store = kind === "sqlite" ? sqliteStore(place) : await postgres();
const scim = createScimHandler({ store, auth: none(), delete: removal, onError: (error) => console.error(error) });
const server = createServer(scim.node());
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
