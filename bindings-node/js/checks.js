// What is looked at when a handler is made, so that a slip is found before the first request: what
// stands where, what is wrong with it, and what was meant.

import { ScimError } from "./crossing.js";
import { known, nearest } from "./names.js";
import { isSize, isTime } from "./units.js";

const FUNCTIONS = "a function";

// What the engine never sees.
export function checkValues({ baseUrl, onError, pagination, idempotency, rateLimit, observe = {}, limits = {}, bulk }) {
  if (baseUrl !== undefined && !isEndpoint(baseUrl)) {
    refuse("baseUrl", "the URL of the endpoint with its path, such as https://id.example.test/scim/v2");
  }
  if (onError !== undefined && typeof onError !== "function") refuse("onError", FUNCTIONS);
  if (observe.audit !== undefined && typeof observe.audit !== "function") refuse("observe.audit", FUNCTIONS);
  members("pagination", pagination, ["cursor", "default", "cursorKey", "cursorTimeout"]);
  members("pagination.cursor", pagination?.cursor, ["secret", "ttl"]);
  // Without a secret there would be no cursors, and nobody would know.
  if (pagination?.cursor !== undefined && typeof pagination.cursor?.secret !== "string") {
    refuse("pagination.cursor.secret", "a text of at least 32 bytes; is its environment variable set?");
  }
  const { ttl = 1 } = pagination?.cursor ?? {};
  if (!(Number.isSafeInteger(ttl) || isTime(ttl))) refuse("pagination.cursor.ttl", 'a number of seconds, or a text such as "1h"');
  for (const [name, size] of sizes(limits, bulk)) {
    if (typeof size === "string" && !isSize(size)) refuse(name, 'a number of bytes, or a text such as "1mb"');
  }
  members("idempotency", idempotency, ["minutes", "max"]);
  members("rateLimit", rateLimit, ["perToken", "burst"]);
}

function sizes({ maxBody, jsonBytes, filterBytes, bulk: inLimits }, bulk) {
  return [
    ...Object.entries({ maxBody, jsonBytes, filterBytes }).map(([name, size]) => [`limits.${name}`, size]),
    ["limits.bulk.maxPayload", inLimits?.maxPayload],
    ["bulk.maxPayloadSize", bulk?.maxPayloadSize],
  ];
}

function isEndpoint(text) {
  if (typeof text !== "string" || !URL.canParse(text)) return false;
  const { protocol, search, hash, username } = new URL(text);
  return /^https?:$/.test(protocol) && search + hash + username === "";
}

function members(name, given, names) {
  if (typeof given !== "object" || given === null) return;
  for (const member of Object.keys(given)) known("createScimHandler", `setting of \`${name}\``, names, member);
}

function refuse(name, expected) {
  throw new TypeError(`createScimHandler: \`${name}\` is ${expected}`);
}

// Does what the engine may refuse, and says it in the words of the settings.
export function configured(config, settings, work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof ScimError) error.message = inSettings(error.issues[0], config, settings);
    throw error;
  }
}

function inSettings({ code, path, params = {}, message, help }, config, settings) {
  const place = code === "unknown-profile" ? "`profile`" : placeOf(path, config, settings);
  const { expected = "" } = params;
  // "takes no value: there is no such attribute"
  const nothing = /^no value(?: here)?: (.*)$/.exec(expected)?.[1];
  const wrong = expected === "" ? `: ${message}` : nothing === undefined ? ` takes ${expected}` : `: ${nothing}`;
  return `createScimHandler: ${place === "" ? message : place + wrong}${help === undefined ? "" : `; ${help}`}`;
}

// Where the developer wrote what the engine has elsewhere.
function placeOf([first, ...rest], { schemas = [] }, { limits = {}, pagination = {}, bulk }) {
  if (first === undefined) return "";
  if (first === "schemas" && typeof rest[0] === "number") {
    const [at, ...inside] = rest;
    return `the schema \`${schemas[at]?.id}\`${inside.length === 0 ? "" : ` at \`${written(inside)}\``}`;
  }
  if (first === "resourceTypes") return `\`${written(["resources", ...rest])}\``;
  if (first === "pagination" && pagination.cursor !== undefined) {
    if (rest[0] === "cursorKey") return "`pagination.cursor.secret`";
    if (rest[0] === "cursorTimeout") return "`pagination.cursor.ttl`";
  }
  if (first === "bulk" && bulk === undefined) return `\`${written(["limits", first, ...rest])}\``;
  if (Object.hasOwn(limits, first)) return `\`${written(["limits", first, ...rest])}\``;
  return `\`${written([first, ...rest])}\``;
}

function written(path) {
  return path
    .map((step, place) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return place === 0 ? step : `.${step}`;
    })
    .join("");
}

const PRINCIPAL = ["sub", "tenant", "permissions", "subject", "profile", "credential", "expiresAt", "password"];

// Principals that stand in the settings. `begin` has the engine read one.
export function checkPrincipals(principals, operations, attributePermissions, begin) {
  const needed = new Set(operations.flatMap(({ operation, permission }) => [operation, permission]));
  for (const rules of Object.values(attributePermissions ?? {})) {
    for (const { read, write } of Object.values(rules)) needed.add(read).add(write);
  }
  const abouts = [...new Set(operations.map(({ operation }) => operation.split(":")[0]))];
  for (const { where, principal } of principals) {
    for (const name of Object.keys(principal)) {
      const meant = PRINCIPAL.includes(name) ? undefined : nearest(name, PRINCIPAL);
      if (meant !== undefined && principal[meant] === undefined) {
        throw new TypeError(`${where}: a principal has no \`${name}\`; did you mean \`${meant}\`?`);
      }
    }
    for (const permission of principal.permissions ?? []) checkPermission(where, permission, needed, abouts);
    begin(where, principal);
  }
}

// A permission of another name may be of use elsewhere; one that looks like an operation and is none is
// a slip, and grants nothing.
function checkPermission(where, permission, needed, abouts) {
  const [about, action] = permission.split(":");
  if (action === undefined || needed.has(permission) || about === "scim") return;
  const own = abouts.find((one) => one.toLowerCase() === about.toLowerCase()) ?? nearest(about, abouts);
  if (own === undefined || (own === about && action === "*")) return;
  const operations = [...needed].filter((one) => one?.startsWith(`${own}:`));
  const meant = action === "*" ? `${own}:*` : nearest(permission, operations);
  const help = meant === undefined ? `there are ${operations.join(", ")} and ${own}:*` : `did you mean \`${meant}\`?`;
  throw new TypeError(`${where}: no operation needs the permission \`${permission}\`; ${help}`);
}
