// Who is removed leaves the groups, or stays with all that was there: whatever breaks in between, and
// however many leave at once.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";

import { createScimHandler, none, pgStore } from "../../bindings-node/js/index.js";
import { ORG, appTables, plainTables } from "./mapped.mjs";
import { isInstalled, startPool } from "./postgres.mjs";
import { GROUP, PATCH, USER } from "./server.mjs";

const BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

// A pool whose connection is lost before a statement, the first after `arm` being number 1. What
// runs in a transaction of its own counts as the others do.
function breaking(pool) {
  let left = Infinity;
  let seen = 0;
  async function lose() {
    left -= 1;
    seen += 1;
    return left === 0;
  }
  return {
    arm(number) {
      [left, seen] = [number, 0];
    },
    disarm() {
      left = Infinity;
      return seen;
    },
    async query(...asked) {
      if (await lose()) throw Object.assign(new Error("the connection is lost"), { code: "08006" });
      return pool.query(...asked);
    },
    async connect() {
      const client = await pool.connect();
      return {
        async query(...asked) {
          if (await lose()) client.connection.stream.destroy();
          return client.query(...asked);
        },
        release: (broken) => client.release(broken),
        on: (...given) => client.on(...given),
        off: (...given) => client.off(...given),
      };
    },
  };
}

