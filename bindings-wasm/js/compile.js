// A WebAssembly module from whatever the caller has.

let hinted = false;

/** Takes a URL (or its text), a Request, a Response, a Module, bytes, or a function that gives one. */
export async function compile(given) {
  const source = await (typeof given === "function" ? given() : given);
  if (source instanceof WebAssembly.Module) return source;
  try {
    if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer) return await WebAssembly.compile(source);
    return await compileResponse(source instanceof Response ? source : await fetch(source));
  } catch (error) {
    throw explained(error);
  }
}

async function compileResponse(response) {
  const { url, status } = response;
  if (!response.ok) throw new Error(`scimforge: ${url} answered ${status}`);
  const type = response.headers.get("content-type") ?? "no type";
  if (/^application\/wasm\s*$/i.test(type)) return WebAssembly.compileStreaming(response);
  const bytes = await response.arrayBuffer();
  if (!isWasm(bytes)) throw new Error(`scimforge: ${url} is no WebAssembly file (it was served as ${type})`);
  if (!hinted) {
    hinted = true;
    console.warn(`scimforge: serve ${url} as application/wasm, not as ${type}: it would start sooner`);
  }
  return WebAssembly.compile(bytes);
}

function isWasm(bytes) {
  return bytes.byteLength > 8 && new DataView(bytes).getUint32(0) === 0x0061736d;
}

function explained(error) {
  // Every engine words it differently; all name the directive or the policy.
  if (!(error instanceof WebAssembly.CompileError) || !/unsafe-eval|content.security.policy|\bCSP\b/i.test(error.message)) {
    return error;
  }
  return new Error(
    "scimforge: the Content-Security-Policy of this page forbids WebAssembly: add 'wasm-unsafe-eval' to script-src",
    { cause: error },
  );
}
