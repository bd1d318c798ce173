// scimforge in a browser or a worker: `await load()` once, then everything else is synchronous.

import { compile } from "./compile.js";
import { makeApi } from "./shared.js";

export { ScimError } from "./shared.js";

// Bundlers find a wasm file by exactly this form of `new URL`.
const BUNDLES = {
  full: {
    wasm: () => new URL("./full/scimforge_bg.wasm", import.meta.url),
    glue: () => import("./full/scimforge.js"),
  },
  validator: {
    wasm: () => new URL("./validator/scimforge_bg.wasm", import.meta.url),
    glue: () => import("./validator/scimforge.js"),
  },
  server: {
    wasm: () => new URL("./server/scimforge_bg.wasm", import.meta.url),
    glue: () => import("./server/scimforge.js"),
  },
};

// Each has what those before it have.
const BY_SIZE = ["validator", "full", "server"];

const loading = new Map();

/** Fetches and starts a bundle, once: later calls give the same API, whatever they are given. */
export function load({ wasm, bundle = "full" } = {}) {
  if (!Object.hasOwn(BUNDLES, bundle)) {
    return Promise.reject(new TypeError('scimforge: `bundle` is "full", "server" or "validator"'));
  }
  if (!loading.has(bundle)) {
    const api = start(bundle, wasm);
    // A failure is not kept: the network may be back at the next call.
    api.catch(() => loading.delete(bundle));
    loading.set(bundle, api);
  }
  return loading.get(bundle);
}

async function start(name, wasm) {
  const bundle = BUNDLES[name];
  const [glue, module] = await Promise.all([bundle.glue(), compile(wasm ?? bundle.wasm())]);
  glue.initSync({ module });
  const api = makeApi(glue);
  // With several bundles loaded, the names below stand for the largest.
  if (BY_SIZE.indexOf(name) > BY_SIZE.indexOf(largest)) expose(api, name);
  return api;
}

// ---- the same names as in @scimforge/node, for after `load()` ----

let loaded;
let largest;

function ready(name) {
  if (loaded === undefined) throw new Error(`scimforge: \`await load()\` must come before ${name}()`);
  if (loaded[name] === undefined) throw new Error(`scimforge: the ${largest} bundle has no ${name}()`);
  return loaded[name];
}

export const schema = (...given) => ready("schema")(...given);
export const validate = (...given) => ready("validate")(...given);
export const isValid = (...given) => ready("isValid")(...given);
export const filter = (...given) => ready("filter")(...given);
export const filterFrom = (...given) => ready("filterFrom")(...given);
export const caret = (...given) => ready("caret")(...given);
export const applyPatch = (...given) => ready("applyPatch")(...given);
export const explainPatch = (...given) => ready("explainPatch")(...given);
export const inverse = (...given) => ready("inverse")(...given);
export const diff = (...given) => ready("diff")(...given);
export const project = (...given) => ready("project")(...given);
export const lintSchema = (...given) => ready("lintSchema")(...given);
export const schemaChanges = (...given) => ready("schemaChanges")(...given);
export const securityEvent = (...given) => ready("securityEvent")(...given);
export const migrate = (...given) => ready("migrate")(...given);
export const codes = () => ready("codes")();
export const profiles = () => ready("profiles")();

/** Classes cannot be had before they exist: `undefined` until `load()` is done. */
export let Migration;
export let MemoryServer;
export let version;

function expose(api, name) {
  loaded = api;
  largest = name;
  ({ Migration, MemoryServer, version } = api);
}
