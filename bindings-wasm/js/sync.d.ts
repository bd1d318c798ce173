import type { Api } from "./index.js";

export { ScimError } from "./types.js";

/** Starts the full bundle without waiting, once: for workers and test runners. */
export function loadSync(wasm: ArrayBuffer | Uint8Array | WebAssembly.Module): Api;
