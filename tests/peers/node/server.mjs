// The server next to SCIMMY with its routers on Express, to a bare node:http, and to itself at
// other sizes. Servers are processes of their own, of which the CPU time counts; what a database
// does is measured by the clock.

import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createScimHandler, none, pgStore } from "../../../bindings-node/js/index.js";
import { isInstalled, startPostgres } from "../../node/postgres.mjs";
import { fullUser, peer, user } from "./data.mjs";

const ROUNDS = 7;
const MANY = 100_000;
const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const folder = mkdtempSync(join(tmpdir(), "scimforge-bench-"));
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const servers = [];

async function serve(...given) {
  const child = fork(fileURLToPath(new URL("served.mjs", import.meta.url)), given.map(String));
  servers.push(child);
  let ended;
  child.once("exit", (code) => ended?.(new Error(`the server ${given[0]} ended with ${code}`)));
  const hear = () =>
    new Promise((told, failed) => {
      ended = failed;
      child.once("message", told);
    });
  const { port } = await hear();
  const usage = async () => {
    child.send("usage");
    return hear();
  };
  const send = (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/scim+json", authorization: "Bearer x" };
      const asked = request({ agent, port, host: "127.0.0.1", method, path: `/scim/v2${path}`, headers }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("end", () => {
          const text = Buffer.concat(parts).toString();
          if (answer.statusCode >= 400) return reject(new Error(`${given[0]}: ${method} ${path}: ${answer.statusCode} ${text.slice(0, 200)}`));
          return resolve(text === "" ? undefined : JSON.parse(text));
        });
      });
      asked.on("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return { send, usage };
}

/** A client that sleeps is woken by the server, whose time that takes: of a quick one, less often. */
function stayAwake() {
  let awake = true;
  const turn = () => awake && setImmediate(turn);
  turn();
  return () => (awake = false);
}

/** CPU time of a server for each of `count` requests, in microseconds. */
async function cpu({ usage }, count, ask) {
  const before = (await usage()).cpu;
  const rest = stayAwake();
  await eight(count, ask);
  rest();
  const { user: own, system } = (await usage()).cpu;
  return (own - before.user + system - before.system) / count;
}

async function clock(ask) {
  const start = performance.now();
  await ask();
  return performance.now() - start;
}

/** Both in turn, and what comes out as a row. */
async function race(work, name, ours, theirs, rounds = ROUNDS) {
  // Until what runs often is compiled, in both.
  const warmUp = Math.ceil(rounds / 2);
  const ratios = [];
  let times = [0, 0];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const [a, b] = round % 2 === 0 ? [await ours(), await theirs()] : [await theirs(), await ours()].reverse();
    if (round >= warmUp) ratios.push(a / b);
    times = [a, b];
  }
  row(work, name, ratios);
  console.log(`note: ${work}: ${times.map((time) => time.toFixed(2)).join(" against ")} in the last round`);
}

function row(work, name, ratios) {
  const sorted = [...ratios].sort((a, b) => a - b);
  const [low, middle, high] = [1, 2, 3].map((quarter) => sorted[Math.floor((sorted.length * quarter) / 4)].toFixed(6));
  console.log(`| ${work} | ${name} | ${middle} (${low} - ${high}) |`);
}

/** A PATCH of two operations, one of them by a value path. */
const change = (value) => ({
  schemas: [PATCH],
  Operations: [
    { op: "replace", path: "title", value },
    { op: "replace", path: 'emails[type eq "work"].value', value: `${value}@north.test` },
  ],
});
let fresh = 1_000_000;

/** Eight clients at once, who send `count` requests between them. */
async function eight(count, ask) {
  let next = 0;
  const client = async () => {
    while (next < count) await ask(next++);
  };
  await Promise.all(Array.from({ length: 8 }, client));
}

