// Transactions of PostgreSQL: of one change, of a Bulk, and of a request that was overtaken.

import { connected, released } from "./connections.js";

// Another transaction was in the way, or took a unique value just now: the same again.
const IN_THE_WAY = ["40001", "40P01"];
const TAKEN = ["23505"];
const AGAIN = [...IN_THE_WAY, ...TAKEN];
const TRIES = 5;

export async function repeated(work, codes = AGAIN) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!codes.includes(error.code) || attempt === TRIES) throw error;
    }
  }
}

// Runs work in a transaction; an answer rolls it back.
export function transactions(pool) {
  return (work) =>
    repeated(async () => {
      const client = await connected(pool);
      let broken;
      try {
        await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
        const answer = await work(client);
        await client.query(answer === undefined ? "COMMIT" : "ROLLBACK");
        return answer;
      } catch (error) {
        broken = await undone(client);
        throw error;
      } finally {
        released(client, broken);
      }
    });
}

// Ends a transaction; answers why it cannot be ended.
function undone(client) {
  return client.query("ROLLBACK").then(
    () => undefined,
    (failure) => failure,
  );
}

// The same inside a transaction that is not ours, one after the other.
export function savepoints(client) {
  let last = Promise.resolve();
  return (work) => {
    const turn = last.then(() => repeated(() => saved(client, work)));
    last = turn.catch(() => {});
    return turn;
  };
}

// The same with fewer waits, for `pg`, which runs several statements that are sent as one text.
function marks(client) {
  let marked = false;
  return async (work) => {
    const mark = client.query(marked ? "RELEASE SAVEPOINT scimforge; SAVEPOINT scimforge" : "SAVEPOINT scimforge");
    marked = true;
    try {
      const [, answer] = await Promise.all([mark, work(client)]);
      if (answer !== undefined) await client.query("ROLLBACK TO SAVEPOINT scimforge");
      return answer;
    } catch (error) {
      await client.query("ROLLBACK TO SAVEPOINT scimforge");
      throw error;
    }
  };
}

async function saved(client, work) {
  await client.query("SAVEPOINT scimforge");
  try {
    const answer = await work(client);
    if (answer !== undefined) await client.query("ROLLBACK TO SAVEPOINT scimforge");
    await client.query("RELEASE SAVEPOINT scimforge");
    return answer;
  } catch (error) {
    await client.query("ROLLBACK TO SAVEPOINT scimforge");
    await client.query("RELEASE SAVEPOINT scimforge");
    throw error;
  }
}

// The operations of a Bulk, in one transaction: each is kept or not by itself. Where two wait for
// each other, only one that is undone as a whole lets go of all that it holds; then it begins anew,
// alone.
export function together({ pool, inTransaction, prepares, prefix }, { performing, once, ready }) {
  return async function inOneTransaction(work, hashing) {
    const ahead = await hashing();
    return repeated((attempt) => inOne(work, ahead, attempt === 1 ? "_shared" : ""), IN_THE_WAY);
  };

  async function inOne(work, ahead, shared) {
    let client;
    try {
      await ready();
      client = inTransaction ? undefined : await connected(pool);
      await client?.query("BEGIN ISOLATION LEVEL READ COMMITTED");
      await client?.query(`SELECT pg_advisory_xact_lock${shared}(hashtext($1))`, [`scimforge bulk ${prefix}`]);
    } catch {
      if (client !== undefined) await undone(client);
      if (client !== undefined) released(client, true);
      client = undefined;
    }
    // Without one, what is wrong is said of each operation.
    if (client === undefined) return work(performing(pool, once, ahead));
    let broken;
    const { perform, stuck } = inside({ client, prepares, performing, ahead });
    try {
      const answered = await work(perform);
      if (stuck() !== undefined) throw stuck();
      // Where a transaction cannot be kept, a COMMIT says nothing of it; this does.
      await client.query("SELECT 1");
      await client.query("COMMIT");
      return answered;
    } catch (error) {
      broken = await undone(client);
      throw error;
    } finally {
      released(client, broken);
    }
  }
}