describe("postgres", { skip: !isInstalled && "PostgreSQL is not installed" }, async () => {
  const { pool } = await startPool(after, 12);
  pool.on("error", () => {});
  let number = 0;

  function asking(scim) {
    return async (method, path, body) => {
      const init = { method, body: body && JSON.stringify(body), headers: { "content-type": "application/scim+json" } };
      const answer = await scim.fetch(new Request(`https://scim.example.test/scim/v2${path}`, init));
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
    };
  }

  const made = async (ask, path, body) => {
    const { status, body: answered } = await ask("POST", path, body);
    assert.equal(status, 201, JSON.stringify(answered));
    return answered.id;
  };
  const members = async (ask, id) => ((await ask("GET", `/Groups/${id}`)).body.members ?? []).map(({ value }) => value);

  // The kinds of stores: each gives one over a pool, for the same tables every time.
  const KINDS = {
    documents: async (name) => {
      await pool.query(`CREATE SCHEMA ${name}`);
      return (over) => pgStore(over, { prefix: `${name}.scim_` });
    },
    "tables that count versions": async (name, removal) => {
      const mapping = await plainTables(pool, name, removal === "soft", true);
      return (over) => pgStore(over, mapping, { prefix: `${name}.scim_` });
    },
    "tables of an application": async (name, removal) => {
      const mapping = await appTables(pool, name, removal === "soft");
      // Teams have it in the mapping alone.
      if (removal === "soft") await pool.query(`ALTER TABLE ${name}.teams ADD COLUMN deleted_at timestamptz`);
      return (over) => pgStore(over, mapping, { prefix: `${name}.scim_` });
    },
  };
  const tables = { documents: "scim_member", "tables that count versions": "team_members", "tables of an application": "team_members" };
  const auth = () => ({ sub: "tests", tenant: ORG, permissions: ["scim:*"] });

  for (const [kind, open] of Object.entries(KINDS)) {
    for (const removal of ["hard", "soft"]) {
      for (const events of [undefined, true]) {
        const settings = { auth, delete: removal, events, onError: () => {} };

        test(`${kind}: a connection that is lost while somebody is removed (${removal}${events ? ", with events" : ""}) leaves all or nothing`, async () => {
          const store = await open(`w${(number += 1)}`, removal);
          const quiet = createScimHandler({ store: store(pool), ...settings });
          const ask = asking(quiet);
          const over = breaking(pool);
          const scim = createScimHandler({ store: store(over), ...settings });
          await asking(scim)("GET", "/Users");
          const stays = await made(ask, "/Users", { schemas: [USER], userName: "stays" });
          const groups = [];
          for (const displayName of ["bakers", "cooks"]) {
            groups.push(await made(ask, "/Groups", { schemas: [GROUP], displayName, members: [{ value: stays }] }));
          }
          let [undone, broken] = [0, 0];
          for (let at = 1; ; at += 1) {
            const id = await made(ask, "/Users", { schemas: [USER], userName: `goes-${at}` });
            const joins = { schemas: [PATCH], Operations: [{ op: "add", path: "members", value: [{ value: id }] }] };
            for (const group of groups) assert.ok((await ask("PATCH", `/Groups/${group}`, joins)).status < 300);
            over.arm(at);
            const { status } = await asking(scim)("DELETE", `/Users/${id}`);
            const asked = over.disarm();
            const there = (await ask("GET", `/Users/${id}`)).status === 200;
            for (const group of groups) {
              assert.deepEqual(await members(ask, group), there ? [stays, id].sort((a, b) => (kind === "documents" ? 0 : a < b ? -1 : 1)) : [stays], `after ${at} of ${asked} statements`);
            }
            assert.equal(status, there ? 500 : 204, `after ${at} statements`);
            undone += there;
            broken += asked >= at;
            if (asked < at) break;
            assert.equal((await ask("DELETE", `/Users/${id}`)).status, there ? 204 : 404);
          }
          // A second after the start, old events are forgotten: if it is that statement that is lost, nobody waits for it.
          assert.ok(undone > 4 && broken - undone <= (events ? 1 : 0), `${undone} of ${broken}`);
          await Promise.all([scim.close(), quiet.close()]);
        });
      }

      test(`${kind}: who cannot leave a group is not removed (${removal})`, async () => {
        const name = `w${(number += 1)}`;
        const scim = createScimHandler({ store: (await open(name, removal))(pool), auth, delete: removal, events: true, onError: () => {} });
        const ask = asking(scim);
        const id = await made(ask, "/Users", { schemas: [USER], userName: "rosa" });
        const group = await made(ask, "/Groups", { schemas: [GROUP], displayName: "bakers", members: [{ value: id }] });
        // Rows that stay are marked in the table of groups alone.
        const table = removal === "soft" && kind === "tables of an application" ? "teams" : tables[kind];
        await pool.query(`
          CREATE FUNCTION ${name}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
          CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON ${name}.${table} FOR EACH ROW EXECUTE FUNCTION ${name}.refuse();`);
        assert.equal((await ask("DELETE", `/Users/${id}`)).status, 500);
        assert.equal((await ask("GET", `/Users/${id}`)).status, 200);
        assert.deepEqual(await members(ask, group), [id]);
        await pool.query(`DROP TRIGGER refuse ON ${name}.${table}`);
        assert.equal((await ask("DELETE", `/Users/${id}`)).status, 204);
        assert.deepEqual(await members(ask, group), []);
        await scim.close();
      });

      test(`${kind}: of fifty who leave two groups at once (${removal}), all do, while others change these groups`, async () => {
        const store = await open(`w${(number += 1)}`, removal);
        const settings = { auth, delete: removal, events: removal === "soft" || undefined, limits: { maxResults: 200 }, onError: (error) => assert.fail(error) };
        const handlers = [1, 2].map(() => createScimHandler({ store: store(pool), ...settings }));
        const [first, second] = handlers.map(asking);
        const ids = [];
        for (let at = 0; at < 60; at += 1) ids.push(await made(first, "/Users", { schemas: [USER], userName: `u${at}` }));
        const [leave, come, stay] = [ids.slice(0, 50), ids.slice(50, 53), ids.slice(53)];
        const groups = [];
        for (const displayName of ["bakers", "cooks"]) {
          const all = [...leave, ...stay].map((value) => ({ value }));
          groups.push(await made(first, "/Groups", { schemas: [GROUP], displayName, members: all }));
        }
        const joins = (value) => ({ schemas: [PATCH], Operations: [{ op: "add", path: "members", value: [{ value }] }] });
        // Bulks take the groups in the other order: one of two that wait for each other begins anew.
        const bulk = (value) => ({ schemas: [BULK], Operations: groups.toSorted().toReversed().map((id) => ({ method: "PATCH", path: `/Groups/${id}`, data: joins(value) })) });
        const removing = leave.map((id, at) => (at % 2 ? first : second)("DELETE", `/Users/${id}`));
        const coming = come.map((id, at) => (at % 2 ? second : first)("POST", "/Bulk", bulk(id)));
        assert.deepEqual(new Set((await Promise.all(removing)).map(({ status }) => status)), new Set([204]));
        for (const { status, body } of await Promise.all(coming)) assert.deepEqual([status, ...body.Operations.map((one) => one.status)], [200, "200", "200"]);
        for (const group of groups) assert.deepEqual((await members(first, group)).sort(), [...stay, ...come].sort());
        const there = (await first("GET", "/Users?count=200")).body.Resources.map(({ id }) => id);
        assert.deepEqual(there.sort(), [...stay, ...come].sort());
        // Members that are not rows of a table of ours have nothing that says where they were.
        if (removal === "soft" && kind !== "tables that count versions") {
          await Promise.all(leave.map((id, at) => handlers[at % 2].restore({ id, tenant: ORG })));
          for (const group of groups) assert.deepEqual((await members(first, group)).sort(), ids.toSorted());
        }
        await Promise.all(handlers.map((scim) => scim.close()));
      });
    }

    // Tables whose members may be anybody have no group that forgets one.
    if (kind === "tables that count versions") continue;
    test(`${kind}: the members of a group that comes back are looked for by few statements`, async () => {
      const store = await open(`w${(number += 1)}`, "soft");
      const over = breaking(pool);
      const scim = createScimHandler({ store: store(over), auth, delete: "soft", onError: (error) => assert.fail(error) });
      const ask = asking(scim);
      const create = Array.from({ length: 200 }, (_, at) => ({ method: "POST", path: "/Users", bulkId: `u${at}`, data: { schemas: [USER], userName: `u${at}` } }));
      const { body } = await ask("POST", "/Bulk", { schemas: [BULK], Operations: create });
      const ids = body.Operations.map(({ location }) => location.split("/").at(-1));
      const group = await made(ask, "/Groups", { schemas: [GROUP], displayName: "all", members: ids.map((value) => ({ value })) });
      assert.equal((await ask("DELETE", `/Groups/${group}`)).status, 204);
      for (const id of ids.slice(0, 3)) assert.equal((await ask("DELETE", `/Users/${id}`)).status, 204);
      over.arm(Infinity);
      const back = await scim.restore({ type: "Group", id: group, tenant: ORG });
      const asked = over.disarm();
      assert.deepEqual(back.members.map(({ value }) => value).sort(), ids.slice(3).sort());
      assert.ok(asked < 40, `${asked} statements`);
      await scim.close();
    });
  }
});
