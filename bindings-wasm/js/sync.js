// scimforge without waiting, from bytes or a module: for workers and test runners.

import * as glue from "./full/scimforge.js";
import { makeApi } from "./shared.js";

export { ScimError } from "./shared.js";

let api;

/** Starts the full bundle, once: later calls give the same API. Takes bytes or a Module. */
export function loadSync(wasm) {
  if (api === undefined) {
    glue.initSync({ module: wasm });
    api = makeApi(glue);
  }
  return api;
}
