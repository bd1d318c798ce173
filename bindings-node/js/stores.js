// Where resources live, and how a request reaches them.

import { existsSync } from "node:fs";
import { dirname } from "node:path";

import { heard, heardParts } from "./answered.js";
import { callers } from "./callers.js";
import { ScimError, call } from "./crossing.js";
import { memoryOutbox } from "./events/memory.js";
import { sqliteOutbox } from "./events/sqlite.js";
import { gate } from "./gate.js";
import { known } from "./names.js";
import { connect } from "./postgres.js";
import { list, row, rows } from "./promised.js";
import { checkKeeping } from "./removed.js";
import { hashedAhead } from "./secrets.js";
import { environment, requestText } from "./shared.js";
import { operationOf } from "./trace.js";

// Resources in this process's memory, gone with it. `resources` are there from the start.
export function memoryStore({ resources = [] } = {}) {
  return { kind: "memory", resources };
}

// Resources in one SQLite file, which needs nothing installed. `:memory:` is for tests.
export function sqliteStore(path) {
  if (typeof path !== "string" || path === "") throw new TypeError("sqliteStore: give the path of a file, or :memory:");
  if (path.startsWith("file:")) throw new TypeError("sqliteStore: give a path, not a URI");
  return { kind: "sqlite", path };
}

// How many operations on the store a Bulk does before others have their turn.
const AT_ONCE = 4;

// How many creates of a Bulk go to PostgreSQL at once: others have their turn in between.
const BATCH = 100;

const OPERATIONS = ["get", "query", "insert", "replace", "remove"];

// With `trace`, what is asked of a store is a span. `audited`: whether anybody reads the records.
export function openStore(native, store, config, trace, audited) {
  const settings = JSON.stringify({
    // What nobody hashes cannot be changed.
    changePassword: store?.kind !== "memory" && store?.mapping?.passwords !== false,
    // Of tables that are the developer's, each resource is written by itself.
    locks: store?.kind === "postgres",
    // A request is one transaction.
    atomic: store?.kind === "sqlite" || store?.kind === "postgres",
    // Their keys may forbid to remove somebody who is in a group.
    leavesFirst: store?.kind === "postgres" && store.mapping !== undefined,
    maxBatch: store?.kind === "postgres" && store.mapping === undefined ? BATCH : undefined,
    ...config,
  });
  if (store?.kind === "memory") return asAWhole(inMemory(native, store, settings, config.events?.sinks ?? [], audited), trace);
  if (store?.kind === "sqlite") return asAWhole(inSqlite(native, store, settings, audited), trace, "sqlite");
  // Before the engine looks for the tables of those that it has.
  for (const name of store?.mapping?.names ?? []) known("pgStore", "resource type", typesOf(config), name);
  if (store?.kind === "postgres") return ofTheHost(native, connect(native, store, settings), settings, trace, "postgresql");
  const missing = OPERATIONS.filter((name) => typeof store?.[name] !== "function");
  if (missing.length === 0) {
    checkKeeping(store, config);
    return ofTheHost(native, store, settings, trace);
  }
  throw new TypeError(
    `createScimHandler: \`store\` is memoryStore(), sqliteStore(path), pgStore(pool) or an object of yours; ${slip(store) ?? `it lacks ${missing.join(", ")}`}`,
  );
}

function typesOf({ resourceTypes }) {
  const served = Array.isArray(resourceTypes) ? resourceTypes.map((one) => one?.name ?? one) : [];
  return [...new Set([...served, "User", "Group"])];
}

function slip(store) {
  if (store === undefined || store === null) return "there is none";
  if (typeof store === "string") return "this is a text: sqliteStore(path) takes the path of a file";
  if (typeof store === "function") return "this is a function: it has to be called";
  if (typeof store.query === "function" && typeof store.get !== "function") return "this looks like a pool: pgStore(pool) takes it";
  return undefined;
}

function inMemory(native, { resources }, settings, sinks, audited) {
  const server = call(() => new native.MemoryServer(settings));
  const caller = callers();
  for (const resource of resources) call(() => server.insert(JSON.stringify(resource)));
  // A Bulk lets others have their turn between its operations.
  async function bulk(head, body, env) {
    const exchange = server.begin(requestOf(head), body, environment(env, body, head));
    for (;;) {
      const answered = server.advance(exchange, AT_ONCE);
      if (answered !== null) return heard(answered);
      await new Promise((turn) => setImmediate(turn));
    }
  }
  return {
    handle: (head, body, env) => (isBulk(head) ? bulk(head, body, env) : heardParts(call(() => serve(server, caller, head, body, env, audited)))),
    task: async (task, env) => heard(call(() => server.task(JSON.stringify(task), environment(env)))),
    close: async () => {},
    outbox: memoryOutbox(server, sinks),
  };
}

