// A SCIM endpoint for any HTTP server. What a request means is the engine's to say; here is who
// asks, how fast, who is told of it, and what is written into the log.

import { randomUUID } from "node:crypto";

import { after, attempt } from "./after.js";
import { clientOf, failedSignIns, proxiesOf } from "./auth/failures.js";
import { authenticator } from "./auth/index.js";
import { checkPrincipal, credentialOf, environmentOf } from "./auth/principal.js";
import { basePathOf, trimmed } from "./base.js";
import { BodyAborted, BodyTooLarge } from "./body.js";
import { crossOrigin } from "./cors.js";
import { checkPrincipals, configured } from "./checks.js";
import { Answered, heard } from "./answered.js";
import { call } from "./crossing.js";
import { changes } from "./events/changes.js";
import { deliveries } from "./events/dispatcher.js";
import { deadLetters, retryDeadLetters } from "./events/letters.js";
import { eventsOf } from "./events/settings.js";
import { idempotency } from "./idempotency.js";
import { rateLimiter } from "./limit.js";
import { failure, toStderr } from "./log.js";
import { mounts } from "./mounts/index.js";
import { removals } from "./removed.js";
import { checkSettings, engineConfig, mostBody } from "./settings.js";
import { environment, requestBody } from "./shared.js";
import { openStore, requestOf } from "./stores.js";
import { tracing } from "./trace.js";

