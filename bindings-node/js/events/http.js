// A POST to a receiver: failures are told without what was sent.

import { createHash } from "node:crypto";

export function receiver(what, url) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    throw new TypeError(`events: the \`url\` of a ${what} is no URL`);
  }
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(parsed.hostname);
  // RFC 9967 section 5: what is told is people's data.
  if (parsed.protocol !== "https:" && !(parsed.protocol === "http:" && local)) {
    throw new TypeError(`events: the \`url\` of a ${what} begins with https:`);
  }
  // What `fetch` refuses is better refused here.
  if (parsed.username !== "" || parsed.password !== "") {
    throw new TypeError(`events: the \`url\` of a ${what} has no name and no password in it`);
  }
  return { url: parsed.href, name: nameOf(parsed) };
}

// Many receivers have their secret in the path: a name goes into logs and tables.
function nameOf({ href, origin }) {
  return `${origin} ${createHash("sha256").update(href).digest("base64url").slice(0, 8)}`;
}

export async function post(url, headers, body, signal) {
  let response;
  try {
    // A redirect would carry the event to somebody else.
    response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
  } catch (error) {
    throw new Undelivered(signal.aborted ? "no answer in time" : `not reached (${error?.cause?.code ?? error?.name ?? "Error"})`);
  }
  // What a receiver says is nobody's concern, and no reason to keep the connection.
  await response.body?.cancel().catch(() => {});
  if (response.status >= 200 && response.status < 300) return;
  throw new Undelivered(`status ${response.status}`, response.status === 410);
}

// Why an event was not delivered: in our own words, so that it can be kept and logged.
export class Undelivered extends Error {
  constructor(message, final = false) {
    super(message);
    this.name = "Undelivered";
    this.final = final;
  }
}