// A store in Rust does all of a request at once.
function asAWhole(store, trace, system) {
  if (trace === undefined) return store;
  function handle(head, body, env) {
    const operation = operationOf(head);
    const work = () => store.handle(head, body, env);
    return operation === undefined ? work() : trace.store(operation, system, work);
  }
  return { ...store, handle };
}

function opened(path, open) {
  const folder = dirname(path);
  if (path !== ":memory:" && !existsSync(folder)) throw new Error(`sqliteStore: there is no folder ${folder} for ${path}`);
  try {
    return open();
  } catch (error) {
    if (error instanceof ScimError) throw error;
    throw new Error(`sqliteStore: ${path}: ${error.message}`, { cause: error });
  }
}

function inSqlite(native, { path }, settings, audited) {
  const server = opened(path, () => call(() => new native.SqliteServer(path, settings)));
  const caller = callers();
  // The database has one writer; those who wait for it should not occupy Node's few threads.
  const writing = gate(1);
  const reading = gate(2);
  const work = async (head, body, env, ahead) => heardParts(await serve(server, caller, head, body, env, audited, ahead));
  async function handle(head, body, env) {
    if (!writes(head)) return reading(() => work(head, body, env));
    const ahead = await hashes(native, server, head, body, env);
    return writing(() => work(head, body, env, ahead && JSON.stringify(Object.fromEntries(ahead))));
  }
  async function task(wanted, env) {
    const inTurn = wanted.task === "removed" ? reading : writing;
    const work = () => call(() => server.task(JSON.stringify(wanted), environment(env)));
    const { failure: reason, ...answered } = await inTurn(work);
    return heard(answered, reason);
  }
  return underWay({
    handle,
    task,
    // Behind what is asked of the outbox.
    close: () => writing(() => server.close()),
    explain: (plan) => JSON.parse(call(() => server.explain(JSON.stringify({ op: "query", ...plan })))),
    outbox: sqliteOutbox((command) => writing(() => server.outbox(command))),
  });
}

// A store of the developer's own. The engine says what it needs, one operation at a time.
function ofTheHost(native, store, settings, trace, system) {
  const engine = call(() => new native.Engine(settings));
  const inTurn = turns();
  // A store of ours takes the operation as the text that it is.
  const asking = (one) => one.perform ?? ((operation) => ask(one, JSON.parse(operation)));
  // The operations of a Bulk run in one transaction, where the store has such.
  const together = store.together ?? (store.transaction && ((work) => store.transaction((inside) => kept(work, asking(inside)))));
  function handle(head, body, env) {
    const begin = () => engine.begin(requestOf(head), body, environment(env, body, head));
    if (isBulk(head) && together !== undefined) return bulk(begin, head, body, env);
    // Who is removed leaves the groups.
    return head.method === "DELETE" ? entirely(begin) : alone(begin());
  }
  function bulk(begin, head, body, env) {
    return together(
      (perform) => steps(begin(), perform),
      () => hashes(native, engine, head, body, env),
    );
  }
  // What changes several resources, all of it or nothing.
  function entirely(begin) {
    return store.whole === undefined ? alone(begin()) : store.whole((perform) => steps(begin(), perform));
  }
  async function alone(exchange) {
    if (store.session === undefined) return steps(exchange, asking(store));
    const { perform, end } = store.session();
    return steps(exchange, perform).finally(() => end());
  }
  async function steps(exchange, perform) {
    let reason;
    let step = exchange.step(null);
    while (step.operation !== undefined) {
      const { operation } = step;
      const work = () => perform(operation);
      const result = await (trace === undefined ? work() : trace.store(JSON.parse(operation).op, system, work));
      reason = result.failed ?? reason;
      step = exchange.step(result.text ?? JSON.stringify(result));
    }
    return heard(step.answer, reason);
  }
  return underWay({
    // Changes of one resource wait for each other, so that none has to be repeated.
    async handle(head, body, env) {
      if (!["PUT", "PATCH", "DELETE"].includes(head.method)) return handle(head, body, env);
      return inTurn(JSON.stringify([env.tenant, head.path]), () => handle(head, body, env));
    },
    task: (task, env) => entirely(() => call(() => engine.task(JSON.stringify(task), environment(env)))),
    close: () => store.close?.(),
    ready: store.ready,
    ddl: store.ddl,
    explain: store.explain,
    outbox: store.outbox,
  });
}

