// Resources in PostgreSQL, over a pool of `pg` that the developer brings. The engine writes the
// SQL; here it is run.

import { createHash } from "node:crypto";

import { call } from "./crossing.js";
import { withoutValue } from "./log.js";
import { hashed } from "./secrets.js";
import { postgresOutbox, prepareOutbox } from "./events/postgres.js";
import { isMapping, mappingOf } from "./postgres/builders.js";
import { connectMapped } from "./postgres/mapping.js";
import { locking, repeated, savepoints, together, transactions, whole } from "./postgres/transactions.js";
import { poolOf } from "./queries.js";

// `inTransaction`: what is given is one client in a transaction of the developer's, which ends it.
export function pgStore(pool, given, more = {}) {
  // Tables that are there already, and what of resources is in them; or tables of our own.
  const mapping = isMapping(given) ? mappingOf(given) : undefined;
  const said = mapping === undefined ? (given ?? {}) : more;
  const { prefix = "scim_", migrate = true, prepare = true, inTransaction = false, ...rest } = said;
  if (typeof pool?.query !== "function") throw new TypeError("pgStore: give a pool or a client of `pg`");
  const isPool = typeof pool.connect === "function";
  if (!inTransaction && !isPool && typeof pool.transaction !== "function") {
    throw new TypeError("pgStore: give a pool of `pg`, or an object with `query` and `transaction`");
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    const help = /^[A-Z]/.test(unknown) ? 'tables that you have are given by table("app.users", { … })' : "there are prefix, migrate, prepare and inTransaction";
    throw new TypeError(`pgStore: there is no setting \`${unknown}\`; ${help}`);
  }
  const runs = isPool || inTransaction ? pool : poolOf(pool);
  // Only `pg` knows names of statements, and a transaction of others is theirs.
  return { kind: "postgres", pool: runs, prefix, migrate, prepare: prepare && isPool && !inTransaction, inTransaction, mapping };
}

// How many resources are read at once when what stands beside them is filled anew.
const BATCH = 200;

export function connect(native, { pool, prefix, migrate, prepare: prepares, inTransaction, mapping }, settings) {
  const transaction = inTransaction ? savepoints(pool) : transactions(pool);
  if (mapping !== undefined) return connectMapped(native, { pool, prefix, migrate, prepares, inTransaction, mapping }, settings, { transaction, hashed, described });
  const ask = prepares ? byName : plainly;
  const sql = call(() => new native.Sql(settings, prefix));
  // One statement is a transaction by itself.
  const once = (work, statements) => (statements > 1 || inTransaction ? transaction(work) : repeated(() => work(pool)));
  let prepared = migrate ? undefined : Promise.resolve();

  async function tables(client) {
    await prepare(client, sql, prefix);
    if (sql.outbox() !== "") await prepareOutbox(client, sql, prefix);
  }

  function ready() {
    prepared ??= transaction(tables);
    return prepared.catch((error) => {
      prepared = undefined;
      throw error;
    });
  }

  async function run(operation, client, changing, failed) {
    try {
      await ready();
      const program = JSON.parse(call(() => sql.program(operation)));
      if (program.memberships !== undefined) return await memberships(ask(client, program.memberships));
      if (program.present !== undefined) return await told(ask(client, program.present));
      if (program.part !== undefined) return await part(ask(client, program.part));
      if (program.get !== undefined) return await get(ask(client, program.get));
      if (program.inserted !== undefined) return await inserted(changing, (client) => ask(client, program.inserted));
      if (program.lock !== undefined) return await locked(ask(client, program.lock));
      if (program.removed !== undefined) return await removed(ask(client, program.removed));
      if (program.purge !== undefined) return await repeated(() => purge(client, program.purge));
      if (program.query !== undefined) return await query(client, program.query, JSON.parse(operation));
      return (await changing((inside) => change(inside, program.steps, ask), program.steps.length)) ?? { done: true };
    } catch (error) {
      failed?.(error);
      return { failed: described(error) };
    }
  }

  // The engine writes `password` where there is one, and nowhere else in what it adds.
  const performing = (client, changing, ahead, failed) => async (operation) =>
    run(operation.includes('"password"') ? await hashed(native, operation, ahead) : operation, client, changing, failed);
  const perform = performing(pool, once);
  const alone = { perform, performing, once, ready };

  // Who is in no group is removed by one statement.
  async function free(operation) {
    if (!operation.startsWith('{"op":"remove"')) return undefined;
    await ready();
    const { free } = JSON.parse(call(() => sql.program(operation)));
    if (free === undefined) return undefined;
    const { rows } = await repeated(() => ask(pool, free));
    const [{ told }] = rows;
    if (told === null) return { done: true };
    return JSON.parse(told).grouped === true ? undefined : { text: told };
  }

  return {
    perform,
    whole: inTransaction ? undefined : whole({ pool, prepares, prefix }, { ...alone, free, described }),
    together: together({ pool, inTransaction, prepares, prefix }, alone),
    session: inTransaction ? undefined : locking(pool, alone),
    ready,
    ddl: () => sql.ddl(),
    // Whose transaction it is has others deliver what is in it.
    outbox: inTransaction ? undefined : postgresOutbox({ pool, prefix, texts: JSON.parse(sql.outboxSql()), ready, run: ask, transaction }),
    explain: (plan) => JSON.parse(call(() => sql.explain(JSON.stringify({ op: "query", ...plan })))),
  };
}

