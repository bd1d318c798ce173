// The outbox of a store in PostgreSQL. Any number of processes deliver from it: what one has
// claimed, the others pass over until its time runs out.

import { setTimeout as sleep } from "node:timers/promises";

// How often a claim makes room for other resources, before it is content with what it has.
const ROUNDS = 20;

// The tables, made by the first that needs them.
export async function prepareOutbox(client, sql, prefix) {
  const { rows } = await client.query("SELECT to_regclass($1) IS NOT NULL AS there", [`${prefix}event_by_resource`]);
  if (rows[0].there) return;
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`scimforge ${prefix}`]);
  await client.query(sql.outbox());
}

// `texts` are the statements of the core, `run` runs one on a client, and `transaction` some in one.
export function postgresOutbox({ pool, prefix, texts, ready, run, transaction }) {
  const on = async (client, text, values) => (await run(client, { text, params: values })).rows;
  const ask = async (text, values) => {
    await ready();
    return on(pool, text, values);
  };
  const count = async (text, values) => {
    await ready();
    return (await run(pool, { text, params: values })).rowCount;
  };
  const claimed = ({ seq, attempts, json }) => ({ seq: Number(seq), attempts, event: JSON.parse(json) });

  return {
    async claim({ sink, limit, lease }) {
      const found = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        found.push(...(await ask(texts.claim, [sink, limit - found.length, lease])));
        if (found.length >= limit || (await count(texts.park, [sink])) === 0) break;
      }
      return found.map(claimed).sort((a, b) => a.seq - b.seq);
    },

    // What is not of the attempt that was claimed is somebody else's by now.
    async settle({ sink, seq, attempts, outcome, wait, failure, lease }) {
      if (outcome === "again") {
        await ask(texts.again, [sink, seq, attempts, failure, wait]);
        return undefined;
      }
      await ready();
      let next;
      await transaction(async (client) => {
        next = undefined;
        const ended = outcome === "dead" ? on(client, texts.dead, [sink, seq, attempts, failure]) : on(client, texts.done, [sink, seq, attempts]);
        const [place] = await ended;
        if (place === undefined) return;
        const { tenant, type, id } = place;
        if (lease === undefined) await on(client, texts.wake, [sink, tenant, type, id]);
        else [next] = await on(client, texts.next, [sink, tenant, type, id, lease]);
      });
      return next && claimed(next);
    },

    async changes({ after, limit, ended }) {
      const last = await settledSequence(ask, prefix, after, ended);
      if (last === undefined) return [];
      const rows = await ask(texts.changes, [after, limit, last]);
      return rows.map(({ seq, json }) => ({ seq: Number(seq), event: JSON.parse(json) }));
    },

    async prune({ age, known, abandonedAfter, failure }) {
      const givenUp = {};
      for (const { sink } of await ask(texts.abandoned, [JSON.stringify(known), abandonedAfter])) {
        givenUp[sink] = await count(texts.abandon, [sink, failure]);
      }
      for (const sink of known) await ask(texts.heal, [sink]);
      return { givenUp, more: (await count(texts.prune, [age])) > 0 };
    },

    async deadLetters({ seq, sink, limit, receiver }) {
      const rows = await ask(texts.letters, [seq, sink, limit, receiver ?? null]);
      return rows.map(({ json, ...row }) => ({ ...row, seq: Number(row.seq), event: JSON.parse(json) }));
    },

    async retry({ receivers, ids }) {
      return count(texts.retry, [JSON.stringify(receivers), ids === undefined ? null : JSON.stringify(ids)]);
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