// What is done inside of a transaction: each change is kept or not by itself. `stuck` is why all of
// it is undone, if it is.
function inside({ client, prepares, performing, ahead }) {
  const each = prepares ? marks(client) : (work) => saved(client, work);
  const undoneAlone = new WeakSet();
  let stuck;
  async function changing(work) {
    if (stuck !== undefined) throw stuck;
    try {
      return await repeated(() => each(work), TAKEN);
    } catch (error) {
      if (!IN_THE_WAY.includes(error.code)) undoneAlone.add(error);
      throw error;
    }
  }
  // What fails without a savepoint of its own, such as a read, undoes the operations before it.
  const failed = (error) => {
    if (!undoneAlone.has(error)) stuck ??= error;
  };
  return { perform: performing(client, changing, ahead, failed), stuck: () => stuck };
}

const CHANGES = /^\{"op":"(remove|replace|restore|tell|lock)"/;

// A request that changes several resources, such as one who is removed and the groups that are left:
// all of it is kept or nothing. The transaction begins with the first change, unless `free` does that
// alone: then there is no other. Where two wait for each other, one begins anew, behind all Bulks.
export function whole({ pool, prepares, prefix }, { perform, performing, ready, free, described }) {
  return (work) => repeated((attempt) => once(work, attempt > 1), IN_THE_WAY);

  async function once(work, anew) {
    let client;
    let within;
    let broken;

    async function begin() {
      await ready();
      client = await connected(pool);
      await client.query("BEGIN ISOLATION LEVEL READ COMMITTED");
      if (anew) await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`scimforge bulk ${prefix}`]);
      within = inside({ client, prepares, performing });
    }

    async function performed(operation) {
      if (within === undefined) {
        if (!CHANGES.test(operation)) return perform(operation);
        try {
          const done = await free(operation);
          if (done !== undefined) return done;
          await begin();
        } catch (error) {
          return { failed: described(error) };
        }
      }
      return within.perform(operation);
    }

    try {
      const answered = await work(performed);
      const stuck = within?.stuck();
      // The answer says already that something failed, unless it is nobody's fault.
      if (stuck !== undefined && (answered.status < 400 || IN_THE_WAY.includes(stuck.code))) throw stuck;
      await client?.query(answered.status < 400 ? "COMMIT" : "ROLLBACK");
      return answered;
    } catch (error) {
      broken = client && (await undone(client));
      throw error;
    } finally {
      if (client !== undefined) released(client, broken);
    }
  }
}

// What one request does: from where it has a resource locked, up to its next change, it is one
// transaction.
export function locking(pool, { perform, performing, ready }) {
  return () => {
    let held;

    async function begin() {
      await ready();
      held = await connected(pool);
      await held.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    }

    // Ends the transaction; answers why it cannot be ended.
    async function end(how = "ROLLBACK") {
      const client = held;
      held = undefined;
      const broken = await client?.query(how).then(
        () => undefined,
        (failure) => failure,
      );
      if (client !== undefined) released(client, broken);
      return broken;
    }

    async function changing(work) {
      let answer;
      try {
        answer = await work(held);
      } catch (error) {
        await end();
        // What is taken by now is seen when the resource is read again.
        if (AGAIN.includes(error.code)) return { versionMismatch: true };
        throw error;
      }
      const failure = await end(answer === undefined ? "COMMIT" : "ROLLBACK");
      if (failure !== undefined && answer === undefined) throw failure;
      return answer;
    }

    return {
      async perform(operation) {
        // Without a transaction nothing is locked, and who is overtaken again is told.
        if (held === undefined && operation.startsWith('{"op":"lock"')) await begin().catch(() => end());
        if (held === undefined) return perform(operation);
        const result = await performing(held, changing)(operation);
        // After a failure nothing else can be done in it.
        if (result.failed !== undefined) await end();
        return result;
      },
      end,
    };
  };
}
