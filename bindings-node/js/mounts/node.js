// A listener for node:http, and a middleware for Express and its like.

import { after } from "../after.js";
import { trimmed } from "../base.js";
import { readNode } from "../body.js";

export function listener({ base, handle, elsewhere }) {
  return async function listen(req, res, next) {
    const found = place(base, req, originForm(req.url), req.baseUrl);
    if (found === undefined) {
      if (typeof next === "function") return next();
      return reply(res, elsewhere({ method: req.method, headers: req.headers }));
    }
    if (req.params !== undefined) found.params = { ...req.params, ...found.params };
    return after(handle(found, (limit) => readNode(req, limit)), (answered) => reply(res, answered));
  };
}

// A target may have a scheme and a host before its path (RFC 9112 section 3.2.2).
function originForm(target) {
  if (target.startsWith("/")) return target;
  const head = /^https?:\/\/[^/?#]*/i.exec(target)?.[0] ?? "";
  const rest = target.slice(head.length);
  return head === "" || rest.startsWith("/") ? rest : `/${rest}`;
}

// The head of a request. Frameworks that know where they mounted take that off the URL and keep it
// apart: then it counts, and not the base path.
export function place(base, req, target, mounted, raw = req) {
  const end = target.indexOf("?");
  const path = end < 0 ? target : target.slice(0, end);
  const query = end < 0 ? "" : target.slice(end);
  const below = mounted
    ? { mount: trimmed(mounted), path: path.startsWith("/") ? path : `/${path}`, params: {} }
    : base.below(path);
  if (below === undefined) return undefined;
  return {
    method: req.method,
    path: below.path,
    target: below.path + query,
    headers: req.headers,
    params: below.params,
    address: req.socket?.remoteAddress,
    raw,
    baseUrl: origin(req) + below.mount,
  };
}

// What locations begin with when the settings do not say: the host that the client asked for.
export function origin(req) {
  // In HTTP/2 the host has another name.
  const host = req.headers.host ?? req.headers[":authority"] ?? "";
  if (!isHost(host)) return "";
  return `${req.socket.encrypted ? "https" : "http"}://${host}`;
}

export function isHost(text) {
  return typeof text === "string" && /^[A-Za-z0-9.:[\]_-]+$/.test(text);
}

// Nothing to answer: the client is gone, or went away while it was sending.
function reply(res, answered) {
  if (answered === undefined || res.destroyed || res.headersSent) return void res.destroy();
  const { status, content = answered.body } = answered;
  const headers = { ...answered.headers };
  if (content.length > 0) headers["content-length"] = content.length;
  // HTTP/2 has no such header.
  if (res.req?.httpVersionMajor >= 2) delete headers.connection;
  try {
    res.writeHead(status, headers);
    // A text of ASCII leaves in one piece with the head.
    if (content.length > 0) res.end(content, "latin1");
    else res.end();
  } catch {
    // What cannot be sent (a header that a host made) ends this connection, not the process.
    res.destroy();
  }
}