export function createScimHandler(native, settings = {}) {
  checkSettings(settings);
  const { basePath = "/scim/v2", onError = toStderr(), observe: { audit, otel } = {} } = settings;
  const base = basePathOf(basePath);
  const baseUrl = settings.baseUrl && trimmed(settings.baseUrl);
  const auth = authenticator(settings.auth);
  const maxBody = mostBody(settings);
  const limiter = rateLimiter(settings.rateLimit);
  const proxies = proxiesOf(settings.trustProxy ?? 0);
  const guard = failedSignIns(settings.failedSignIns, settings.trustProxy, auth.letsAllIn);
  const trace = tracing(otel, native.version());
  const cors = crossOrigin(settings.cors);
  const once = idempotency(settings.idempotency) ?? ((head, body, who, work) => work());
  const events = eventsOf(settings.events, native);
  const config = engineConfig(settings, base, auth, events);
  const engine = configured(config, settings, () => call(() => new native.Engine(JSON.stringify(config))));
  const mayBeOpen = hintOf(engine.openNames());
  const operations = JSON.parse(engine.operations());
  checkPrincipals(auth.principals?.() ?? [], operations, settings.attributePermissions, probe);
  const store = configured(config, settings, () => openStore(native, settings.store, config, trace, audit !== undefined || trace !== undefined));
  const delivering = deliveries(store, events, (error) => report(onError, error));
  const open = new Set();
  const ending = new AbortController();
  let closing;

  function envOf(head, principal, txn) {
    const env = environmentOf(principal);
    env.now = new Date();
    env.baseUrl = baseUrl ?? head.baseUrl;
    env.txn = txn;
    return env;
  }

  // The answer to what the host turns down, in the engine's words.
  function refuse(head, principal, reason, headers = {}) {
    const env = environment({ ...envOf(head, principal), permissions: [], profile: undefined, ids: [] });
    return heard(call(() => engine.refuse(requestOf(head), env, JSON.stringify(reason)))).with(headers);
  }

  function answered(head, readBody, who) {
    if (closing !== undefined) return refuse(head, {}, { code: "closing" }, { connection: "close" });
    if (mayBeOpen.test(head.target) && engine.isOpen(head.method, head.target, head.headers.accept)) return admitted(head, readBody, who);
    return after(guard.admit(head), (wait) => {
      if (wait > 0) return refuse(head, {}, { code: "too-many-requests" }, { "retry-after": String(wait) });
      return after(whoAsks(auth, head, proxies, guard, onError), (principal) => welcomed(head, readBody, who, principal));
    });
  }

  function welcomed(head, readBody, who, principal) {
    if (principal === undefined) return refuse(head, {}, { code: "unauthorized" }, challenge(auth, head));
    who.principal = principal;
    // A path may name a tenant; whose data it is, the credential says.
    if (head.params.tenant !== undefined && head.params.tenant !== principal.tenant) {
      return refuse(head, principal, { code: "other-tenant" });
    }
    if (limiter === undefined) return admitted(head, readBody, who);
    return after(limiter(credentialOf(principal), head), (seconds) => {
      if (!(seconds > 0)) return admitted(head, readBody, who);
      return refuse(head, principal, { code: "too-many-requests" }, { "retry-after": String(seconds) });
    });
  }

  function admitted(head, readBody, { principal, request }) {
    return after(readBody(maxBody), (body) => {
      const env = envOf(head, principal, request);
      const work = () => store.handle(head, body, env);
      const whose = () => [env.tenant, credentialOf(principal), principal.subject, principal.permissions];
      return after(once(head, body, whose, work), (done) => {
        if (head.method !== "GET") delivering.kick();
        return done ?? refuse(head, principal, { code: "idempotency-key-reused" });
      });
    });
  }

  // Answers a head, whatever happens; nothing if the client went away while it was sending.
  function answer(head, readBody) {
    const preflight = cors.preflight(head);
    if (preflight !== undefined) return preflight;
    const began = audit === undefined ? 0 : performance.now();
    // By its number the record of a request and its events are found together.
    const who = { principal: {}, request: (audit ?? events) && randomUUID() };
    const failed = (error) => {
      if (error instanceof BodyAborted) return undefined;
      if (error instanceof BodyTooLarge) {
        return refuse(head, who.principal, { code: "too-large", limit: maxBody });
      }
      report(onError, error);
      return refuse(head, who.principal, { code: "store-failure" });
    };
    return after(attempt(() => answered(head, readBody, who), failed), (settled) => {
      if (settled?.reason !== undefined) report(onError, failure(settled.reason));
      noted(settled?.audit ?? (audit && refuse(head, who.principal, { code: "aborted" }).audit), who.request, began);
      return settled?.with(cors.headers(head));
    });
  }

  function noted(record, request, began) {
    if (audit === undefined) return;
    for (const one of recordsOf(JSON.parse(record), request, performance.now() - began)) write(audit, one, onError);
  }

  // What the host does by itself, with the same records as a request.
  async function perform(task, { tenant = "", by }) {
    if (closing !== undefined) throw new Error("the handler is closed");
    const [began, request] = [performance.now(), randomUUID()];
    const env = { now: new Date(), baseUrl: baseUrl ?? base.text, txn: request, tenant, principal: by };
    const settled = await store.task(task, env);
    noted(settled.audit, request, began);
    delivering.kick();
    return settled;
  }

  function handle(head, readBody) {
    const work = () => answer(head, readBody);
    const answering = attempt(trace === undefined ? work : () => trace.request(head, work), (error) => {
      report(onError, error);
      return refuse(head, {}, { code: "store-failure" });
    });
    if (!(answering instanceof Promise)) return answering;
    const settling = answering.finally(() => open.delete(settling));
    open.add(settling);
    return settling;
  }

  // Has the engine read a principal of the settings.
  function probe(where, principal) {
    const asked = requestOf({ method: "GET", target: "/ServiceProviderConfig", headers: {} });
    try {
      call(() => engine.begin(asked, requestBody(), environment({ ...environmentOf(principal), ids: [] })));
    } catch (error) {
      const [{ message, help }] = error.issues;
      throw new TypeError(`${where}: ${message}${help === undefined ? "" : `; ${help}`}`);
    }
  }

  // What is not below the base path: most often the mount is not what the settings say.
  function elsewhere(head) {
    const refused = refuse({ ...head, target: "/-", params: {} }, {}, { code: "no-endpoint" });
    const { status, headers, ...answered } = refused;
    // To a HEAD nothing is said.
    if (answered.content.length === 0) return refused;
    const { detail, ...said } = JSON.parse(answered.content.toString());
    const content = Buffer.from(JSON.stringify({ ...said, detail: `${detail} (this one lies below ${basePath || "/"})` }));
    return new Answered(status, headers, content, answered.audit);
  }

  return {
    ...mounts({ base, handle, elsewhere }),
    ...removals(perform),
    close() {
      closing ??= Promise.allSettled(open)
        .then(() => delivering.close())
        .then(() => store.close());
      ending.abort();
      return closing;
    },
    changes(after, { follow, signal } = {}) {
      if (events === undefined || store.outbox?.changes === undefined) {
        throw new TypeError("changes: set `events`, and a store that keeps them");
      }
      return changes(store.outbox, after, { follow, signal, closing: ending.signal });
    },
    async deadLetters(asked) {
      return deadLetters(events && store.outbox, asked);
    },
    async retryDeadLetters(asked) {
      const count = await retryDeadLetters(events && store.outbox, events?.known, asked);
      delivering.kick();
      return count;
    },
    async ready() {
      await store.ready?.();
    },
    operations() {
      return structuredClone(operations);
    },
    openapi() {
      return JSON.parse(call(() => engine.openapi(baseUrl ?? base.text)));
    },
    schemas() {
      const asked = requestOf({ method: "GET", target: "/Schemas", headers: {} });
      const exchange = call(() => engine.begin(asked, requestBody(), environment({ baseUrl, ids: [] })));
      return heard(call(() => exchange.step(null)).answer).json().Resources;
    },
    ddl(dialect) {
      if (dialect !== undefined && dialect !== "postgres") throw new TypeError('ddl: the dialect is "postgres"; the SQLite store makes its tables by itself');
      if (store.ddl !== undefined) return store.ddl();
      if (dialect === undefined) throw new TypeError('ddl: the store of this handler makes its tables by itself, or has none; ddl("postgres") gives those of pgStore(pool)');
      return call(() => new native.Sql(JSON.stringify(config), "scim_").ddl());
    },
    explain(filter, type = "User") {
      if (store.explain === undefined) throw new TypeError("the store of this handler has no SQL of ours: sqliteStore(path) and pgStore(pool) have");
      return store.explain({ tenant: "", types: [type], filter, offset: 0, limit: 100, needTotal: true });
    },
  };
}

