// A static server on this machine alone, with the headers that a careful site would send.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src data:";

// Folders served a second time, with something wrong.
const VARIANTS = {
  "no-wasm": { policy: "script-src 'self'; connect-src 'self'" },
  "wrong-type": { types: { ...TYPES, ".wasm": "application/octet-stream" } },
};

/** Serves `folders` (name: path) and `documents` (name: text). Gives `{ origin, close }`. */
export async function serve(folders, documents) {
  const server = createServer(async (request, response) => {
    const steps = new URL(request.url, "http://localhost").pathname.split("/").slice(1);
    const { policy = POLICY, types = TYPES } = Object.hasOwn(VARIANTS, steps[0]) ? VARIANTS[steps.shift()] : {};
    const [folder, ...rest] = steps;
    try {
      const content = documents[steps.join("/")] ?? (await readFile(inside(folders[folder], rest.join("/"))));
      const type = types[extname(steps.at(-1))] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "content-security-policy": policy, "cache-control": "no-store" });
      response.end(content);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" });
      response.end("not found");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function inside(folder, path) {
  const file = normalize(join(folder, decodeURIComponent(path)));
  if (!file.startsWith(normalize(`${folder}/`))) throw new Error("outside");
  return file;
}
