// Request bodies, read up to a limit.

export class BodyTooLarge extends Error {}
export class BodyAborted extends Error {}

// What is read and thrown away after the limit, so that a client that is still sending gets to
// see the answer; beyond it the connection is cut.
const MOST_DISCARDED = 64 << 20;

const NOTHING = new Uint8Array(0);

// The body of a node:http request. A framework may have read it before: then its result is used.
export function readNode(req, limit, before = req.body) {
  if (req.readableEnded) return readBefore(before, limit);
  if (req.destroyed) return Promise.reject(new BodyAborted());
  // HTTP/1 announces a body (RFC 9112 section 6.3). What a framework makes of other methods is left
  // to it.
  if (req.method === "GET" && isBare(req)) return NOTHING;
  if (announced(req.headers["content-length"]) > limit) return Promise.reject(refused(req));
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    const onData = (chunk) => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      req.off("data", onData);
      reject(refused(req));
    };
    let whole = false;
    const onEnd = () => {
      whole = true;
      resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size));
    };
    const onAbort = () => whole || reject(new BodyAborted());
    req.on("data", onData).on("end", onEnd).on("error", onAbort).on("close", onAbort);
  });
}

function isBare({ httpVersionMajor, headers }) {
  return httpVersionMajor === 1 && headers["content-length"] === undefined && headers["transfer-encoding"] === undefined;
}

function announced(length) {
  return length === undefined ? 0 : Number(length);
}

// The answer does not wait for the rest.
function refused(req) {
  let discarded = 0;
  req.on("error", () => {});
  req.on("data", (chunk) => {
    discarded += chunk.length;
    if (discarded > MOST_DISCARDED) req.destroy();
  });
  return new BodyTooLarge();
}

async function readBefore(body, limit) {
  if (body === undefined || body === null) return new Uint8Array(0);
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body), "utf8");
  if (bytes.length > limit) throw new BodyTooLarge();
  return bytes;
}

// The body of a fetch Request. Where a framework has read it before, `readAgain` has it.
export async function readFetch(request, limit, readAgain) {
  if (request.body === null) return new Uint8Array(0);
  if (request.bodyUsed) {
    if (readAgain === undefined) throw new Error("the body of the request was read before the endpoint got it");
    return readBefore(new Uint8Array(await readAgain()), limit);
  }
  if (announced(request.headers.get("content-length") ?? undefined) > limit) {
    await request.body.cancel().catch(() => {});
    throw new BodyTooLarge();
  }
  const reader = request.body.getReader();
  const chunks = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(chunks, size);
      size += value.length;
      if (size > limit) break;
      chunks.push(value);
    }
  } catch (error) {
    throw new BodyAborted(error?.message, { cause: error });
  }
  await reader.cancel().catch(() => {});
  throw new BodyTooLarge();
}
