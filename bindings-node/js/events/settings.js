// The setting `events`: who is told of changes, and how.

import { known, nearest } from "../names.js";
import { securityEvents } from "./set.js";
import { webhook } from "./webhook.js";

const SETTINGS = ["mode", "onEvent", "webhooks", "set", "deliver", "retry", "keepDays"];
const MODES = ["notice", "full"];
const RETRY = { attempts: 15, firstSeconds: 1, mostSeconds: 3600, timeoutSeconds: 15 };

// What the engine is told, and whom this process delivers to; nothing without events.
export function eventsOf(given, native) {
  if (given === undefined || given === null || given === false) return undefined;
  const { mode = "notice", onEvent, webhooks = [], set, deliver = true, retry, keepDays = 7 } = checked(given === true ? {} : given);
  const sinks = [];
  if (onEvent !== undefined) sinks.push({ name: "onEvent", deliver: (event, more) => onEvent(event, more) });
  for (const one of webhooks) sinks.push(webhook(one));
  if (set !== undefined) sinks.push(securityEvents(set, mode, native));
  const names = sinks.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new TypeError(`events: two receivers are called \`${twice}\`; give one a \`name\``);
  if (mode !== "full" && sinks.some((sink) => sink.mode === "full")) {
    throw new TypeError("events: values are told (mode full) only where they are kept: set `mode` of `events` to full as well");
  }
  return {
    engine: { mode, sinks: names, set: set === undefined ? undefined : (set.mode ?? mode) },
    sinks: deliver ? sinks : [],
    known: names,
    retry: { ...RETRY, ...retry },
    keep: keepDays * 24 * 3600 * 1000,
  };
}

function checked(given) {
  if (typeof given !== "object") throw new TypeError("events: give true or an object");
  named("setting", SETTINGS, given);
  named("setting of `retry`", Object.keys(RETRY), given.retry ?? {});
  for (const [name, value] of Object.entries(given.retry ?? {})) {
    if (!(value > 0)) throw new TypeError(`events: \`retry.${name}\` is a positive number`);
  }
  if (given.mode !== undefined && !MODES.includes(given.mode)) throw new TypeError("events: `mode` is notice or full");
  if (given.onEvent !== undefined && typeof given.onEvent !== "function") throw new TypeError("events: `onEvent` is a function");
  if (given.webhooks !== undefined && !Array.isArray(given.webhooks)) throw new TypeError("events: `webhooks` is an array");
  if (given.keepDays !== undefined && !(given.keepDays >= 0)) throw new TypeError("events: `keepDays` is a number of days");
  return given;
}

export function named(what, names, given) {
  for (const name of Object.keys(given)) known("events", what, names, name);
}

const DONE = ["created", "updated", "activated", "deactivated", "deleted"];

// What a receiver wants to hear of. A name that no event has would be a receiver that hears nothing.
export function typesOf(types) {
  if (types === undefined) return undefined;
  if (!Array.isArray(types)) throw new TypeError('events: `types` is an array such as ["user.created", "user.deactivated"]');
  for (const type of types) {
    if (typeof type === "string" && type.startsWith("urn:")) continue;
    const [, about, done] = /^([a-z][^.]*)\.(\w+)$/.exec(type) ?? [];
    if (DONE.includes(done)) continue;
    const meant = nearest(done ?? "", DONE);
    const help = about !== undefined && meant !== undefined ? `did you mean \`${about}.${meant}\`?` : `there are ${DONE.map((one) => `user.${one}`).join(", ")}, those of other resource types, and URIs of RFC 9967`;
    throw new TypeError(`events: no event is called \`${type}\`; ${help}`);
  }
  return types;
}

// Whether a receiver wants an event: by its name (`user.created`), or by its URI with or without
// what stands behind it.
export function wants({ types }, event) {
  return types === undefined || types.some((type) => event.name === type || event.types.some((uri) => uri === type || uri.startsWith(`${type}:`)));
}
