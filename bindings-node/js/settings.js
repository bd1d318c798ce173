// The settings of a handler: checked by name, and put into the engine's words.

import { checkValues } from "./checks.js";
import { known as knownName } from "./names.js";
import { resourcesOf } from "./resources.js";
import { bytes, seconds } from "./units.js";

const MOST_BODY = 10 << 20;

const SETTINGS = [
  ...["basePath", "baseUrl", "store", "auth", "openDiscovery", "permissions", "attributePermissions", "sensitiveAttributes", "precis", "profile", "limits", "bulk", "me", "create", "delete", "events"],
  ...["pagination", "resources", "schemas", "etag", "requireIfMatch", "documentationUri", "openapi"],
  ...["rateLimit", "failedSignIns", "trustProxy", "cors", "idempotency", "observe", "onError"],
];

// Those of `limits` that are the engine's bounds on documents, filters and PATCH messages.
const BOUNDS = ["jsonBytes", "jsonDepth", "filterBytes", "filterDepth", "filterTerms", "patchOperations"];
const LIMITS = ["maxBody", "bulk", "maxResults", "defaultPageSize", "maxMemberLoss", ...BOUNDS];

// What others call it.
const MEANT = new Map([
  ...LIMITS.map((name) => [name, `limits.${name}`]),
  ...[["compat", "profile"], ["quirks", "profile"], ["authentication", "auth"], ["authenticate", "auth"], ["logger", "onError"], ["extensions", "resources"]],
]);

export function checkSettings(settings) {
  if (settings === null || typeof settings !== "object") {
    throw new TypeError('createScimHandler: give the settings, such as { store: sqliteStore("./scim.db"), auth: bearer({ tokens }) }');
  }
  for (const name of Object.keys(settings)) known("setting", SETTINGS, name, MEANT.get(name));
  for (const name of Object.keys(settings.limits ?? {})) known("limit", LIMITS, name);
  for (const name of Object.keys(settings.observe ?? {})) known("observer", ["audit", "otel"], name);
  checkValues(settings);
}

const known = (what, names, name, meant) => knownName("createScimHandler", what, names, name, meant);

// The configuration of the engine. What is not set is left to its defaults.
export function engineConfig(settings, base, auth, events) {
  const { limits = {} } = settings;
  const { openDiscovery, permissions, attributePermissions, sensitiveAttributes, precis, profile, me, create, etag, requireIfMatch, documentationUri } = settings;
  const { maxResults, defaultPageSize, maxMemberLoss } = limits;
  const bounds = BOUNDS.filter((name) => limits[name] !== undefined).map((name) => [name, bytes(limits[name])]);
  return {
    basePath: base.text,
    ...{ openDiscovery, permissions, attributePermissions, sensitiveAttributes, precis, profile, me, create, etag, requireIfMatch, documentationUri },
    ...{ maxResults, defaultPageSize, maxMemberLoss },
    pagination: paginationOf(settings.pagination),
    bulk: bulkOf(settings.bulk ?? limits.bulk),
    delete: settings.delete,
    events: events?.engine,
    limits: bounds.length === 0 ? undefined : Object.fromEntries(bounds),
    maxBody: mostBody(settings),
    ...resourcesOf(settings.resources, settings.schemas),
    openapi: openapiOf(settings),
    authenticationSchemes: auth.schemes.length > 0 ? auth.schemes : undefined,
  };
}

export function mostBody({ limits: { maxBody = MOST_BODY } = {} }) {
  return bytes(maxBody);
}

// What the engine does not know of the host.
function openapiOf({ openapi = true, idempotency, rateLimit, failedSignIns }) {
  const limited = rateLimit !== undefined || failedSignIns !== false;
  return openapi === true ? { idempotencyKey: idempotency !== false, rateLimit: limited } : openapi;
}

function bulkOf(bulk) {
  if (bulk === undefined || bulk === null || typeof bulk !== "object") return bulk;
  const { maxPayload, maxPayloadSize = maxPayload, ...rest } = bulk;
  return maxPayloadSize === undefined ? rest : { ...rest, maxPayloadSize: bytes(maxPayloadSize) };
}

// A secret of cursors and how long they last, in the engine's words.
function paginationOf(pagination) {
  if (pagination?.cursor === undefined) return pagination;
  const { cursor, ...rest } = pagination;
  const { secret, ttl } = cursor ?? {};
  return { ...rest, cursorKey: secret, cursorTimeout: ttl === undefined ? undefined : seconds(ttl) };
}