// Statements that are always the same are read once for each connection; there are a dozen of them.
const names = new Map();

function byName(client, { text, params }) {
  let name = names.get(text);
  if (name === undefined) {
    name = `scimforge_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
    names.set(text, name);
  }
  return client.query({ name, text, values: params });
}

function plainly(client, { text, params }) {
  return client.query(text, params);
}

async function get(found) {
  const { rows } = await found;
  return { text: `{"row":${rows[0]?.json ?? "null"}}` };
}

async function part(found) {
  const { rows } = await found;
  if (rows.length === 0) return { row: null };
  return { text: `{"${rows[0].whole ? "row" : "part"}":${rows[0].json}}` };
}

// What one row tells.
async function told(found) {
  const { rows } = await found;
  return { text: rows[0].told };
}

async function removed(found) {
  const { rows } = await found;
  return { text: `{"removed":[${rows.map((row) => row.json).join(",")}]}` };
}

// One statement, which answers what it did.
async function purge(client, [{ text, params }]) {
  const { rows } = await client.query(text, params);
  return { text: rows[0].told };
}

// Resources go from text to text: only the engine reads them.
async function query(client, { text, params, exact, count }, { offset, limit, after }) {
  const { rows } = exact && limit === 0 ? { rows: [] } : await client.query(text, params);
  const found = `{"rows":[${rows.map((row) => row.json).join(",")}]`;
  if (!exact) return { text: `${found},"residual":true}` };
  if (count === undefined) return { text: `${found},"residual":false}` };
  // A page that is not full is the last one.
  const last = after === undefined && rows.length < limit && (rows.length > 0 || offset === 0);
  const total = last ? offset + rows.length : Number(Object.values((await client.query(count.text, count.params)).rows[0])[0]);
  return { text: `${found},"total":${total},"residual":false}` };
}

async function inserted(changing, ask) {
  let text;
  await changing(async (client) => {
    const { rows } = await ask(client);
    text = rows[0].told;
  }, 1);
  return { text };
}

async function locked(waiting) {
  await waiting;
  return { done: true };
}

async function memberships(found) {
  const { rows } = await found;
  return {
    memberships: rows.map(({ member, in_group: group, display }) => ({ member, group, ...(display !== null && { display }) })),
  };
}

// Answers what stands in the way, if something does.
async function change(client, steps, ask) {
  for (const { need, otherwise, ...statement } of steps) {
    const { rows } = await ask(client, statement);
    if (need === "told" && rows[0].told !== null) return { text: rows[0].told };
    if (need === "row" && rows.length === 0) return otherwise;
    if (need === "none" && rows.length > 0) return { conflict: rows[0].path };
  }
  return undefined;
}

// Makes the tables, and fills anew what stands beside the resources if the schemas have changed.
async function prepare(client, sql, prefix) {
  const wanted = sql.description();
  if ((await setting(client, prefix)) === wanted) return;
  // Of several processes that start, one does it.
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`scimforge ${prefix}`]);
  if ((await setting(client, prefix)) === wanted) return;
  await client.query(sql.ddl());
  await refresh(client, sql, prefix);
  await client.query(
    `INSERT INTO ${prefix}setting VALUES ('filled', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [wanted],
  );
}

async function setting(client, prefix) {
  const { rows: tables } = await client.query("SELECT to_regclass($1) IS NOT NULL AS there", [`${prefix}setting`]);
  if (!tables[0].there) return undefined;
  const { rows } = await client.query(`SELECT value FROM ${prefix}setting WHERE name = 'filled'`);
  return rows[0]?.value;
}

async function refresh(client, sql, prefix) {
  await client.query(`LOCK TABLE ${prefix}document IN EXCLUSIVE MODE`);
  // What was removed may have kept its values.
  await client.query(`DELETE FROM ${prefix}taken t WHERE NOT EXISTS (SELECT 1 FROM ${prefix}removed r WHERE r.row = t.row)`);
  const page = sql.page();
  for (let last = "0"; ; ) {
    const { rows } = await client.query(page, [last, BATCH]);
    if (rows.length === 0) return;
    for (const { tenant, json } of rows) {
      const program = refreshing(sql, tenant, json);
      const refused = program === undefined ? undefined : await change(client, program.steps, plainly);
      const conflict = refused && JSON.parse(refused.text).conflict;
      if (conflict !== undefined) throw new Error(`\`${conflict}\` cannot be unique: another resource has the value of ${JSON.parse(json).id}`);
    }
    last = rows.at(-1).row;
  }
}

// Of a type that this server does not have, nothing.
function refreshing(sql, tenant, json) {
  try {
    return JSON.parse(call(() => sql.refresh(tenant, json)));
  } catch (error) {
    if (error.code === "unknown-schema") return undefined;
    throw error;
  }
}

// For the log. The server's `detail` quotes values, so it stays out.
function described(error) {
  const { code, message = String(error) } = error ?? {};
  if (code === undefined) return `postgres: ${message}`;
  return `postgres: ${code} ${withoutValue(code, message)}`;
}
