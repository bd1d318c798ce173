// Resources in tables that the developer has already. The engine writes the SQL and reads the rows;
// here it is run, and what the application computes of a row is added.

import { call } from "../crossing.js";
import { postgresOutbox, prepareOutbox } from "../events/postgres.js";
import { locking, together, whole } from "./transactions.js";

export function connectMapped(native, store, settings, { transaction, hashed, described }) {
  const { pool, prefix, migrate, prepares, inTransaction, mapping: { text, functions } } = store;
  const sql = mapped(() => new native.MappedSql(settings, text, prefix));
  // Events are kept in tables of ours, beside those that were there.
  const keeps = sql.outbox() !== "";
  let checked;
  // Whether the database computes columns, and takes nothing else for them.
  let computes = false;

  // What is not as the mapping says is found before anything is read.
  async function check() {
    const { text: inspection, params } = JSON.parse(sql.inspection());
    const { rows } = await pool.query(inspection, params);
    const problems = JSON.parse(call(() => sql.inspected(rows[0].json)));
    computes = /"computed" ?: ?true/.test(rows[0].json);
    if (problems.length > 0) throw new TypeError(`pgStore: the mapping does not fit the database\n${problems.map((one) => `- ${one}`).join("\n")}`);
    if (keeps && migrate) await transaction((client) => prepareOutbox(client, sql, prefix));
  }

  function ready() {
    checked ??= check().catch((error) => {
      checked = undefined;
      throw error;
    });
    return checked;
  }

  // The rows as an array of resources, in text.
  function resources(type, rows) {
    const works = functions.get(type);
    try {
      const whole = rows.map(({ json, raw }) => (works === undefined ? json : `${json.slice(0, -1)},"computed":${computed(works, raw)}}`));
      return call(() => sql.documents(type, `[${whole.join(",")}]`));
    } catch (cause) {
      throw new Unreadable(cause);
    }
  }

  const first = (list) => (list === "[]" ? undefined : list.slice(1, -1));

  async function one(client, type, { text: statement, params }) {
    return first(resources(type, (await client.query(statement, params)).rows));
  }

  async function part(client, type, { text: statement, params }) {
    const { rows } = await client.query(statement, params);
    if (rows.length === 0) return { row: null };
    return { text: `{"${rows[0].whole ? "row" : "part"}":${first(resources(type, rows))}}` };
  }

  async function query(client, { queries, exact, count }, { offset, limit, after }) {
    const found = [];
    let length = 0;
    for (const { type, text: statement, params } of exact && limit === 0 ? [] : queries) {
      const { rows } = await client.query(statement, params);
      length += rows.length;
      const list = first(resources(type, rows));
      if (list !== undefined) found.push(list);
    }
    const answer = `{"rows":[${found.join(",")}]`;
    if (!exact) return { text: `${answer},"residual":true}` };
    if (count === undefined) return { text: `${answer},"residual":false}` };
    // A page that is not full is the last one.
    const last = after === undefined && length < limit && (length > 0 || offset === 0);
    const total = last ? offset + length : Number((await client.query(count.text, count.params)).rows[0].n);
    return { text: `${answer},"total":${total},"residual":false}` };
  }

  async function memberships(client, { text: statement, params }) {
    const { rows } = await client.query(statement, params);
    return {
      memberships: rows.map(({ member, in_group: group, display }) => ({ member, group, ...(display !== null && { display }) })),
    };
  }

  async function removed(client, { removed: { text: statement, params }, type }) {
    const { rows } = await client.query(statement, params);
    const one = (row) => `{"kept":${JSON.stringify({ at: row.at ?? undefined })},"resource":${first(resources(type, [row]))}}`;
    return { text: `{"removed":[${rows.map(one).join(",")}]}` };
  }

  async function purge(client, statements) {
    const purged = {};
    for (const { type, text: statement, params } of statements) {
      const { rows } = await client.query(statement, params);
      if (rows[0].n > 0) purged[type] = rows[0].n;
    }
    return { purged };
  }

  // The result of a change, or what stands in its way; then nothing of it stays.
  async function change(client, operation, { change: type, lock }) {
    const old = lock === undefined ? undefined : await one(client, type, lock);
    if (lock !== undefined && old === undefined) return { refused: { notFound: true } };
    let plan = JSON.parse(call(() => sql.change(operation, old)));
    for (;;) {
      if (plan.result !== undefined) return { refused: plan.result };
      let rows;
      for (const step of plan.steps) {
        ({ rows } = await client.query(step.text, step.params));
        if (step.need === "row" && rows.length === 0) return { refused: step.otherwise };
        if (step.need === "none" && rows.length > 0) return { refused: step.otherwise };
      }
      if (plan.unsettled !== true) break;
      plan = JSON.parse(call(() => sql.settle(operation, rows[0].id)));
    }
    if (plan.read === undefined) {
      await record(client, operation);
      return { done: { done: true } };
    }
    const made = await one(client, type, plan.read);
    if (made === undefined) return { refused: { failed: `${type}: the row that was written cannot be read` } };
    const lost = functions.has(type) || computes ? call(() => sql.check(operation, made, old)) : null;
    if (lost !== null) return { refused: JSON.parse(lost) };
    await record(client, operation, made);
    return { done: { text: `{"written":${made}}` } };
  }

  // The event of a change, in its transaction.
  async function record(client, operation, made) {
    if (!keeps) return;
    for (const step of JSON.parse(call(() => sql.recorded(operation, made)))) await client.query(step.text, step.params);
  }

  async function changed(operation, program, changing) {
    let done;
    const refused = await changing(async (client) => {
      const outcome = await change(client, operation, program);
      done = outcome.done;
      return outcome.refused;
    });
    return refused ?? done;
  }

  // What the database refuses by a rule of its tables.
  async function refusal(client, type, { code, dataType = "", column = dataType, constraint, schema = null }) {
    if (!/^23/.test(code ?? "")) return undefined;
    const { rows } = constraint === undefined ? { rows: [] } : await client.query(DEFINITION, [constraint, schema]);
    const said = sql.refusal(type, code, column, rows[0]?.definition ?? "");
    return said === null ? undefined : JSON.parse(said);
  }

  async function run(operation, client, changing, failed) {
    let type;
    try {
      await ready();
      const program = JSON.parse(call(() => sql.program(operation)));
      if (program.result !== undefined) return program.result;
      if (program.memberships !== undefined) return await memberships(client, program.memberships);
      if (program.present !== undefined) return { text: (await ask(client, program.present)).rows[0].told };
      if (program.get !== undefined) return { text: `{"row":${(await one(client, program.type, program.get)) ?? "null"}}` };
      if (program.part !== undefined) return await part(client, program.type, program.part);
      if (program.removed !== undefined) return await removed(client, program);
      if (program.purge !== undefined) return await purge(client, program.purge);
      if (program.queries !== undefined) return await query(client, program, JSON.parse(operation));
      if (program.lock !== undefined && program.change === undefined) {
        await client.query(program.lock.text, program.lock.params);
        return { done: true };
      }
      if (program.tell === true) return (await changing((inside) => record(inside, operation))) ?? { done: true };
      type = program.change;
      return await changed(operation, program, changing);
    } catch (error) {
      if (!(error instanceof Unreadable)) failed?.(error);
      // In a Bulk the transaction goes on, and the pool may have no other connection.
      const free = failed === undefined ? pool : client;
      const refused = type === undefined ? undefined : await refusal(free, type, error).catch(() => undefined);
      return refused ?? { failed: described(error) };
    }
  }

  const performing = (client, changing, ahead, failed) => async (operation) =>
    run(operation.includes('"password"') ? await hashed(native, operation, ahead) : operation, client, changing, failed);
  const perform = performing(pool, transaction);
  const alone = { perform, performing, once: transaction, ready };

  return {
    perform,
    together: together({ pool, inTransaction, prepares, prefix }, alone),
    whole: inTransaction ? undefined : whole({ pool, prepares, prefix }, { ...alone, free: () => undefined, described }),
    session: inTransaction ? undefined : locking(pool, alone),
    ready,
    ddl: () => sql.ddl(),
    // Whose transaction it is has others deliver what is in it.
    outbox: keeps && !inTransaction ? postgresOutbox({ pool, prefix, texts: JSON.parse(sql.outboxSql()), ready, run: ask, transaction }) : undefined,
    explain: (plan) => JSON.parse(call(() => sql.explain(JSON.stringify({ op: "query", ...plan })))),
  };
}

// A row of which the application cannot compute what it wants to. The transaction goes on.
class Unreadable extends Error {
  constructor(cause) {
    super(cause?.message ?? String(cause), { cause });
  }
}

function ask(client, { text, params }) {
  return client.query(text, params);
}

// What is wrong with a mapping, with what would be right.
function mapped(make) {
  try {
    return call(make);
  } catch (error) {
    const help = error.issues?.[0]?.help;
    throw new TypeError(`pgStore: ${error.message}${help === undefined ? "" : `; ${help}`}`, { cause: error });
  }
}

const DEFINITION = `
  SELECT pg_get_indexdef(c.oid) AS definition FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = $1 AND c.relkind IN ('i', 'I') AND ($2::text IS NULL OR n.nspname = $2)
  UNION ALL
  SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
    WHERE c.conname = $1 AND ($2::text IS NULL OR n.nspname = $2)
  LIMIT 1`;

function computed(works, row) {
  const values = Object.entries(works).map(([path, work]) => [path, work(row)]);
  return JSON.stringify(Object.fromEntries(values));
}