// Does work in a transaction. One that failed in the middle cannot be kept in some databases, which
// say nothing of it at the end: it is left, so that nothing is acknowledged that was undone.
async function kept(work, perform) {
  let failure;
  const answer = await work(async (operation) => {
    const result = await perform(operation);
    failure ??= result.failed;
    return result;
  });
  if (failure !== undefined) throw new Error(failure);
  return answer;
}

// Closes when what is under way is done.
function underWay({ handle, task, close, ...rest }) {
  const open = new Set();
  const counted =
    (work) =>
    (...given) => {
      const answering = work(...given).finally(() => open.delete(answering));
      open.add(answering);
      return answering;
    };
  return {
    ...rest,
    handle: counted(handle),
    task: counted(task),
    async close() {
      await Promise.allSettled(open);
      await close();
    },
  };
}

async function ask(store, { op, ...operation }) {
  try {
    return await run(store, op, operation);
  } catch (error) {
    if (typeof error?.conflict === "string") return { conflict: error.conflict };
    if (error?.versionMismatch === true) return { versionMismatch: true };
    return { failed: String(error?.stack ?? error) };
  }
}

async function run(store, op, { key, resource, unique, password, ifVersion, event, keep, anew, ...plan }) {
  const { members } = plan;
  switch (op) {
    case "get":
      return { row: row("store.get", await store.get(key)) };
    case "part":
      return store.part === undefined ? { unsupported: true } : { ...(await store.part(key, plan)) };
    case "query":
      return rows(await store.query(plan), plan);
    case "memberships":
      return store.memberships === undefined ? { unsupported: true } : { memberships: list("store.memberships", await store.memberships(plan)) };
    // Each is read by itself.
    case "present":
      return { unsupported: true };
    case "insert":
      await store.insert(key, resource, { unique, password, event });
      return { done: true };
    case "replace":
      return (await store.replace(key, resource, { unique, password, ifVersion, event, members })) === false
        ? { notFound: true }
        : { done: true };
    case "remove":
      return (await store.remove(key, { ifVersion, event, keep })) === false ? { notFound: true } : { done: true };
    case "removed":
      if (store.removed === undefined) return { unsupported: true };
      return { removed: list("store.removed", await store.removed(unique === undefined ? plan : { ...plan, unique })) };
    case "restore":
      if (store.restore === undefined) return { unsupported: true };
      return (await store.restore(key, resource, { unique, password, event, anew })) === false ? { notFound: true } : { done: true };
    case "purge":
      return store.purge === undefined ? { unsupported: true } : { purged: await store.purge(plan) };
    default:
      return { failed: `the store does not know the operation ${op}` };
  }
}

// Says in the right words why a change is refused.
export function conflict(attribute) {
  return Object.assign(new Error(`another resource has this ${attribute}`), { conflict: attribute });
}

export function versionMismatch() {
  return Object.assign(new Error("the resource has another version"), { versionMismatch: true });
}

// Of the passwords of a request, which takes no identifiers to find them.
function hashes(native, engine, head, body, env) {
  return hashedAhead(native, engine, requestOf(head), body, environment({ ...env, ids: [] }));
}

function isBulk({ method, path }) {
  return method === "POST" && /^\/bulk$/i.test(path);
}

function writes({ method, path }) {
  return method !== "GET" && method !== "HEAD" && !path.endsWith("/.search");
}

// The headers that the engine looks at; the rest, tokens among them, stay here.
const HEADERS = ["accept", "content-type", "if-match", "if-none-match"];

export function requestOf({ method, target, headers }) {
  const given = HEADERS.filter((name) => headers[name] !== undefined);
  return requestText({ method, target, headers: Object.fromEntries(given.map((name) => [name, headers[name]])) });
}

// The request in its parts. Who asks is mostly who asked before, which the engine sees from the text.
function serve(server, caller, { method, target, headers }, body, env, audited = false, ahead = undefined) {
  const { now, baseUrl, txn, ids } = env;
  return server.serve(
    method,
    target,
    headers.accept,
    headers["content-type"],
    headers["if-match"],
    headers["if-none-match"],
    body.length === 0 ? undefined : body,
    now.getTime(),
    baseUrl,
    txn,
    caller(env),
    ids,
    audited,
    ahead,
  );
}

// One at a time for each name.
function turns() {
  const last = new Map();
  return async (name, work) => {
    const before = last.get(name);
    const turn = (before ?? Promise.resolve()).then(work);
    const done = turn.then(
      () => {},
      () => {},
    );
    last.set(name, done);
    try {
      return await turn;
    } finally {
      if (last.get(name) === done) last.delete(name);
    }
  };
}
