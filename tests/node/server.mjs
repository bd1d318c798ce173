// An endpoint on a real socket, for the tests beside this file.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bearer, createScimHandler, tokenDigest } from "../../bindings-node/js/index.js";

export const TOKEN = "quay-7-try-me";
export const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
export const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
export const ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";

// Listens with these settings; `t` is the test that closes it.
export async function listen(t, settings, middleware = (scim) => scim.node()) {
  const errors = [];
  const scim = createScimHandler({
    auth: bearer({ tokens: { [tokenDigest(TOKEN)]: { sub: "tests", permissions: ["scim:*"] } } }),
    onError: (error) => errors.push(error),
    ...settings,
  });
  const server = createServer(middleware(scim));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  const base = `http://127.0.0.1:${port}${settings.basePath ?? "/scim/v2"}`;
  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await scim.close();
  };
  t.after(close);
  return { base, port, scim, errors, close, ask: (...given) => ask(base, ...given) };
}

async function ask(base, method, path, body, headers = {}) {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/scim+json", ...headers },
    body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text), text };
}

export async function folder(t) {
  const made = await mkdtemp(join(tmpdir(), "scimforge-"));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}
