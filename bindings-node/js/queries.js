// Whatever runs a text with values, and work in a transaction, in the place of a pool of `pg`:
// Drizzle, Knex, Kysely, Prisma (examples/adapters).

// A pool, of which one client has one transaction at a time.
export function poolOf(queries) {
  return {
    query: (text, values) => plainly(() => queries.query(text, values)),
    connect: async () => client(queries),
  };
}

function client(queries) {
  let open;

  // Libraries take a function to run in a transaction: this one ends when it is told to.
  function begin(level) {
    return new Promise((begun, failed) => {
      const ended = queries.transaction(async (inner) => {
        if (level !== undefined) await inner.query(`SET TRANSACTION ISOLATION LEVEL ${level}`);
        await new Promise((commit, rollback) => {
          open = { inner, commit, rollback: () => rollback(new RolledBack()), ended: () => ended };
          begun({ rows: [] });
        });
      });
      // Once it has begun, what comes of it is heard by the one who ends it.
      ended.catch(failed);
    });
  }

  async function end(how) {
    if (open === undefined) return { rows: [] };
    const { ended, ...ways } = open;
    open = undefined;
    ways[how]();
    await ended().catch((error) => {
      if (how === "commit" || !(error instanceof RolledBack)) throw error;
    });
    return { rows: [] };
  }

  return {
    query: (text, values) =>
      plainly(() => {
        const level = /^BEGIN(?: ISOLATION LEVEL ([A-Z ]+))?$/.exec(text);
        if (level !== null) return begin(level[1]);
        if (text === "COMMIT") return end("commit");
        if (text === "ROLLBACK") return end("rollback");
        return (open?.inner ?? queries).query(text, values);
      }),
    release() {},
  };
}

class RolledBack extends Error {}

// Messages of these libraries quote the query with its values, which are no concern of a log. What
// is left is the code, by which it is known whether to try again.
async function plainly(work) {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    throw Object.assign(new Error(`the query failed (${error?.name ?? "Error"})`), code === undefined ? {} : { code });
  }
}

const SQLSTATE = /^[0-9A-Z]{5}$/;

// The SQLSTATE, if there is one around or below the error; else a code such as ECONNREFUSED.
function codeOf(error) {
  let code;
  for (let [one, depth] = [error, 0]; one !== undefined && one !== null && depth < 5; one = one.cause ?? one.meta?.driverAdapterError, depth += 1) {
    for (const found of [one.originalCode, one.meta?.code, one.code]) {
      if (typeof found !== "string") continue;
      if (SQLSTATE.test(found) && !/^P2\d{3}$/.test(found)) return found;
      code ??= found;
    }
  }
  return code;
}
