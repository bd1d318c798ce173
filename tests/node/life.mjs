// What is asked of an endpoint wherever it is mounted, over a real socket: a life of a user in each
// content type, two tenants in flight, errors, bodies that are large, and bodies that end too soon.

import assert from "node:assert/strict";
import { connect } from "node:net";

import { bearer, createScimHandler, memoryStore, tokenDigest } from "../../bindings-node/js/index.js";
import { ERROR, PATCH, USER } from "./server.mjs";

export const TOKENS = { north: "quay-north", south: "quay-south" };
export const rosa = (more) => ({ schemas: [USER], userName: "rosa", ...more });

/** An endpoint for both tenants, what went wrong in it, and its records. */
export function endpoint(more) {
  const errors = [];
  const records = [];
  const who = { permissions: ["scim:*"] };
  const tokens = Object.fromEntries(Object.entries(TOKENS).map(([tenant, token]) => [tokenDigest(token), { ...who, tenant, sub: tenant }]));
  const scim = createScimHandler({
    store: memoryStore(),
    auth: bearer({ tokens }),
    onError: (error) => errors.push(error),
    observe: { audit: (record) => records.push(record) },
    ...more,
  });
  return { scim, errors, records };
}

/** Asks below `base`, as one of the two. */
export const asking = (base) => async (method, path, body, { token = TOKENS.north, type = "application/scim+json", ...headers } = {}) => {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": type }), ...headers },
    body: body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text.startsWith("{") ? JSON.parse(text) : undefined };
};

/** Creates, reads, changes and deletes with each content type that SCIM allows. */
export async function bothContentTypes(base, ask = asking(base)) {
  for (const type of ["application/scim+json", "application/json", "application/scim+json; charset=utf-8"]) {
    const made = await ask("POST", "/Users", rosa({ userName: `rosa-${type}` }), { type });
    assert.equal(made.status, 201, type + made.text);
    assert.equal(made.headers.get("location"), `${base}/Users/${made.body.id}`);
    assert.match(made.headers.get("content-type"), /^application\/scim\+json/);
    const etag = made.headers.get("etag");
    const path = `/Users/${made.body.id}`;
    assert.equal((await ask("GET", path, undefined, { "if-none-match": etag })).status, 304);
    const [whole, head] = [await ask("GET", path), await ask("HEAD", path)];
    assert.deepEqual([head.status, head.text], [200, ""]);
    for (const name of ["content-type", "content-location", "etag"]) assert.equal(head.headers.get(name), whole.headers.get(name), name);
    const length = head.headers.get("content-length");
    assert.ok(length === null || Number(length) === Buffer.byteLength(whole.text), length);
    const patch = { schemas: [PATCH], Operations: [{ op: "replace", path: "active", value: false }] };
    assert.equal((await ask("PATCH", path, patch, { type })).body.active, false);
    assert.equal((await ask("PUT", path, rosa({ userName: "lind" }), { type, "if-match": etag })).status, 412);
    assert.equal((await ask("GET", `/Users?filter=${encodeURIComponent(`id eq "${made.body.id}"`)}`)).body.totalResults, 1);
    const gone = await ask("DELETE", path);
    assert.deepEqual([gone.status, gone.text], [204, ""]);
  }
}

/** What a framework might answer by itself is answered as SCIM does. */
export async function errorsOfScim(base, ask = asking(base)) {
  const bare = await fetch(`${base}/Users`);
  assert.deepEqual([bare.status, (await bare.json()).schemas], [401, [ERROR]]);
  assert.match(bare.headers.get("www-authenticate"), /^Bearer /);
  for (const [method, path, body, status, type] of [
    ["GET", "/Nothing", undefined, 404],
    ["PUT", "/Users", rosa(), 405],
    ["POST", "/Users", "x", 415, "text/plain"],
    ["GET", `/Users/${"x".repeat(300)}`, undefined, 404],
    ["GET", "/Users/a%2Fb", undefined, 400],
  ]) {
    const answer = await ask(method, path, body, { type });
    assert.deepEqual([answer.status, answer.body?.schemas, answer.body?.status], [status, [ERROR], String(status)], path + answer.text);
  }
  assert.equal((await ask("PUT", "/Users", rosa())).headers.get("allow"), "GET, HEAD, POST");
  assert.equal((await ask("GET", "")).status, 200);
}

/** Two tenants at the same time, neither of which sees the other's. */
export async function tenantsInFlight(base, ask = asking(base)) {
  const names = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const tenant = index % 2 === 0 ? "north" : "south";
      const made = await ask("POST", "/Users", rosa({ userName: `u-${index >> 1}` }), { token: TOKENS[tenant] });
      assert.equal(made.status, 201, made.text);
      return { tenant, id: made.body.id };
    }),
  );
  for (const { tenant, id } of names.slice(0, 4)) {
    const other = tenant === "north" ? "south" : "north";
    assert.equal((await ask("GET", `/Users/${id}`, undefined, { token: TOKENS[tenant] })).status, 200);
    assert.equal((await ask("GET", `/Users/${id}`, undefined, { token: TOKENS[other] })).status, 404);
  }
}

/** A user of a little more than `mebibytes`, blanks for the most part. */
export function largeUser(mebibytes, userName = "large") {
  const large = new Uint8Array((mebibytes << 20) + 10).fill(32);
  large.set(new TextEncoder().encode(`{"schemas":["${USER}"],"userName":"${userName}"`));
  large[large.length - 1] = 0x7d;
  return large;
}

/** Begins a POST by hand and goes on with it. */
export function rawPost(base, length, begin) {
  const { hostname, port, pathname } = new URL(base);
  return new Promise((done) => {
    let heard = "";
    const socket = connect(Number(port), hostname, () => {
      socket.write(`POST ${pathname}/Users HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${TOKENS.north}\r\n`);
      socket.write(`Content-Type: application/scim+json\r\nContent-Length: ${length}\r\n\r\n`);
      begin(socket);
    });
    socket.on("data", (chunk) => {
      heard += chunk;
      socket.emit("heard", heard);
    });
    socket.on("error", () => {});
    socket.on("close", () => done(heard));
  });
}

/** A client that goes away in the middle has made nothing. */
export async function goesAway(base, ask = asking(base)) {
  const before = (await ask("GET", "/Users")).body.totalResults;
  await rawPost(base, 500, (socket) => {
    socket.write('{"userName":"half"');
    setTimeout(() => socket.destroy(), 50);
  });
  await new Promise((done) => setTimeout(done, 50));
  assert.equal((await ask("GET", "/Users")).body.totalResults, before);
}
