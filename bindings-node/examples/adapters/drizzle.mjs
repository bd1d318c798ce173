// SCIM over a Drizzle database: pgStore(drizzleQueries(db)).

import { sql } from "drizzle-orm";

/** `db` is what `drizzle(pool)` of `drizzle-orm/node-postgres` gives. */
export function drizzleQueries(db) {
  const over = (runner) => ({ query: (text, values) => runner.execute(statement(text, values)) });
  return { ...over(db), transaction: (work) => db.transaction((tx) => work(over(tx))) };
}

// Drizzle numbers the values by itself.
function statement(text, values = []) {
  const parts = text.split(/\$(\d+)/).map((part, index) => (index % 2 === 0 ? sql.raw(part) : sql.param(values[part - 1])));
  return sql.join(parts);
}
