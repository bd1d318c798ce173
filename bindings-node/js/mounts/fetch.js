// `Request` to `Response`: Hono, Next.js, Bun, Deno.

import { readFetch } from "../body.js";
import { isHost } from "./node.js";

export function fetchHandler({ base, handle, elsewhere }) {
  return async function fetch(request, { readAgain, host, address, raw = request } = {}) {
    const url = new URL(request.url);
    const origin = isHost(host) ? `${url.protocol}//${host}` : url.origin;
    const below = base.below(url.pathname);
    const head = { method: request.method, target: url.pathname, headers: Object.fromEntries(request.headers), address, raw };
    if (below === undefined) return response(elsewhere(head));
    const answered = await handle(
      { ...head, path: below.path, target: below.path + url.search, params: below.params, baseUrl: origin + below.mount },
      (limit) => readFetch(request, limit, readAgain),
    );
    // The client is gone: nobody sees this.
    return answered === undefined ? new Response(null, { status: 400 }) : response(answered);
  };
}

function response({ status, headers, body }) {
  // `connection` belongs to the server behind fetch.
  const { connection, ...rest } = headers;
  return new Response(body.length === 0 ? null : body, { status, headers: rest });
}
