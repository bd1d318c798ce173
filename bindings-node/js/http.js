// A SCIM endpoint for any HTTP server: `fetch(request)` for those that speak the web's types,
// `node(req, res, next)` for node:http, Express and their like.

import { BodyAborted, BodyTooLarge, readFetch, readNode } from "./body.js";
import { authenticator } from "./auth.js";
import { openStore } from "./stores.js";

const ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";
const MOST_BODY = 10 << 20;
const DISCOVERY = /^\/(ServiceProviderConfig|ResourceTypes|Schemas)(\/[A-Za-z0-9:._-]+)?$/;

const SETTINGS = [
  "basePath",
  "baseUrl",
  "store",
  "auth",
  "openDiscovery",
  "profile",
  "limits",
  "resources",
  "schemas",
  "etag",
  "requireIfMatch",
  "documentationUri",
  "onError",
];

export function createScimHandler(native, settings = {}) {
  for (const name of Object.keys(settings)) {
    if (!SETTINGS.includes(name)) throw new TypeError(`createScimHandler: there is no setting \`${name}\``);
  }
  const { basePath = "/scim/v2", baseUrl, openDiscovery = true, limits = {}, onError = () => {} } = settings;
  const base = trimmed(basePath);
  const auth = authenticator(settings.auth);
  const maxBody = limits.maxBody ?? MOST_BODY;
  const store = openStore(native, settings.store, config(settings, base, auth, maxBody));

  // What is asked, in the engine's words: `head` has no body yet.
  async function answer(head, readBody) {
    try {
      const open = openDiscovery && head.method === "GET" && DISCOVERY.test(head.path);
      const principal = open ? {} : await whoAsks(auth, head, onError);
      if (principal === undefined) return unauthorized(auth, head);
      const body = await readBody(maxBody);
      const answered = await store.handle(head, body, {
        now: new Date(),
        baseUrl: baseUrl ?? head.baseUrl,
        tenant: String(principal.tenant ?? ""),
        principal: principal.sub === undefined ? undefined : String(principal.sub),
      });
      if (answered.reason !== undefined) report(onError, new Error(answered.reason));
      return answered;
    } catch (error) {
      if (error instanceof BodyAborted) return undefined;
      if (error instanceof BodyTooLarge) {
        return problem(413, `the body is larger than ${maxBody} bytes`, { connection: "close" });
      }
      report(onError, error);
      return problem(500, "the request could not be answered");
    }
  }

  async function fetchHandler(request) {
    const url = new URL(request.url);
    const path = below(base, url.pathname);
    if (path === undefined) return response(noEndpoint());
    const head = {
      method: request.method,
      path,
      target: path + url.search,
      headers: Object.fromEntries(request.headers),
      baseUrl: url.origin + base,
    };
    return response((await answer(head, (limit) => readFetch(request, limit))) ?? problem(400, "the body ended early"));
  }

  async function listener(req, res, next) {
    // Express takes its mount path off the URL and keeps it apart.
    const mount = req.baseUrl ? trimmed(req.baseUrl) : base;
    const raw = req.baseUrl ? mount + req.url : req.url;
    const end = raw.indexOf("?");
    const path = below(mount, end < 0 ? raw : raw.slice(0, end));
    if (path === undefined) {
      if (typeof next === "function") return next();
      return reply(res, noEndpoint());
    }
    const head = {
      method: req.method,
      path,
      target: path + (end < 0 ? "" : raw.slice(end)),
      headers: req.headers,
      baseUrl: origin(req) + mount,
    };
    return reply(res, await answer(head, (limit) => readNode(req, limit)));
  }

  return {
    fetch: fetchHandler,
    node(req, res, next) {
      return req === undefined ? (...given) => void listener(...given) : listener(req, res, next);
    },
    close: () => store.close(),
  };
}

function config({ profile, limits = {}, resources, schemas, etag, requireIfMatch, documentationUri }, base, auth, maxBody) {
  const { maxResults, defaultPageSize, maxMemberLoss } = limits;
  const authenticationSchemes = auth.schemes.length > 0 ? auth.schemes : undefined;
  return {
    basePath: base,
    profile,
    maxBody,
    maxResults,
    defaultPageSize,
    maxMemberLoss,
    resourceTypes: resources,
    schemas,
    etag,
    requireIfMatch,
    documentationUri,
    authenticationSchemes,
  };
}

function trimmed(path) {
  if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) {
    throw new TypeError("createScimHandler: `basePath` begins with a slash, such as /scim/v2");
  }
  return path.replace(/\/+$/, "");
}

// The path without the base, or nothing if it does not lie below it. It is cut, never decoded.
function below(base, path) {
  if (path === base) return "/";
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
}

// What locations begin with when the settings do not say: the host that the client asked for.
function origin(req) {
  const host = req.headers.host ?? "";
  if (!/^[A-Za-z0-9.:[\]_-]+$/.test(host)) return "";
  return `${req.socket.encrypted ? "https" : "http"}://${host}`;
}

async function whoAsks(auth, head, onError) {
  try {
    const { method, path, headers } = head;
    return (await auth.authenticate({ method, path, headers, authorization: headers.authorization })) ?? undefined;
  } catch (error) {
    // Who cannot be asked about is not let in.
    report(onError, error);
    return undefined;
  }
}

function unauthorized(auth, head) {
  const failed = head.headers.authorization === undefined ? "" : ', error="invalid_token"';
  const headers = auth.challenge === undefined ? {} : { "www-authenticate": auth.challenge + failed };
  return problem(401, "authentication is required", headers);
}

function noEndpoint() {
  return problem(404, "there is no such endpoint");
}

function problem(status, detail, headers = {}) {
  const body = Buffer.from(JSON.stringify({ schemas: [ERROR], status: String(status), detail }), "utf8");
  return { status, headers: { "content-type": "application/scim+json", ...headers }, body };
}

function report(onError, error) {
  try {
    onError(error);
  } catch {
    // A log that fails is not the client's concern.
  }
}

function response({ status, headers, body }) {
  // `connection` belongs to the server behind fetch.
  const { connection, ...rest } = headers;
  return new Response(body.length === 0 ? null : body, { status, headers: rest });
}

// Nothing to answer: the client is gone, or went away while it was sending.
function reply(res, answered) {
  if (answered === undefined || res.destroyed || res.headersSent) return void res.destroy();
  const { status, headers, body } = answered;
  res.writeHead(status, body.length === 0 ? headers : { ...headers, "content-length": body.length });
  res.end(body.length === 0 ? undefined : body);
}
