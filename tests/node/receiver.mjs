// Those who are told of changes, on real sockets.

import assert from "node:assert/strict";
import { createServer } from "node:http";

// Listens, and answers as it is told to; what came is in `got`.
export async function receiver(t, answer = () => 204) {
  const got = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const message = { headers: request.headers, body, at: performance.now() };
    got.push(message);
    response.statusCode = await answer(message, got.length);
    response.end();
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return { got, url: `http://127.0.0.1:${server.address().port}/told` };
}

export async function until(met, seconds = 20) {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const found = await met();
    if (found) return found;
    await pause(20);
  }
  return assert.fail(`not so within ${seconds} s: ${met}`);
}

export const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));

export const SECRET = `whsec_${Buffer.from("a secret of the tests, 24 b.").toString("base64")}`;
