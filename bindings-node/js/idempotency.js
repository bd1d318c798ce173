// A POST that is sent again with its Idempotency-Key is answered again, and not done again. What
// is remembered is bounded, and gone with the process.

import { createHash } from "node:crypto";

const KEY = /^[\x21-\x7e]{1,255}$/;
const MINUTES = 10;
const MOST = 1_000;
const MOST_BYTES = 8 << 20;

// What may be otherwise the next time.
function isPassing({ status }) {
  return status >= 500 || [401, 403, 429].includes(status);
}

export function idempotency(setting = true) {
  if (setting === false) return undefined;
  const { minutes = MINUTES, max = MOST } = setting === true ? {} : setting;
  if (!(minutes > 0) || !(max > 0)) throw new TypeError("createScimHandler: `idempotency` is false or { minutes?, max? }");
  const answers = new Map();
  let bytes = 0;

  function forget(name) {
    bytes -= answers.get(name)?.size ?? 0;
    answers.delete(name);
  }

  // From the oldest on, but none that is under way: what is sent again meanwhile would be done again.
  function forgetWhile(isTooMuch) {
    for (const [name, entry] of answers) {
      if (!isTooMuch(entry)) return;
      if (entry.done) forget(name);
    }
  }

  // `undefined` for an answer that belongs to another request with this key.
  return function once(head, body, whose, work) {
    if (head.method !== "POST") return work();
    const key = head.headers["idempotency-key"];
    if (typeof key !== "string" || !KEY.test(key) || head.path.endsWith("/.search")) return work();
    return onceFor(JSON.stringify([...whose(), key]), head, body, async () => work());
  };

  async function onceFor(name, head, body, work) {
    const request = createHash("sha256").update(`${head.target}\n`).update(body).digest("base64");
    const now = Date.now();
    forgetWhile(({ until }) => until <= now);
    for (let before = answers.get(name); before !== undefined; before = answers.get(name)) {
      if (before.request !== request) return undefined;
      const again = await before.answering.catch(() => undefined);
      if (again !== undefined && !isPassing(again)) return again;
      // What failed is tried again, by the first of those that waited.
      if (answers.get(name) === before) forget(name);
    }
    const answering = work();
    const entry = { request, answering, until: now + minutes * 60_000, size: 0, done: false };
    answers.set(name, entry);
    forgetWhile(() => answers.size > max);
    try {
      const answered = await answering;
      if (answers.get(name) === entry) {
        entry.size = answered.body.length;
        entry.done = true;
        bytes += entry.size;
        if (isPassing(answered)) forget(name);
        forgetWhile(() => bytes > MOST_BYTES || answers.size > max);
      }
      return answered;
    } catch (error) {
      if (answers.get(name) === entry) forget(name);
      throw error;
    }
  }
}
