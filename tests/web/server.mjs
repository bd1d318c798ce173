// Static files on this machine alone, with the headers that a careful site would send.

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

// Folders served once more under another policy, or with something wrong.
const VARIANTS = {
  inline: { policy: "default-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'" },
  "no-wasm": { policy: "script-src 'self'; connect-src 'self'" },
  "wrong-type": { types: { ...TYPES, ".wasm": "application/octet-stream" } },
};

/** Answers requests from `folders` (name: path) and `documents` (name: text). */
export function files(folders, documents = {}) {
  return async (request, response) => {
    try {
      const steps = new URL(request.url, "http://localhost").pathname.split("/").slice(1);
      const { policy = POLICY, types = TYPES } = Object.hasOwn(VARIANTS, steps[0]) ? VARIANTS[steps.shift()] : {};
      const name = steps.join("/");
      const [folder, ...rest] = steps;
      const file = Object.hasOwn(documents, name) ? name : inside(folders[folder], rest.join("/") || "index.html");
      const content = documents[file] ?? (await readFile(file));
      response.writeHead(200, {
        "content-type": types[extname(file)] ?? "application/octet-stream",
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
      });
      response.end(content);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" });
      response.end("not found");
    }
  };
}

/** The same on a port of its own. Gives `{ origin, close }`. */
export async function serve(folders, documents) {
  const server = createServer(files(folders, documents));
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
