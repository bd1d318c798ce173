// SCIM over Kysely: pgStore(kyselyQueries(db)).

import { CompiledQuery } from "kysely";

/** `db` is a `new Kysely({ dialect: new PostgresDialect({ pool }) })`. */
export function kyselyQueries(db) {
  const over = (runner) => ({ query: (text, values = []) => runner.executeQuery(CompiledQuery.raw(text, values)) });
  return { ...over(db), transaction: (work) => db.transaction().execute((trx) => work(over(trx))) };
}
