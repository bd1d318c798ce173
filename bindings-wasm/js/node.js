// The same as index.js where there is no server to fetch from: server-side rendering, test runners.
// For work in Node itself, `@scimforge/node` is faster.

import { readFile } from "node:fs/promises";
import * as browser from "./index.js";

export { ScimError } from "./shared.js";

const FILES = {
  full: new URL("./full/scimforge_bg.wasm", import.meta.url),
  validator: new URL("./validator/scimforge_bg.wasm", import.meta.url),
  server: new URL("./server/scimforge_bg.wasm", import.meta.url),
};

/** Reads and starts a bundle, once: later calls give the same API. */
export function load({ wasm, bundle = "full" } = {}) {
  const file = FILES[bundle];
  return browser.load({ bundle, wasm: wasm ?? (() => readFile(file)) });
}