// Whether it is worth asking if a request is for everybody.
function hintOf(names) {
  const any = names.map((name) => name.replaceAll(".", "\\."));
  return names.length === 0 ? /(?!)/ : new RegExp(["%", ...any].join("|"));
}

function whoAsks(auth, head, proxies, guard, onError) {
  const { method, path, params, headers, raw } = head;
  const known = (found) => {
    const principal = found ?? undefined;
    if (principal === undefined) return void guard.failed(head);
    checkPrincipal("auth", principal);
    guard.succeeded(head, principal);
    return principal;
  };
  // A getter of its own for each request would be a shape of its own for each, which V8 keeps.
  const address = clientOf(head, proxies);
  const asked = { method, path, params, headers, raw, address, authorization: headers.authorization };
  return attempt(
    () => after(auth.authenticate(asked), known),
    (error) => {
      // Who cannot be asked about is not let in.
      guard.unknown(head);
      report(onError, error);
      return undefined;
    },
  );
}

function challenge({ challenge: known }, { headers: { authorization } }) {
  if (known === undefined) return {};
  // RFC 6750 section 3: without credentials there is nothing wrong with them.
  const failed = authorization !== undefined && /^Bearer /i.test(known) && !known.includes(", Basic") ? ', error="invalid_token"' : "";
  return { "www-authenticate": known + failed };
}

function report(onError, error) {
  try {
    onError(error);
  } catch {
    // A log that fails is not the client's concern.
  }
}

// The record of a request, and after that of a Bulk one for each of its operations.
function recordsOf({ operations = [], ...whole }, request, duration) {
  const { time, tenant, principal } = whole;
  const parts = operations.map((operation) => ({ time, tenant, principal, ...operation, trace: [], request, duration }));
  return [{ ...whole, request, duration }, ...parts];
}

// An audit that fails is told of, and changes no answer.
function write(audit, record, onError) {
  try {
    Promise.resolve(audit(record)).catch((error) => report(onError, error));
  } catch (error) {
    report(onError, error);
  }
}
