// The endpoint of the demo: SCIM below /scim/v2 in an SQLite file, and the browser page beside it.
//
//   node server.mjs DATABASE < settings     one line of JSON: { token, resources, schemas }
//
// It prints one line of JSON when it listens, and ends when its standard input does.

import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { bearer, createScimHandler, sqliteStore, tokenDigest } from "../../bindings-node/js/index.js";
import { files } from "../web/server.mjs";

const BROWSER = fileURLToPath(new URL("../../bindings-wasm/", import.meta.url));

const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => start(JSON.parse(line)));

function start({ token, resources, schemas }) {
  const scim = createScimHandler({
    basePath: "/scim/v2",
    store: sqliteStore(process.argv[2]),
    auth: bearer({ tokens: { [tokenDigest(token)]: { sub: "demo", permissions: ["scim:*"] } } }),
    resources,
    schemas,
    onError: (error) => console.error(error),
  });
  const answer = scim.node();
  const page = files({ playground: join(BROWSER, "playground"), dist: join(BROWSER, "dist") });
  // What is not SCIM's is the page's.
  const server = createServer((request, response) => answer(request, response, () => page(request, response)));
  server.listen(0, "127.0.0.1", () => {
    console.log(JSON.stringify({ origin: `http://127.0.0.1:${server.address().port}` }));
  });
  lines.once("close", async () => {
    server.close();
    server.closeAllConnections();
    await scim.close();
  });
}
