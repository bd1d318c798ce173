// The ways into an endpoint. Each makes a head and a reader of the body from what its framework
// has, and writes the answer the way the framework does.

import { fastify } from "./fastify.js";
import { fetchHandler } from "./fetch.js";
import { koa } from "./koa.js";
import { listener } from "./node.js";

export function mounts(endpoint) {
  const fetch = fetchHandler(endpoint);
  const listen = listener(endpoint);
  // Next.js puts a name of its own into the URL; what the client asked for is in the header.
  const routed = (request) => fetch(request, { host: request.headers.get("host") });
  return {
    fetch: (request, { address } = {}) => fetch(request, { address: typeof address === "string" ? address : undefined }),
    node(req, res, next) {
      return req === undefined ? (...given) => void listen(...given) : listen(req, res, next);
    },
    express: () => listen,
    fastify: () => fastify(endpoint),
    koa: () => koa(endpoint),
    // A body that a middleware has read is still there in Hono's own request; its server for Node
    // has the connection in the environment.
    hono: () => (context) =>
      fetch(context.req.raw, {
        readAgain: () => context.req.arrayBuffer(),
        raw: context,
        address: context.env?.incoming?.socket?.remoteAddress,
      }),
    next: () => ({ GET: routed, POST: routed, PUT: routed, PATCH: routed, DELETE: routed, OPTIONS: routed }),
  };
}
