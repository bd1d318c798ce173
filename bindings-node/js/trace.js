// Spans of OpenTelemetry, with the package `@opentelemetry/api`, which the developer brings. They
// say what was done, never to whom: no values, no identifiers, no messages of errors.

import { createRequire } from "node:module";

const NAME = "@scimforge/node";

// `undefined` unless it is asked for; then nothing else in here is run.
export function tracing(setting, version) {
  if (setting === undefined || setting === false) return undefined;
  const api = setting === true ? opentelemetry() : setting;
  if (typeof api?.trace?.getTracer !== "function") {
    throw new TypeError("createScimHandler: `observe.otel` is true, or what `@opentelemetry/api` exports");
  }
  const tracer = api.trace.getTracer(NAME, version);

  // Runs work inside of a span; `tell` puts on it what came of it.
  async function inside(span, parent, work, tell) {
    try {
      const done = await api.context.with(api.trace.setSpan(parent, span), work);
      tell(span, done);
      return done;
    } catch (error) {
      fail(span, kindOf(error));
      throw error;
    } finally {
      span.end();
    }
  }

  function fail(span, kind) {
    span.setAttribute("error.type", kind);
    span.setStatus({ code: api.SpanStatusCode.ERROR });
  }

  return {
    // A request. Beneath the span of an instrumented server it is a part, else it is the whole.
    request(head, work) {
      const active = api.context.active();
      const isPart = api.trace.getSpan(active) !== undefined;
      const parent = isPart ? active : api.propagation.extract(active, head.headers);
      const kind = isPart ? api.SpanKind.INTERNAL : api.SpanKind.SERVER;
      const span = tracer.startSpan("scim", { kind, attributes: requestAttributes(head) }, parent);
      return inside(span, parent, work, (_, answered) => {
        const record = answered?.audit === undefined ? { status: answered?.status ?? 499, operation: "" } : JSON.parse(answered.audit);
        if (record.operation !== "") span.updateName(`scim.${record.operation.replace(":", ".")}`);
        span.setAttributes(answerAttributes(head, record));
        if (record.status >= 500) fail(span, record.code ?? String(record.status));
      });
    },
    // What a store does.
    store(operation, system, work) {
      const parent = api.context.active();
      const attributes = { "db.operation.name": operation, ...(system === undefined ? {} : { "db.system.name": system }) };
      const span = tracer.startSpan(`scim.store.${operation}`, { kind: api.SpanKind.CLIENT, attributes }, parent);
      return inside(span, parent, work, (_, done) => {
        if (done?.failed !== undefined || done?.reason !== undefined) fail(span, "store-failure");
      });
    },
  };
}

function opentelemetry() {
  try {
    // At once, so that a handler without the package is refused when it is made.
    return createRequire(import.meta.url)("@opentelemetry/api");
  } catch (cause) {
    throw new Error("observe: the package `@opentelemetry/api` is not installed; `npm install @opentelemetry/api`", { cause });
  }
}

const DISCOVERY = ["ServiceProviderConfig", "ResourceTypes", "Schemas"];

// What a store is asked for that answers requests as a whole; of what the server can do it knows
// nothing.
export function operationOf({ method, path }) {
  const [endpoint, below] = path.split("/").filter((segment) => segment !== "");
  if (DISCOVERY.includes(endpoint)) return undefined;
  if (endpoint === "Bulk") return "bulk";
  if (method === "POST") return path.endsWith("/.search") ? "query" : "insert";
  if (method === "GET" || method === "HEAD") return below === undefined && endpoint !== "Me" ? "query" : "get";
  return method === "DELETE" ? "remove" : "replace";
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]);

function requestAttributes({ method, baseUrl, headers }) {
  return {
    "http.request.method": METHODS.has(method) ? method : "_OTHER",
    ...(/^https?:/.test(baseUrl) ? { "url.scheme": baseUrl.slice(0, baseUrl.indexOf(":")) } : {}),
    ...(typeof headers["user-agent"] === "string" ? { "user_agent.original": headers["user-agent"] } : {}),
  };
}

function answerAttributes({ path }, { status, operation, code, filter, operations, tenant }) {
  return {
    "http.response.status_code": status,
    ...(operation === "" ? {} : { "http.route": routeOf(path), "scim.operation": operation }),
    ...(tenant ? { "scim.tenant": tenant } : {}),
    ...(code === undefined ? {} : { "scim.error.code": code }),
    ...(filter === undefined ? {} : { "scim.filter.shape": filter }),
    ...(operations === undefined ? {} : { "scim.bulk.operations": operations.length }),
  };
}

// Below an endpoint there is an identifier, or a search.
function routeOf(path) {
  const [endpoint = "", below] = path.split("/").filter((segment) => segment !== "");
  return `/${endpoint}${below === undefined ? "" : below === ".search" ? "/.search" : "/{id}"}`;
}

// A class says what kind of failure it is; a message may quote a value.
function kindOf(error) {
  return typeof error?.name === "string" && /^\w{1,60}$/.test(error.name) ? error.name : "Error";
}
