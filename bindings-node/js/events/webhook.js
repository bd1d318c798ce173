// Webhooks, signed as Standard Webhooks has it, by its own package.

import { post, receiver } from "./http.js";
import { named, typesOf } from "./settings.js";

const SETTINGS = ["url", "secret", "types", "mode", "name", "standardwebhooks"];

const SECRET = /^(whsec_)?[A-Za-z0-9+/]{16,}={0,2}$/;

export function webhook(given) {
  named("setting of a webhook", SETTINGS, given);
  const { url, name } = receiver("webhook", given.url);
  const { secret, types, mode = "notice", standardwebhooks } = given;
  if (typeof secret !== "string" || !SECRET.test(secret)) throw new TypeError("events: a webhook needs a `secret`: whsec_ and base64");
  let signer;
  return {
    name: `webhook ${given.name ?? name}`,
    types: typesOf(types),
    mode,
    async deliver(event, { signal }) {
      const body = JSON.stringify({ type: event.name, timestamp: event.time, data: told(event, mode) });
      signer ??= await signerOf(secret, standardwebhooks);
      // The same in every attempt, by which receivers know an event that they have. A full stop
      // would look like the end of it in what is signed.
      const id = `msg_${event.id.replaceAll(".", "_")}`;
      const now = new Date();
      const headers = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
        "webhook-signature": signer.sign(id, now, body),
      };
      await post(url, headers, body, signal);
    },
  };
}

function told({ data, ...event }, mode) {
  return mode === "full" && data !== undefined ? { ...event, data } : event;
}

async function signerOf(secret, given) {
  const { Webhook } = given ?? (await import("standardwebhooks").catch(missing));
  return new Webhook(secret);
}

function missing(cause) {
  throw new Error("events: the package `standardwebhooks` is not installed; `npm install standardwebhooks`", { cause });
}
