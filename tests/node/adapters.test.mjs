// SCIM through the libraries that applications have before their PostgreSQL: the adapters of the
// examples keep what a store promises.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, describe, test } from "node:test";

import { createScimHandler, none, pgStore } from "../../bindings-node/js/index.js";
import { testStore } from "../../bindings-node/js/testing.js";
import { isInstalled, startPostgres } from "./postgres.mjs";
import { rosa } from "./life.mjs";
import { project } from "./project.mjs";

describe("adapters", { skip: !isInstalled && "PostgreSQL is not installed" }, async () => {
  const [{ default: pg }, { drizzle }, { default: knex }, { Kysely, PostgresDialect }] = await Promise.all(
    ["pg", "drizzle-orm/node-postgres", "knex", "kysely"].map((name) => import(name)),
  );
  const server = await startPostgres();
  const pool = new pg.Pool({ ...server.settings, max: 6 });
  const known = knex({ client: "pg", connection: server.settings, pool: { min: 0, max: 6 } });
  after(async () => {
    await known.destroy();
    await pool.end();
    await server.stop();
  });

  // What Prisma's client has of itself: one statement at a time, and transactions with a function.
  const prismaLike = (client, begin) => ({
    async $queryRawUnsafe(text, ...values) {
      return (await client.query({ text, values, queryMode: "extended" })).rows;
    },
    $transaction: begin,
  });
  const prisma = prismaLike(pool, async (work) => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const done = await work(prismaLike(client));
      await client.query("COMMIT");
      return done;
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  });

  const databases = {
    drizzle: drizzle(pool),
    knex: known,
    kysely: new Kysely({ dialect: new PostgresDialect({ pool }) }),
    prisma,
  };
  let number = 0;
  async function store(name, migrate = name !== "prisma") {
    const schema = `${name}${(number += 1)}`;
    await pool.query(`CREATE SCHEMA ${schema}`);
    const scratch = await project({ after: (work) => after(work) }, "adapters");
    const adapter = await import(`${scratch}/adapters/${name}.mjs`);
    const made = pgStore(adapter[`${name}Queries`](databases[name]), { prefix: `${schema}.scim_`, migrate });
    if (!migrate) await pool.query(createScimHandler({ store: made, auth: none() }).ddl());
    return made;
  }

  for (const name of Object.keys(databases)) {
    describe(name, () => testStore(() => store(name), { requests: 150, seeds: [1] }));

    test(`${name}: at most 40 lines, and a failure quotes no values`, async () => {
      const text = await readFile(new URL(`../../bindings-node/examples/adapters/${name}.mjs`, import.meta.url), "utf8");
      assert.ok(text.split("\n").length <= 40);
      const errors = [];
      const scim = createScimHandler({ store: await store(name), auth: none(), onError: (error) => errors.push(error.message) });
      const post = () => scim.fetch(new Request("http://a.test/scim/v2/Users", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(rosa()) }));
      assert.equal((await post()).status, 201);
      await pool.query(`DROP SCHEMA ${name}${number} CASCADE`);
      assert.equal((await post()).status, 500);
      assert.deepEqual(errors.filter((message) => /rosa/.test(message)), []);
      assert.match(errors.at(-1), /42P01/);
    });
  }
});
