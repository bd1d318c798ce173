// What a store promises, as tests for `node:test`: the shipped ones pass them, and so should one of
// your own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { native } from "./addon.js";
import { memoryStore, openStore } from "./stores.js";

const CORE = "urn:ietf:params:scim:schemas:core:2.0";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

// `makeStore(t)` gives an empty store for each test; `t` is the test, for cleaning up. With
// `plainMembers`, members are a set of values: they have no order, and nothing beside their `value`.
// `keepsRemoved`: what is deleted softly is kept. `ownVersions`: the store counts versions itself.
export function testStore(makeStore, { requests = 400, seeds = [1, 2], plainMembers = false, keepsRemoved = false, ownVersions = false } = {}) {
  const ordered = plainMembers ? unordered : (body) => body;
  const seen = ownVersions ? (body) => ordered(unversioned(body)) : ordered;
  const sorts = plainMembers ? SORTS.filter((name) => name !== "members") : SORTS;
  const given = (name, body, removal) =>
    test(`store: ${name}`, async (t) => {
      const server = open(await makeStore(t), removal);
      try {
        await body(server);
      } finally {
        await server.close();
      }
    });

  given("a resource is kept, replaced and removed", async ({ send, create }) => {
    const { id } = await create({ userName: "rosa", title: "\u0000 %_'\"\\ é" });
    assert.equal((await send("GET", `/Users/${id}`)).json().title, "\u0000 %_'\"\\ é");
    assert.equal((await send("PUT", `/Users/${id}`, user({ userName: "rosa", title: "Cook" }))).status, 200);
    assert.equal((await send("GET", `/Users/${id}`)).json().title, "Cook");
    assert.equal((await send("GET", "/Users?filter=title+eq+%22cook%22")).json().totalResults, 1);
    assert.equal((await send("DELETE", `/Users/${id}`)).status, 204);
    assert.equal((await send("GET", `/Users/${id}`)).status, 404);
    assert.equal((await send("DELETE", `/Users/${id}`)).status, 404);
    assert.equal((await send("GET", "/Users")).json().totalResults, 0);
  });

  given("a unique value is there once, whatever its case", async ({ send, create }) => {
    const rosa = await create({ userName: "rosa" });
    const lind = await create({ userName: "lind" });
    const taken = await send("POST", "/Users", user({ userName: "ROSA" }));
    assert.deepEqual([taken.status, taken.json().scimType], [409, "uniqueness"]);
    assert.equal((await send("PUT", `/Users/${lind.id}`, user({ userName: "Rosa" }))).status, 409);
    assert.equal((await send("GET", `/Users/${lind.id}`)).json().userName, "lind", "nothing of it was kept");
    assert.equal((await send("PUT", `/Users/${rosa.id}`, user({ userName: "Rosa" }))).status, 200, "it is its own");
    assert.equal((await send("PUT", `/Users/${rosa.id}`, user({ userName: "ada" }))).status, 200);
    await create({ userName: "rosa" });
    await send("DELETE", `/Users/${rosa.id}`);
    await create({ userName: "ada" });
  });

  given("a name is there once, however it is spelled", async ({ send, create }) => {
    // Å as a letter and a ring, and M as wide as an ideograph.
    const { id } = await create({ userName: "A\u030ase.\uff2doen" });
    const taken = await send("POST", "/Users", user({ userName: "\u00e5se.moen" }));
    assert.deepEqual([taken.status, taken.json().scimType], [409, "uniqueness"]);
    for (const name of ["\u00c5SE.moen", "a\u030ase.\uff4d\uff2f\uff25n", "\u212bse.moen"]) {
      const found = (await send("GET", `/Users?${new URLSearchParams({ filter: `userName eq "${name}"` })}`)).json();
      assert.deepEqual(found.Resources?.map((one) => one.id), [id], "`equal.key` is what `unique` has");
    }
    await create({ userName: "ase.moen" });
  });

  given("of many that want a value at once, one gets it", async ({ send }) => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => send("POST", "/Users", user({ userName: "rosa" }))));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)]);
    assert.equal((await send("GET", "/Users")).json().totalResults, 1);
  });

  given("what is long is kept and found", async ({ send, create }) => {
    const { below } = randomness(7);
    const long = `é${Array.from({ length: 3000 }, () => below(36).toString(36)).join("")}`;
    const { id } = await create({ userName: long, externalId: long, emails: [{ value: `${long}@north.test` }] });
    for (const filter of [`userName eq "${long}"`, `externalId eq "${long}"`, `userName sw "${long}"`, `emails.value eq "${long}@north.test"`]) {
      const found = (await send("GET", `/Users?${new URLSearchParams({ filter })}`)).json();
      assert.deepEqual(found.Resources.map((one) => one.id), [id]);
    }
    assert.equal((await send("POST", "/Users", user({ userName: long }))).status, 409);
    assert.equal((await send("POST", "/Users", user({ userName: `${long}x` }))).status, 201);
  });

  given("a change says which version it changes", async ({ send, create }) => {
    const { id, meta } = await create({ userName: "rosa" });
    const old = { "if-match": meta.version };
    assert.equal((await send("PUT", `/Users/${id}`, user({ userName: "lind" }), { headers: old })).status, 200);
    assert.equal((await send("PUT", `/Users/${id}`, user({ userName: "ada" }), { headers: old })).status, 412);
    assert.equal((await send("DELETE", `/Users/${id}`, undefined, { headers: old })).status, 412);
    assert.equal((await send("GET", `/Users/${id}`)).json().userName, "lind");
  });

  given("tenants do not see each other", async ({ send, create }) => {
    const { id } = await create({ userName: "rosa" });
    const north = { tenant: "north" };
    assert.equal((await send("GET", `/Users/${id}`, undefined, north)).status, 404);
    assert.equal((await send("DELETE", `/Users/${id}`, undefined, north)).status, 404);
    assert.equal((await send("POST", "/Users", user({ userName: "rosa" }), north)).status, 201);
    for (const tenant of ["", "north"]) {
      assert.equal((await send("GET", "/Users?filter=userName+eq+%22rosa%22", undefined, { tenant })).json().totalResults, 1);
    }
  });

  given("no change is lost to another at the same time", async ({ send, create }) => {
    const { id } = await create({ displayName: "all" }, "/Groups", "Group");
    const join = (member) => ({ schemas: [PATCH], Operations: [{ op: "add", path: "members", value: [{ value: member }] }] });
    const members = Array.from({ length: 8 }, (_, index) => `m-${index}`);
    const answers = await Promise.all(members.map((member) => send("PATCH", `/Groups/${id}`, join(member))));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    const found = (await send("GET", `/Groups/${id}`)).json().members.map(({ value }) => value);
    assert.deepEqual(found.sort(), members);
  });

  given("who asks for no members has all the rest", async ({ send, create }) => {
    const members = Array.from({ length: 120 }, (_, index) => ({ value: `m-${index}`, type: "User" }));
    const groups = [await create({ displayName: "all", members }, "/Groups", "Group"), await create({ displayName: "none" }, "/Groups", "Group")];
    for (const query of ["excludedAttributes=members", "attributes=displayName,meta.version", "excludedAttributes=members&filter=members.value+eq+%22m-7%22"]) {
      const { Resources } = (await send("GET", `/Groups?${query}&sortBy=displayName`)).json();
      assert.deepEqual(Resources.map((one) => one.displayName), query.includes("filter") ? ["all"] : ["all", "none"], query);
      for (const { id, meta, members: shown } of Resources) {
        const { version } = groups.find((one) => one.id === id).meta;
        assert.deepEqual([meta.version, shown], [version, undefined], query);
        const one = (await send("GET", `/Groups/${id}?${query.split("&")[0]}`)).json();
        assert.deepEqual([one.meta.version, one.members], [version, undefined], query);
      }
    }
    const all = (await send("GET", "/?excludedAttributes=members&sortBy=displayName")).json().Resources;
    assert.deepEqual(all.map((one) => [one.displayName, one.members]), [["all", undefined], ["none", undefined]]);
    const shown = (await send("GET", "/Groups?attributes=members.value&sortBy=displayName")).json().Resources;
    assert.deepEqual(shown.map((one) => one.members?.length), [120, undefined]);
    assert.equal((await send("GET", `/Groups/none?excludedAttributes=members`)).status, 404);
  });

  given("a group that is replaced has the members that were sent, in their order", async ({ send, create }) => {
    const all = Array.from({ length: 120 }, (_, index) => `m-${index}`);
    const { id } = await create({ displayName: "all", members: all.map((value) => ({ value })) }, "/Groups", "Group");
    const lists = [[...all, "late"], all.slice(7), [...all.slice(50, 60), "early"], ["first", ...all.slice(52, 58)], [...all].reverse(), [], all];
    for (const members of lists) {
      const body = { schemas: [`${CORE}:Group`], displayName: "all", members: members.map((value) => ({ value })) };
      assert.equal((await send("PUT", `/Groups/${id}`, body)).status, 200);
      const found = seen((await send("GET", `/Groups/${id}`)).json()).members ?? [];
      assert.deepEqual(found.map(({ value }) => value), seen({ members: body.members, meta: {} }).members.map(({ value }) => value));
      const last = members.at(-1);
      const groups = (await send("GET", `/Groups?${new URLSearchParams({ filter: `members.value eq "${last}"` })}`)).json();
      assert.equal(groups.totalResults, last === undefined ? 0 : 1);
    }
  });

  given("a large group changes member by member", async ({ send, create }) => {
    const rosa = await create({ userName: "rosa" });
    const many = Array.from({ length: 120 }, (_, index) => ({ value: `M-${index}`, type: "User" }));
    const { id } = await create({ displayName: "all", members: many }, "/Groups", "Group");
    const one = `/Groups/${id}`;
    const ordered = (list) => (plainMembers ? [...list].sort() : list);
    const values = async () => ordered((await send("GET", one)).json().members.map(({ value }) => value));
    const patch = (Operations, target = one, more) => send("PATCH", target, { schemas: [PATCH], Operations }, more);
    const add = (...members) => [{ op: "add", path: "members", value: members.map((value) => ({ value })) }];
    const version = async () => (await send("GET", `${one}?excludedAttributes=members`)).json().meta.version;

    const first = await version();
    assert.equal((await patch(add("M-7"))).status, 204);
    assert.equal(await version(), first, "who is there already is not added");
    const joined = await patch([...add(rosa.id, "m-new"), { op: "remove", path: 'members[value eq "M-3"]' }, { op: "replace", path: "displayName", value: "most" }]);
    assert.deepEqual([joined.status, joined.headers.etag], [204, await version()]);
    assert.notEqual(await version(), first);
    const wanted = [...many.map(({ value }) => value).filter((value) => value !== "M-3"), rosa.id, "m-new"];
    assert.deepEqual(await values(), ordered(wanted));
    assert.equal((await send("GET", one)).json().displayName, "most");

    const second = await version();
    await patch([{ op: "remove", path: 'members[value eq "M-3"]' }]);
    assert.equal(await version(), second, "who is gone cannot go again");
    assert.equal((await patch(add("late"), one, { headers: { "if-match": first } })).status, 412);
    const brief = await patch(add("M-9"), `${one}?excludedAttributes=members`);
    assert.deepEqual([brief.status, brief.json().displayName, brief.json().members], [200, "most", undefined]);
    const shown = await patch([{ op: "remove", path: "members", value: [{ value: "m-new" }] }], `${one}?attributes=members`);
    assert.deepEqual([shown.status, shown.json().members.length], [200, 120]);

    for (const [filter, count] of [
      [`members.value eq "${rosa.id}"`, 1],
      ['members[value eq "M-12" and type eq "user"]', 1],
      ['members[value eq "M-12" and type eq "Group"]', 0],
      ['members.value eq "m-new"', 0],
      ['members.type eq "User" and displayName eq "most"', 1],
      ["not (members pr)", 0],
    ]) {
      if (plainMembers && filter.includes("type")) continue;
      assert.equal((await send("GET", `/Groups?${new URLSearchParams({ filter })}`)).json().totalResults, count, filter);
    }
    assert.equal((await send("DELETE", `/Users/${rosa.id}`)).status, 204);
    const kept = await values();
    if (kept.length === 120) return; // A store may leave this out.
    assert.deepEqual(kept, ordered(wanted.slice(0, 119)));
    const two = [{ value: "b" }, { value: "a" }];
    assert.equal((await send("PUT", one, { schemas: [`${CORE}:Group`], displayName: "two", members: two })).status, 200);
    assert.deepEqual(await values(), ordered(["b", "a"]));
    assert.equal((await send("GET", '/Groups?filter=members.value+eq+"M-12"')).json().totalResults, 0);
  });

  given("of a Bulk, what is refused leaves the rest", async ({ send }) => {
    const post = (userName, more) => ({ method: "POST", path: "/Users", bulkId: userName, data: user({ userName, ...more }) });
    const group = { schemas: [`${CORE}:Group`], displayName: "all", members: [{ value: "bulkId:lind" }] };
    const Operations = [
      post("rosa", { password: "correct-horse" }),
      { ...post("ROSA"), bulkId: "again" },
      post("lind", { password: "correct-horse" }),
      { method: "POST", path: "/Groups", bulkId: "group", data: group },
    ];
    const answer = await send("POST", "/Bulk", { schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations });
    assert.deepEqual(answer.json().Operations.map(({ status }) => status), ["201", "409", "201", "201"]);
    assert.equal((await send("GET", "/Users")).json().totalResults, 2);
    assert.equal((await send("GET", "/Groups")).json().Resources[0].members.length, 1);
  });

  given("who is in a group is shown with it, and leaves it when removed", async ({ send, create }) => {
    const { id } = await create({ userName: "rosa" });
    const group = await create({ displayName: "Bakers", members: [{ value: id }, { value: id.toUpperCase() }] }, "/Groups", "Group");
    const shown = (await send("GET", `/Users/${id}`)).json().groups ?? [];
    if (shown.length === 0) return; // A store may leave this out.
    assert.deepEqual(shown.map(({ value, display }) => [value, display]), [[group.id, "Bakers"]]);
    assert.equal((await send("DELETE", `/Users/${id}`)).status, 204);
    assert.equal((await send("GET", `/Groups/${group.id}`)).json().members.length, 1);
  });

  given("a password is in no answer", async ({ send }) => {
    const made = await send("POST", "/Users", user({ userName: "rosa", password: "correct-horse" }));
    assert.equal(made.status, 201);
    for (const answer of [made, await send("GET", "/Users")]) assert.ok(!JSON.stringify(answer.json()).includes("correct"));
  });

  for (const seed of seeds) {
    given(`the answers of the store in memory to ${requests} random requests (seed ${seed})`, async (server) => {
      await sameAsInMemory(server, { seed, requests, sorts, seen });
    });
  }
  if (!keepsRemoved) return;
  removedTests(given);
  if (plainMembers) return;
  for (const [at, seed] of seeds.entries()) {
    const removal = { mode: "soft", unique: ["freed", "kept"][at % 2], recreate: "restore" };
    given(
      `the same with what is deleted softly (seed ${seed})`,
      (server) => sameAsInMemory(server, { seed: seed + 100, requests, sorts, seen, removal }),
      removal,
    );
  }
}

