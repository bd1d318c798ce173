// Which pages of other origins may ask: none, unless they are listed.

const METHODS = "GET, POST, PUT, PATCH, DELETE";
const ALLOWED = "accept, authorization, content-type, idempotency-key, if-match, if-none-match";
const EXPOSED = "allow, content-location, etag, location, retry-after, www-authenticate";
const ORIGIN = /^https?:\/\/[A-Za-z0-9.:[\]-]+$/;

export function crossOrigin(origins = []) {
  if (!Array.isArray(origins) || !origins.every((origin) => ORIGIN.test(origin))) {
    throw new TypeError("createScimHandler: `cors` is a list of origins such as https://admin.example.test");
  }
  const known = new Set(origins);
  if (known.size === 0) return { preflight: () => undefined, headers: () => undefined };

  function headers(head) {
    const { origin } = head.headers;
    return known.has(origin)
      ? { "access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED, vary: "origin" }
      : { vary: "origin" };
  }

  return {
    headers,
    preflight(head) {
      if (head.method !== "OPTIONS" || head.headers["access-control-request-method"] === undefined) return undefined;
      const allowed = headers(head);
      if (allowed["access-control-allow-origin"] !== undefined) {
        allowed["access-control-allow-methods"] = METHODS;
        allowed["access-control-allow-headers"] = ALLOWED;
        allowed["access-control-max-age"] = "600";
      }
      return { status: 204, headers: allowed, body: new Uint8Array(0) };
    },
  };
}
