// Loads the engine in the way the query names, and leaves what came of it for the runner. It runs
// as a script of the page, since what a debugger evaluates is not held to the page's policy.

import * as scimforge from "../dist/index.js";

const WASM = new URL("../dist/full/scimforge_bg.wasm", import.meta.url);

const ways = {
  async plainly() {
    const early = message(() => scimforge.schema("User"));
    const api = await scimforge.load();
    const again = await scimforge.load({ wasm: "/nowhere.wasm" });
    const direct = scimforge.validate({ userName: "ada" }).length;
    // Each of the exported functions stands for that of the API.
    const missing = Object.keys(api).filter((name) => !["Schema", "Filter", "ScimDocument"].includes(name) && !(name in scimforge));
    return { version: api.version, same: api === again, early, direct, exported: scimforge.version, missing };
  },
  async bytes() {
    const wasm = new Uint8Array(await (await fetch(WASM)).arrayBuffer());
    return { version: (await scimforge.load({ wasm })).version };
  },
  async module() {
    const wasm = await WebAssembly.compileStreaming(fetch(WASM));
    return { version: (await scimforge.load({ wasm })).version };
  },
  async response() {
    return { version: (await scimforge.load({ wasm: await fetch(WASM) })).version };
  },
  async validator() {
    const { schema, ...api } = await scimforge.load({ bundle: "validator" });
    return {
      fields: schema("User").fields().length,
      issues: schema("User").validate({}).map(({ code }) => code),
      server: api.MemoryServer === undefined,
      early: message(() => scimforge.migrate("ldif", "")),
    };
  },
  async several() {
    const { MemoryServer } = await scimforge.load({ bundle: "server" });
    const full = await scimforge.load();
    const rosa = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: "rosa" };
    const server = new MemoryServer();
    return {
      status: server.handle({ method: "POST", target: "/Users", body: rosa }).status,
      inFull: full.MemoryServer === undefined,
      largest: scimforge.MemoryServer === MemoryServer,
    };
  },
  async retry() {
    const missing = await scimforge.load({ wasm: "/nowhere.wasm" }).catch((error) => error.message);
    const noWasm = await scimforge.load({ wasm: "/web/load.html" }).catch((error) => error.message);
    const bundle = await scimforge.load({ bundle: "tiny" }).catch((error) => error.message);
    return { missing, noWasm, bundle, version: (await scimforge.load()).version };
  },
  async hostile() {
    const { schema, ScimError } = await scimforge.load();
    const users = schema("User");
    const deep = "[".repeat(100_000);
    const nested = `{"userName":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`;
    let cyclic = { userName: "ada" };
    cyclic.self = cyclic;
    let deepObject = {};
    for (let depth = 0; depth < 100_000; depth += 1) deepObject = { a: deepObject };
    const thrown = (value) => {
      try {
        return users.validate(value).map(({ code }) => code);
      } catch (error) {
        return error instanceof ScimError ? `thrown ${error.code}` : String(error);
      }
    };
    const proto = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada","__proto__":{"admin":true}}';
    const patched = users.applyPatch(proto, {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [{ op: "add", path: "nickName", value: "Ada" }],
    }).resource;
    return {
      deep: users.validate(deep).map(({ code }) => code),
      nested: users.validate(nested).map(({ code }) => code),
      bytes: users.validate(new TextEncoder().encode(nested)).map(({ code }) => code),
      cyclic: thrown(cyclic),
      bigint: thrown({ userName: 1n }),
      deepObject: thrown(deepObject),
      proto: users.validate(proto).map(({ code, severity }) => `${severity} ${code}`),
      patched: patched.admin === undefined && Object.getPrototypeOf(patched) === Object.prototype,
      clean: {}.admin === undefined,
      filter: message(() => users.filter("(".repeat(100_000))),
      after: users.isValid({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: "ada" }),
    };
  },
};

function message(run) {
  try {
    return run();
  } catch (error) {
    return error.message;
  }
}

const way = new URLSearchParams(location.search).get("way");
globalThis.outcome = await ways[way]().catch((error) => ({ error: error.message }));
document.documentElement.dataset.done = "true";