async function sameAsInMemory(server, { seed, requests, sorts, seen, removal }) {
  const reference = open(memoryStore(), removal);
  const random = randomness(seed);
  const ids = ["nobody"];
  for (let index = 1; index <= requests; index += 1) {
    const { method, target, body, task } = removal === undefined ? request(random, ids, sorts) : removing(random, ids, sorts);
    const env = { ids: [`id-${index}`, `id-${index}-b`], now: new Date(Date.UTC(2026, 2, 1, 9, 30) + Math.floor(index / 3) * 700) };
    const asked = (one) => (task === undefined ? one.send(method, target, body, { env }) : one.perform(task, { env }));
    const [wanted, found] = [await asked(reference), await asked(server)];
    const about = `request ${index}: ${method} ${target} ${JSON.stringify(body ?? task)}`;
    assert.equal(found.reason, undefined, about);
    assert.equal(found.status, wanted.status, about);
    assert.deepEqual(seen(found.json()), seen(wanted.json()), about);
    if (wanted.status === 201) ids.push(`id-${index}`);
  }
}

// What is deleted softly is gone for clients, and comes back as it was.
function removedTests(given) {
  const names = async ({ perform }, more) => (await perform({ task: "removed", type: "User", ...more })).json().removed.map(({ userName }) => userName);
  const late = "2100-01-01T00:00:00Z";

  given(
    "what is deleted softly is kept, and comes back as it was",
    async (server) => {
      const { send, create, perform } = server;
      const made = await create({ userName: "rosa", title: "\u0000 %_'\"\\ é", externalId: "hr-1" });
      const one = `/Users/${made.id}`;
      const crew = await create({ displayName: "Crew", members: [{ value: made.id }] }, "/Groups", "Group");
      assert.equal((await send("DELETE", one, undefined, { env: { principal: "hr" } })).status, 204);
      for (const [method, body] of [["GET"], ["DELETE"], ["PUT", user({ userName: "rosa" })]]) assert.equal((await send(method, one, body)).status, 404);
      for (const filter of ["userName eq \"rosa\"", `id eq "${made.id}"`, "externalId eq \"hr-1\"", "title pr"]) {
        assert.equal((await send("GET", `/Users?${new URLSearchParams({ filter })}`)).json().totalResults, 0, filter);
      }
      assert.equal((await send("GET", `/Groups/${crew.id}`)).json().members, undefined);
      const [kept] = (await perform({ task: "removed", type: "User" })).json().removed;
      assert.deepEqual([kept.id, kept.userName, kept.externalId], [made.id, "rosa", "hr-1"]);
      assert.deepEqual(await names({ perform: (task) => perform(task, { tenant: "north" }) }), []);
      const restore = { task: "restore", type: "User", id: made.id };
      assert.equal((await perform(restore, { tenant: "north" })).status, 404);
      const back = await perform(restore);
      assert.deepEqual([back.status, back.json().title, back.json().meta.created], [200, made.title, made.meta.created]);
      assert.equal((await send("GET", one)).json().title, made.title);
      assert.equal((await send("GET", "/Users?filter=userName+eq+%22ROSA%22")).json().totalResults, 1);
      assert.equal((await perform(restore)).status, 404);
      assert.deepEqual(await names(server), []);
      // A group with many members, twice.
      const members = [{ value: made.id }];
      for (let index = 0; index < 130; index += 1) members.push({ value: (await create({ userName: `m-${index}` })).id });
      const { id } = await create({ displayName: "Large", members }, "/Groups", "Group");
      for (let gone = 0; gone < 2; gone += 1) {
        assert.equal((await send("DELETE", `/Groups/${id}`)).status, 204);
        assert.equal(((await send("GET", one)).json().groups ?? []).some(({ value }) => value === id), false);
        // Who is deleted meanwhile does not come back with it, nor to it.
        if (gone > 0) assert.equal((await send("DELETE", `/Users/${members[gone].value}`)).status, 204);
        assert.equal((await perform({ task: "restore", type: "Group", id })).json().members.length, 131 - gone);
        const there = (await send("GET", `/Groups/${id}`)).json().members.map(({ value }) => value);
        assert.deepEqual(there.sort(), members.map(({ value }) => value).filter((_, at) => at === 0 || at > gone).sort());
      }
    },
    "soft",
  );

  given(
    "unique values of what is deleted softly are free",
    async (server) => {
      const { send, create, perform } = server;
      const first = await create({ userName: "rosa" });
      await send("DELETE", `/Users/${first.id}`);
      const second = await create({ userName: "ROSA" });
      assert.equal((await perform({ task: "restore", type: "User", id: first.id })).status, 409);
      assert.deepEqual(await names(server), ["rosa"], "it is kept still");
      assert.equal((await send("GET", "/Users")).json().totalResults, 1);
      await send("DELETE", `/Users/${second.id}`);
      assert.deepEqual((await names(server)).sort(), ["ROSA", "rosa"]);
      assert.equal((await perform({ task: "restore", type: "User", id: first.id })).status, 200);
      assert.deepEqual(await names(server), ["ROSA"]);
    },
    "soft",
  );

  given(
    "unique values of what is deleted softly stay taken, until it is purged",
    async ({ send, create, perform }) => {
      const { id } = await create({ userName: "rosa" });
      const lind = await create({ userName: "lind" });
      await send("DELETE", `/Users/${id}`);
      assert.equal((await send("POST", "/Users", user({ userName: "ROSA" }))).status, 409);
      assert.equal((await send("PUT", `/Users/${lind.id}`, user({ userName: "ROSA" }))).status, 409);
      assert.equal((await perform({ task: "restore", type: "User", id })).status, 200);
      await send("DELETE", `/Users/${id}`);
      assert.deepEqual((await perform({ task: "purge", before: late })).json(), { purged: { User: 1 }, more: false });
      await create({ userName: "rosa" });
    },
    { mode: "soft", unique: "kept" },
  );

  given(
    "a POST brings back who was deleted last",
    async ({ send, create, perform }) => {
      const first = await create({ userName: "rosa", title: "Cook" });
      await send("DELETE", `/Users/${first.id}`, undefined, { env: { now: new Date("2026-03-01T09:30:00Z") } });
      const back = await send("POST", "/Users", user({ userName: "Rosa", nickName: "Ro" }));
      assert.deepEqual([back.status, back.json().id, back.json().nickName, back.json().title], [201, first.id, "Ro", undefined]);
      assert.equal(back.headers.location.endsWith(`/Users/${first.id}`), true);
      assert.equal(back.json().meta.created, first.meta.created);
      assert.deepEqual((await send("GET", `/Users/${first.id}`)).json().nickName, "Ro");
      assert.equal((await send("POST", "/Users", user({ userName: "rosa" }))).status, 409);
      await send("DELETE", `/Users/${first.id}`, undefined, { env: { now: new Date("2026-03-01T09:31:00Z") } });
      const gone = await Promise.all(Array.from({ length: 4 }, () => send("POST", "/Users", user({ userName: "rosa" }))));
      assert.deepEqual(gone.map(({ status }) => status).sort(), [201, 409, 409, 409]);
      assert.deepEqual(gone.filter(({ status }) => status === 201).map((one) => one.json().id), [first.id]);
      assert.deepEqual((await perform({ task: "removed", type: "User" })).json().removed, []);
    },
    { mode: "soft", recreate: "restore" },
  );

  given(
    "what is deleted softly is listed in pages, and purged by its time",
    async (server) => {
      const { send, create, perform } = server;
      const at = (second) => ({ env: { now: new Date(Date.UTC(2026, 2, 1, 9, 30, second)) } });
      for (let index = 0; index < 5; index += 1) {
        const { id } = await create({ userName: `user-${index}` });
        await send("DELETE", `/Users/${id}`, undefined, at(Math.floor(index / 2)));
      }
      const found = [];
      for (let after, more = true; more; ) {
        const page = (await perform({ task: "removed", type: "User", limit: 2, after })).json();
        found.push(...page.removed);
        after = page.next;
        more = after !== undefined;
      }
      assert.deepEqual(found.map(({ userName }) => userName).sort(), [0, 1, 2, 3, 4].map((index) => `user-${index}`));
      const order = found.map(({ removed, id }) => `${removed} ${id}`);
      assert.deepEqual(order, [...order].sort());
      const purge = async (before, more) => (await perform({ task: "purge", before, ...more })).json();
      assert.deepEqual(await purge("2026-03-01T09:30:00Z"), { purged: {}, more: false });
      assert.deepEqual(await purge("2026-03-01T09:30:01Z", { tenant: "north" }), { purged: {}, more: false });
      assert.deepEqual(await purge("2026-03-01T09:30:02Z", { limit: 3 }), { purged: { User: 3 }, more: true });
      assert.deepEqual(await purge("2026-03-01T09:30:02Z", { tenant: "" }), { purged: { User: 1 }, more: false });
      assert.deepEqual(await names(server), ["user-4"]);
      assert.equal((await perform({ task: "restore", type: "User", id: found[0].id })).status, 404);
    },
    "soft",
  );
}

