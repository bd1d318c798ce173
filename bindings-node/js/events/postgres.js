// The outbox of a store in PostgreSQL. Any number of processes deliver from it: what one has
// claimed, the others pass over until its time runs out.

import { setTimeout as sleep } from "node:timers/promises";

// How many that are due are looked at for those that wait for no other.
const WINDOW = 1000;
const IN = "clock_timestamp() + $3::bigint * interval '1 millisecond'";

// The tables, made by the first that needs them.
export async function prepareOutbox(client, sql, prefix) {
  const { rows } = await client.query("SELECT to_regclass($1) IS NOT NULL AS there", [`${prefix}delivery`]);
  if (rows[0].there) return;
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`scimforge ${prefix}`]);
  await client.query(sql.outbox());
}

export function postgresOutbox(pool, prefix, ready) {
  const p = prefix;
  const ask = async (text, values) => {
    await ready();
    return (await pool.query(text, values)).rows;
  };
  const claimed = ({ seq, attempts, json }) => ({ seq: Number(seq), attempts, event: JSON.parse(json) });

  return {
    async claim({ sink, limit, lease }) {
      const rows = await ask(
        `WITH due AS (
           SELECT seq FROM ${p}delivery WHERE sink = $1 AND NOT dead AND due <= clock_timestamp() ORDER BY due, seq LIMIT ${WINDOW}
         ), first AS MATERIALIZED (
           SELECT d.seq FROM ${p}delivery d JOIN due USING (seq)
           WHERE d.sink = $1 AND NOT d.dead AND d.due <= clock_timestamp() AND NOT EXISTS (
             SELECT 1 FROM ${p}delivery e WHERE e.sink = d.sink AND e.tenant = d.tenant AND e.type = d.type AND e.id = d.id
               AND NOT e.dead AND e.seq < d.seq)
           ORDER BY d.seq LIMIT $2 FOR UPDATE OF d SKIP LOCKED
         )
         UPDATE ${p}delivery d SET due = ${IN}, attempts = d.attempts + 1
         FROM first, ${p}event e WHERE d.sink = $1 AND d.seq = first.seq AND e.seq = d.seq
         RETURNING d.seq::text AS seq, d.attempts, e.json`,
        [sink, limit, lease],
      );
      return rows.map(claimed).sort((a, b) => a.seq - b.seq);
    },

    // What is not of the attempt that was claimed is somebody else's by now.
    async settle({ sink, seq, attempts, outcome, wait, failure, lease }) {
      if (outcome === "dead") {
        await ask(`UPDATE ${p}delivery SET dead = true, failure = $4 WHERE sink = $1 AND seq = $2 AND attempts = $3`, [sink, seq, attempts, failure]);
        return undefined;
      }
      if (outcome === "again") {
        // Those behind it wait as well, and need not be looked at until then.
        await ask(
          `WITH late AS (
             UPDATE ${p}delivery SET due = ${IN}, failure = $5 WHERE sink = $1 AND seq = $2 AND attempts = $4
             RETURNING sink, seq, tenant, type, id, due
           )
           UPDATE ${p}delivery d SET due = greatest(d.due, late.due) FROM late
           WHERE d.sink = late.sink AND d.tenant = late.tenant AND d.type = late.type AND d.id = late.id AND NOT d.dead AND d.seq > late.seq`,
          [sink, seq, wait, attempts, failure],
        );
        return undefined;
      }
      const gone = await ask(`DELETE FROM ${p}delivery WHERE sink = $1 AND seq = $2 AND attempts = $3 RETURNING tenant, type, id`, [sink, seq, attempts]);
      if (lease === undefined || gone.length === 0) return undefined;
      const { tenant, type, id } = gone[0];
      const rows = await ask(
        `UPDATE ${p}delivery d SET due = ${IN}, attempts = d.attempts + 1 FROM ${p}event e
         WHERE d.sink = $1 AND e.seq = d.seq AND d.due <= clock_timestamp() AND d.seq = (
           SELECT seq FROM ${p}delivery WHERE sink = $1 AND tenant = $2 AND type = $4 AND id = $5 AND NOT dead ORDER BY seq LIMIT 1)
         RETURNING d.seq::text AS seq, d.attempts, e.json`,
        [sink, tenant, lease, type, id],
      );
      return rows.map(claimed)[0];
    },

    async changes({ after, limit, ended }) {
      const last = await settledSequence(ask, p, after, ended);
      if (last === undefined) return [];
      const rows = await ask(`SELECT seq::text AS seq, json FROM ${p}event WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3`, [after, last, limit]);
      return rows.map(({ seq, json }) => ({ seq: Number(seq), event: JSON.parse(json) }));
    },

    async prune({ age }) {
      await ask(
        `DELETE FROM ${p}event e WHERE e.made < clock_timestamp() - $1::bigint * interval '1 millisecond'
         AND NOT EXISTS (SELECT 1 FROM ${p}delivery d WHERE d.seq = e.seq AND NOT d.dead)`,
        [age],
      );
    },
  };
}

// Numbers are given before a transaction ends, so one may turn up behind a larger one. Up to the
// number that this answers, all that will ever be there is there: whoever had taken one of them
// has ended. Nothing where no number was given since, or nobody waits any longer.
async function settledSequence(ask, prefix, after, isOver) {
  const [{ last }] = await ask(`SELECT CASE WHEN is_called THEN last_value ELSE 0 END::text AS last FROM ${prefix}event_seq_seq`);
  // Who only looks spends no number of a transaction.
  if (Number(last) <= after) return undefined;
  const [{ now }] = await ask("SELECT pg_current_xact_id()::text AS now");
  for (let pause = 5; !isOver(); pause = Math.min(pause * 2, 250)) {
    const [{ ended }] = await ask("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS ended", [now]);
    if (ended) return last;
    await sleep(pause);
  }
  return undefined;
}
