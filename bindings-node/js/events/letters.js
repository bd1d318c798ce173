// What was given up: to be looked at, and tried again.

import { named } from "./settings.js";

const MOST = 1000;

export async function deadLetters(outbox, given = {}) {
  named("setting of `deadLetters`", ["receiver", "after", "limit"], given);
  const { receiver, after, limit = 100 } = given;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw new TypeError(`deadLetters: \`limit\` is a number from 1 to ${MOST}`);
  const found = await offered(outbox, "deadLetters").deadLetters({ ...placeOf(after), limit, receiver });
  return found.map(({ sink, ...letter }) => ({ id: `${letter.seq}.${sink}`, receiver: sink, ...letter }));
}

// The answer is how many are tried again.
export async function retryDeadLetters(outbox, known, given = {}) {
  named("setting of `retryDeadLetters`", ["receiver", "ids"], given);
  const { receiver, ids } = given;
  if (receiver !== undefined && !known.includes(receiver)) throw new TypeError(`retryDeadLetters: there is no receiver \`${receiver}\``);
  if (ids !== undefined && !(Array.isArray(ids) && ids.every((id) => typeof id === "string"))) {
    throw new TypeError("retryDeadLetters: `ids` is an array of the `id` of dead letters");
  }
  // Nobody would deliver what is for others.
  return offered(outbox, "retryDeadLetters").retry({ receivers: receiver === undefined ? known : [receiver], ids });
}

function offered(outbox, name) {
  if (outbox?.deadLetters === undefined || outbox.retry === undefined) throw new TypeError(`${name}: set \`events\`, and a store that keeps them`);
  return outbox;
}

// An `id` is the number of its event, a full stop, and the name of its receiver.
function placeOf(id = "0.") {
  const dot = String(id).indexOf(".");
  const seq = Number(String(id).slice(0, Math.max(dot, 0)));
  if (dot < 1 || !Number.isSafeInteger(seq)) throw new TypeError("deadLetters: `after` is the `id` of the last one that you have");
  return { seq, sink: String(id).slice(dot + 1) };
}