// Members in one order; the version may follow from theirs.
function unordered(body) {
  if (Array.isArray(body?.Resources)) return { ...body, Resources: body.Resources.map(unordered) };
  if (!Array.isArray(body?.members)) return body;
  const { version, ...meta } = body.meta;
  return { ...body, members: [...body.members].sort((a, b) => (a.value < b.value ? -1 : 1)), meta };
}

function unversioned(body) {
  if (Array.isArray(body?.Resources)) return { ...body, Resources: body.Resources.map(unversioned) };
  if (body?.meta === undefined) return body;
  const { version, ...meta } = body.meta;
  return { ...body, meta };
}

function user(members) {
  return { schemas: [`${CORE}:User`], ...members };
}

function open(store, removal) {
  // Nobody in this process hashes for the store in memory, nor perhaps for yours.
  const inner = openStore(native, store, { resourceTypes: ["User", "Group"], changePassword: true, delete: removal });
  async function send(method, target, body, { headers = {}, tenant = "", env = {} } = {}) {
    const bytes = new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body));
    const head = { method, target, path: target.split("?")[0], headers: { "content-type": "application/scim+json", ...headers } };
    const answered = await inner.handle(head, bytes, { now: new Date(), baseUrl: "https://scim.example.test", tenant, ...env });
    assert.ok(answered.status < 500 || answered.reason !== undefined, `${method} ${target}: ${answered.status}`);
    assert.equal(answered.reason, undefined, `${method} ${target}`);
    return answered;
  }
  async function perform(task, { tenant = "", env = {} } = {}) {
    const answered = await inner.task(task, { now: new Date(), baseUrl: "https://scim.example.test", tenant, ...env });
    assert.equal(answered.reason, undefined, JSON.stringify(task));
    return answered;
  }
  async function create(members, endpoint = "/Users", type = "User") {
    const made = await send("POST", endpoint, { ...members, schemas: [`${CORE}:${type}`] });
    assert.equal(made.status, 201, JSON.stringify(made.json()));
    return made.json();
  }
  return { send, perform, create, close: () => inner.close() };
}