async function againstScimmy() {
  const [ours, theirs, bare] = [await serve("memory"), await serve("scimmy", 0), await serve("bare")];
  for (const [of, make, fixed] of [["a user of 1.4 kB", fullUser, "full"], ["a user of 0.3 kB", user, "small"]]) {
    const first = make((fresh += 1));
    const [mine, other] = [await ours.send("POST", "/Users", first), await theirs.send("POST", "/Users", first)];
    const get = (server, id) => () => cpu(server, 1000, () => server.send("GET", `/Users/${id}`));
    await race(`GET /Users/{id}, ${of}`, "memory store: scimmy-routers", get(ours, mine.id), get(theirs, other.id));
    await race(`GET /Users/{id}, ${of} (bare node:http)`, "memory store: fixed bytes", get(ours, mine.id), get(bare, fixed));
    const post = (server) => () => cpu(server, 300, () => server.send("POST", "/Users", make((fresh += 1))));
    await race(`POST /Users, ${of}`, "memory store: scimmy-routers", post(ours), post(theirs));
    const patch = (server, id) => () => cpu(server, 300, (index) => server.send("PATCH", `/Users/${id}`, change(`t${index}`)));
    await race(`PATCH /Users/{id}, ${of}`, "memory store: scimmy-routers", patch(ours, mine.id), patch(theirs, other.id));
  }
}

async function fill(server, count) {
  for (let first = 0; first < count; first += 1000) {
    const Operations = Array.from({ length: 1000 }, (_, index) => ({ method: "POST", path: "/Users", bulkId: `b${index}`, data: user(first + index) }));
    await server.send("POST", "/Bulk", { schemas: [BULK], Operations });
  }
}

async function large() {
  const [ours, theirs] = [await serve("sqlite", join(folder, "many.db")), await serve("scimmy", MANY)];
  await fill(ours, MANY);
  const filter = (number) => `/Users?filter=${encodeURIComponent(`userName eq "user${number}@north.test"`)}`;
  const { Resources } = await ours.send("GET", filter(77));
  const find = (server, count) => () => cpu(server, count, (index) => server.send("GET", filter(index * 31)));
  await race("userName eq among 100,000", "sqlite: scimmy with a Map", find(ours, 300), find(theirs, 1), 3);
  const get = () => cpu(ours, 300, () => ours.send("GET", `/Users/${Resources[0].id}`));
  await race("userName eq, CPU per request", "sqlite: GET by id", find(ours, 300), get);
  await memory(await serve("sqlite", join(folder, "many.db")));
}

async function memory(server) {
  for (let index = 0; index < 200; index += 1) await server.send("GET", "/Users?count=1");
  const rest = (await server.usage()).rss;
  let most = rest;
  const pages = async () => {
    for (let cursor = ""; cursor !== undefined; ) {
      const page = await server.send("GET", `/Users?count=500&cursor=${encodeURIComponent(cursor)}`);
      cursor = page.nextCursor;
    }
  };
  let over = false;
  const paging = Promise.all(Array.from({ length: 8 }, pages)).finally(() => (over = true));
  while (!over) {
    most = Math.max(most, (await server.usage()).rss);
    await new Promise((later) => setTimeout(later, 50));
  }
  await paging;
  row("memory while 8 clients page through 100,000 users", "sqlite: 64 MB more than at rest", [0, 0, 0, 0].map(() => (most - rest) / (64 * 2 ** 20)));
  console.log(`note: resident ${(rest / 2 ** 20).toFixed(0)} MB at rest, ${(most / 2 ** 20).toFixed(0)} MB at most`);
}

