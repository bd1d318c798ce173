// The endpoint of the demo: SCIM below /scim/v2 in an SQLite file, and the browser page beside it.
//
//   node server.mjs DATABASE < settings     one line of JSON: { token, resources, schemas }
//
// It prints one line of JSON when it listens, and ends when its standard input does.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { bearer, createScimHandler, sqliteStore, tokenDigest } from "../../bindings-node/js/index.js";

const BROWSER = fileURLToPath(new URL("../../bindings-wasm/", import.meta.url));
const FOLDERS = ["playground", "dist"];
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
};

const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => start(JSON.parse(line)));

function start({ token, resources, schemas }) {
  const scim = createScimHandler({
    basePath: "/scim/v2",
    store: sqliteStore(process.argv[2]),
    auth: bearer({ tokens: { [tokenDigest(token)]: { sub: "demo" } } }),
    resources,
    schemas,
    onError: (error) => console.error(error),
  });
  const answer = scim.node();
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

async function page(request, response) {
  try {
    const file = fileOf(new URL(request.url, "http://localhost").pathname);
    const content = await readFile(file);
    response.writeHead(200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:",
      "x-content-type-options": "nosniff",
    });
    response.end(content);
  } catch {
    response.writeHead(404, { "content-type": "text/plain" });
    response.end("not found");
  }
}

function fileOf(path) {
  const [folder, ...rest] = decodeURIComponent(path).split("/").slice(1);
  const root = join(BROWSER, folder);
  const file = normalize(join(root, rest.join("/") || "index.html"));
  if (!FOLDERS.includes(folder) || !file.startsWith(`${root}/`)) throw new Error("outside");
  return file;
}
