// SCIM over Knex: pgStore(knexQueries(knex)).

/** `knex` is what `knex({ client: "pg", … })` gives. */
export function knexQueries(knex) {
  const over = (runner) => ({
    query(text, values = []) {
      // Knex numbers the values by itself, each where it stands.
      const bindings = [];
      const placed = text.replaceAll("?", "\\?").replace(/\$(\d+)/g, (_, number) => {
        bindings.push(values[number - 1]);
        return "?";
      });
      return runner.raw(placed, bindings);
    },
  });
  return { ...over(knex), transaction: (work) => knex.transaction((trx) => work(over(trx))) };
}