async function members(kind, server) {
  const make = async (count) => {
    const list = Array.from({ length: count }, (_, index) => ({ value: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`, type: "User" }));
    return (await server.send("POST", "/Groups", { schemas: [GROUP], displayName: `of ${count}`, members: list })).id;
  };
  const [few, many] = [await make(10), await make(MANY)];
  let member = 0;
  const patch = (id) => () =>
    clock(async () => {
      for (let index = 0; index < 20; index += 1) {
        const value = `u-${(member += 1)}`;
        await server.send("PATCH", `/Groups/${id}`, { schemas: [PATCH], Operations: [{ op: "add", path: "members", value: [{ value }] }] });
        await server.send("PATCH", `/Groups/${id}`, { schemas: [PATCH], Operations: [{ op: "remove", path: `members[value eq "${value}"]` }] });
      }
    });
  await race(`PATCH of one member of 100,000 (${kind})`, "a group of 100,000: of 10", patch(many), patch(few));
}

const FILTER = 'emails[type eq "work" and value co "r7771"]';
const BY_HAND = `SELECT doc FROM hand WHERE (doc -> 'emails')::text ILIKE '%r7771%' AND EXISTS
  (SELECT 1 FROM jsonb_array_elements(doc -> 'emails') AS e
   WHERE lower(e ->> 'type') = 'work' AND position('r7771' IN lower(e ->> 'value')) > 0) LIMIT 100`;

async function databases() {
  if (!isInstalled) return console.log("note: PostgreSQL is not installed");
  const { module: pg } = await peer("pg");
  const database = await startPostgres(["fsync=on"]);
  const pool = new pg.Pool({ ...database.settings, max: 2 });
  try {
    const server = await serve("postgres", database.settings.host);
    await members("PostgreSQL", server);
    const single = () =>
      clock(async () => {
        for (let index = 0; index < 1000; index += 1) await server.send("POST", "/Users", user((fresh += 1)));
      });
    const bulk = () => clock(() => fill({ send: (method, path, body) => server.send(method, path, numbered(body)) }, 1000));
    await race("a Bulk of 1,000 creates", "one Bulk: 1,000 POSTs", bulk, single, 3);

    const scim = createScimHandler({ store: pgStore(pool), auth: none(), limits: { maxResults: 1000 } });
    await pool.query(`INSERT INTO scim_document (tenant, type, id, version, json, shadow)
      SELECT '', 'User', 'x' || lpad(n::text, 7, '0'), 'v', json, shadow || jsonb_build_object('username', 'r' || n, 'emails',
        jsonb_build_array(jsonb_build_object('value', 'r' || n || '@north.test', 'type', 'work', '*', 1)),
        'meta', jsonb_build_object('created', shadow -> 'meta' ->> 'created'))
      FROM (SELECT * FROM scim_document WHERE type = 'User' LIMIT 1) AS d, generate_series(1, 200000) AS n`);
    await pool.query("CREATE TABLE hand (doc jsonb)");
    await pool.query(`INSERT INTO hand SELECT json::jsonb || jsonb_build_object('emails', shadow -> 'emails') FROM scim_document WHERE type = 'User'`);
    await pool.query("CREATE INDEX ON hand USING gin (((doc -> 'emails')::text) gin_trgm_ops)");
    await pool.query("VACUUM ANALYZE");
    const { text, values } = await statementOf(pool, () => scim.fetch(new Request(`http://bench.test/scim/v2/Users?filter=${encodeURIComponent(FILTER)}`)));
    const often = (ask) => () =>
      clock(async () => {
        for (let index = 0; index < 20; index += 1) await ask();
      });
    await race("emails[type eq and value co] on 200,000 rows", "a request's statement: trigrams by hand", often(() => pool.query(text, values)), often(() => pool.query(BY_HAND)));

    // A cursor goes on with the count that it was made with.
    const page = (at) => () => server.send("GET", `/Users?count=100&attributes=id&cursor=${encodeURIComponent(at)}`);
    let cursor = "";
    for (let passed = 0; passed < 1900; passed += 1) ({ nextCursor: cursor } = await page(cursor)());
    await race("a page at depth 190,000", "keyset: the first page", often(page(cursor)), often(page("")));
    await scim.close();
  } finally {
    await pool.end();
    for (const child of servers) child.disconnect();
    servers.length = 0;
    await database.stop();
  }
}

// What the store asks the database for a request.
async function statementOf(pool, ask) {
  const { query } = pool;
  let asked;
  pool.query = (text, values) => {
    asked = { text, values };
    return query.call(pool, text, values);
  };
  const answer = await ask();
  delete pool.query;
  const { Resources = [] } = await answer.json();
  if (Resources.length !== 11) throw new Error(`the filter finds ${Resources.length} of 11`);
  return asked;
}

// Every Bulk makes others.
function numbered(body) {
  for (const operation of body.Operations ?? []) operation.data = user((fresh += 1));
  return body;
}

const only = process.argv[2];
const parts = { againstScimmy, large, members: async () => members("SQLite", await serve("sqlite", join(folder, "groups.db"))), databases };
try {
  for (const [name, part] of Object.entries(parts)) if (only === undefined || only === name) await part();
} finally {
  for (const child of servers) if (child.connected) child.disconnect();
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}