// The same numbers in every run (mulberry32).
function randomness(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, one: (list) => list[below(list.length)], often: (chance) => next() < chance };
}

// What databases read in ways of their own.
const WORDS = ["rosa", "Rosa", "søren", "SØREN", "İpek", "straße", "a\"b", "it's", "100%", "x_y", "\\", "", "$1", "z".repeat(300), "z".repeat(299)];
const OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
const SORTS = ["userName", "displayName", "emails", "meta.lastModified", "active", "id", "name.familyName", "members"];

// Some of the requests, and what the host does beside them.
function removing(random, ids, sorts) {
  const type = random.one(["User", "User", "Group"]);
  const kind = random.below(100);
  if (kind < 15) return { task: { task: "restore", type, id: random.one(ids) } };
  if (kind < 20) return { task: { task: "removed", type, limit: 1 + random.below(5) } };
  if (kind < 22) {
    const before = new Date(Date.UTC(2026, 2, 1, 9, 30) + random.below(90) * 1000).toISOString();
    return { task: { task: "purge", before, limit: 10 } };
  }
  if (kind < 35) return { method: "DELETE", target: `/${type}s/${random.one(ids)}` };
  return request(random, ids, sorts);
}

function request(random, ids, sorts) {
  const word = () => random.one(WORDS);
  const quoted = () => JSON.stringify(word());
  const maybe = (members) => (random.often(0.5) ? members : {});
  const somebody = () => ({
    ...user({ userName: `${word()}${random.below(12)}`, name: { familyName: word() } }),
    schemas: [`${CORE}:User`, ENTERPRISE],
    ...maybe({ externalId: word() }),
    ...maybe({ displayName: word() }),
    ...maybe({ active: random.often(0.5) }),
    emails: Array.from({ length: random.below(3) }, (_, index) => ({
      value: `${random.one(["ada", "Bo", "cy"])}@north.test`,
      type: random.one(["work", "home"]),
      ...(index === 0 && { primary: true }),
    })),
    [ENTERPRISE]: { department: word(), manager: { value: random.one(["m-1", "m-2"]) } },
  });
  const group = () => ({
    schemas: [`${CORE}:Group`],
    displayName: word() || "none",
    members: [
      ...Array.from({ length: random.below(4) }, () => ({ value: random.often(0.5) ? random.one(ids) : `m-${random.below(5)}` })),
      ...(random.often(0.1) ? Array.from({ length: 110 }, (_, index) => ({ value: `x-${index}` })) : []),
    ],
  });
  const [endpoint, make] = random.one([
    ["/Users", somebody],
    ["/Users", somebody],
    ["/Groups", group],
  ]);
  const one = `${endpoint}/${random.one(ids)}`;
  const leaf = () =>
    random.one([
      `userName ${random.one(OPERATORS)} ${JSON.stringify(word() + random.below(12))}`,
      `displayName ${random.one(OPERATORS)} ${quoted()}`,
      `externalId ${random.one(OPERATORS)} ${quoted()}`,
      `emails.value ${random.one(OPERATORS)} "${random.one(["ADA", "bo"])}@north.test"`,
      `emails[type eq "work" and value ${random.one(OPERATORS)} "ada@north.test"]`,
      `emails[primary ${random.one(["eq", "ne"])} true]`,
      `active ${random.one(["eq", "ne"])} true`,
      `name.familyName ${random.one(OPERATORS)} ${quoted()}`,
      `${ENTERPRISE}:department ${random.one(OPERATORS)} ${quoted()}`,
      'manager.value eq "m-1"',
      `members.value ${random.one(["eq", "ne"])} "m-${random.below(5)}"`,
      `id eq "${random.one(ids)}"`,
      `groups.value ${random.one(["eq", "ne"])} "${random.one(ids)}"`,
      `groups[display eq ${quoted()}]`,
      `meta.created ${random.one(["gt", "le"])} "2026-03-01T09:32:00Z"`,
      `${random.one(["title", "emails", "externalId", "members"])} pr`,
    ]);
  const filter = () => random.one([leaf(), `${leaf()} and ${leaf()}`, `${leaf()} or ${leaf()}`, `not (${leaf()})`]);
  const list = () => {
    const query = new URLSearchParams();
    if (random.often(0.8)) query.set("filter", filter());
    if (random.often(0.5)) query.set("sortBy", random.one(sorts));
    if (random.often(0.5)) query.set("sortOrder", random.one(["ascending", "descending"]));
    if (random.often(0.5)) query.set("startIndex", random.below(20));
    if (random.often(0.5)) query.set("count", random.below(8));
    return { method: "GET", target: `${random.often(0.85) ? endpoint : ""}/?${query}` };
  };
  const patch = () => {
    const operation = random.one([
      { op: "add", path: "members", value: [{ value: `m-${random.below(5)}` }] },
      { op: "remove", path: `members[value eq "m-${random.below(5)}"]` },
      { op: "replace", path: "displayName", value: word() || "none" },
      { op: "replace", path: "userName", value: `${word()}${random.below(12)}` },
      { op: "remove", path: "externalId" },
      { op: "add", value: { emails: [{ value: "new@north.test", type: "work" }] } },
    ]);
    return { method: "PATCH", target: one, body: { schemas: [PATCH], Operations: [operation] } };
  };
  const kind = random.below(100);
  if (kind < 30) return { method: "POST", target: endpoint, body: make() };
  if (kind < 40) return { method: "PUT", target: one, body: make() };
  if (kind < 55) return patch();
  if (kind < 60) return { method: "DELETE", target: one };
  if (kind < 65) return { method: "GET", target: one };
  return list();
}
