// Resources in tables that the developer has already. The engine writes the SQL and reads the rows;
// here it is run, and what the application computes of a row is added.

import { call } from "../crossing.js";
import { postgresOutbox, prepareOutbox } from "../events/postgres.js";

export function connectMapped(native, store, settings, { transaction, hashed, described }) {
  const { pool, prefix, migrate, inTransaction, mapping: { text, functions } } = store;
  const sql = mapped(() => new native.MappedSql(settings, text, prefix));
  // Events are kept in tables of ours, beside those that were there.
  const keeps = sql.outbox() !== "";
  let checked;

  // What is not as the mapping says is found before anything is read.
  async function check() {
    const { text: inspection, params } = JSON.parse(sql.inspection());
    const { rows } = await pool.query(inspection, params);
    const problems = JSON.parse(call(() => sql.inspected(rows[0].json)));
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
    const whole = rows.map(({ json, raw }) => (works === undefined ? json : `${json.slice(0, -1)},"computed":${computed(works, raw)}}`));
    return call(() => sql.documents(type, `[${whole.join(",")}]`));
  }

  const first = (list) => (list === "[]" ? undefined : list.slice(1, -1));

  async function one(client, type, { text: statement, params }) {
    return first(resources(type, (await client.query(statement, params)).rows));
  }

  async function query({ queries, exact, count }, { offset, limit, after }) {
    const found = [];
    let length = 0;
    for (const { type, text: statement, params } of exact && limit === 0 ? [] : queries) {
      const { rows } = await pool.query(statement, params);
      length += rows.length;
      const list = first(resources(type, rows));
      if (list !== undefined) found.push(list);
    }
    const answer = `{"rows":[${found.join(",")}]`;
    if (!exact) return { text: `${answer},"residual":true}` };
    if (count === undefined) return { text: `${answer},"residual":false}` };
    // A page that is not full is the last one.
    const last = after === undefined && length < limit && (length > 0 || offset === 0);
    const total = last ? offset + length : Number((await pool.query(count.text, count.params)).rows[0].n);
    return { text: `${answer},"total":${total},"residual":false}` };
  }

  async function memberships({ text: statement, params }) {
    const { rows } = await pool.query(statement, params);
    return {
      memberships: rows.map(({ member, in_group: group, display }) => ({ member, group, ...(display !== null && { display }) })),
    };
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
    const lost = functions.has(type) ? call(() => sql.check(operation, made, old)) : null;
    if (lost !== null) return { refused: JSON.parse(lost) };
    await record(client, operation, made);
    return { done: { text: `{"written":${made}}` } };
  }

  // The event of a change, in its transaction.
  async function record(client, operation, made) {
    if (!keeps) return;
    for (const step of JSON.parse(call(() => sql.recorded(operation, made)))) await client.query(step.text, step.params);
  }

  async function changed(operation, program) {
    let done;
    const refused = await transaction(async (client) => {
      const outcome = await change(client, operation, program);
      done = outcome.done;
      return outcome.refused;
    });
    return refused ?? done;
  }

  // What the database refuses by a rule of its tables.
  async function refusal(type, { code, column = "", constraint, schema = null }) {
    if (!/^23/.test(code ?? "")) return undefined;
    const { rows } = constraint === undefined ? { rows: [] } : await pool.query(DEFINITION, [constraint, schema]);
    const said = sql.refusal(type, code, column, rows[0]?.definition ?? "");
    return said === null ? undefined : JSON.parse(said);
  }

  async function perform(operation) {
    let type;
    try {
      await ready();
      const program = JSON.parse(call(() => sql.program(operation)));
      if (program.result !== undefined) return program.result;
      if (program.memberships !== undefined) return await memberships(program.memberships);
      if (program.get !== undefined) return { text: `{"row":${(await one(pool, program.type, program.get)) ?? "null"}}` };
      if (program.queries !== undefined) return await query(program, JSON.parse(operation));
      type = program.change;
      return await changed(operation, program);
    } catch (error) {
      const refused = type === undefined ? undefined : await refusal(type, error).catch(() => undefined);
      return refused ?? { failed: described(error) };
    }
  }

  return {
    async perform(operation) {
      return perform(operation.includes('"password"') ? await hashed(native, operation) : operation);
    },
    ready,
    ddl: () => sql.ddl(),
    // Whose transaction it is has others deliver what is in it.
    outbox: keeps && !inTransaction ? postgresOutbox({ pool, prefix, texts: JSON.parse(sql.outboxSql()), ready, run, transaction }) : undefined,
    explain: (plan) => JSON.parse(call(() => sql.explain(JSON.stringify({ op: "query", ...plan })))),
  };
}

function run(client, { text, params }) {
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
