// Where an endpoint lies. A segment such as `:tenant` stands for any name.

const NAME = /^[A-Za-z0-9._~-]+$/;

export function basePathOf(text) {
  if (typeof text !== "string" || (text !== "" && !text.startsWith("/")) || /[?#]/.test(text)) {
    throw new TypeError("createScimHandler: `basePath` begins with a slash, such as /scim/v2 or /tenants/:tenant/scim");
  }
  const fixed = trimmed(text);
  const segments = fixed.split("/").slice(1);
  return {
    // What the engine may take off paths inside of messages.
    text: segments.some((segment) => segment.startsWith(":")) ? "" : fixed,
    below: (path) => below(segments, path),
  };
}

export function trimmed(path) {
  return path.replace(/\/+$/, "");
}

// The path without the base, or nothing if it does not lie below it. It is cut, never decoded.
function below(segments, path) {
  const params = {};
  let rest = path;
  for (const segment of segments) {
    if (!rest.startsWith("/")) return undefined;
    const end = rest.indexOf("/", 1);
    const own = end < 0 ? rest.slice(1) : rest.slice(1, end);
    if (segment.startsWith(":")) {
      if (!NAME.test(own)) return undefined;
      params[segment.slice(1)] = own;
    } else if (own !== segment) {
      return undefined;
    }
    rest = end < 0 ? "" : rest.slice(end);
  }
  if (rest !== "" && !rest.startsWith("/")) return undefined;
  return { mount: path.slice(0, path.length - rest.length), path: rest === "" ? "/" : rest, params };
}
