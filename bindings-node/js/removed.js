// Resources that were deleted and are kept: what the host does with them. SCIM has no request for it.

// How many are purged in one transaction.
const CHUNK = 500;

// `perform` answers a task of the engine.
export function removals(perform) {
  async function done(task, who) {
    const answered = await perform(task, who);
    if (answered.status < 400) return answered.json();
    if (answered.status === 404) return undefined;
    const { detail, scimType } = answered.json();
    const message = answered.status === 501 ? "the store cannot do this" : (answered.reason ?? detail);
    throw Object.assign(new Error(message), { status: answered.status, scimType });
  }

  return {
    async removed({ tenant, type = "User", after, limit } = {}) {
      return done({ task: "removed", type, after, limit }, { tenant });
    },
    async restore({ tenant, type = "User", id, by } = {}) {
      if (typeof id !== "string") throw new TypeError("restore: give the `id` of the resource");
      return done({ task: "restore", type, id }, { tenant, by });
    },
    async purge({ tenant, before, by } = {}) {
      const limit = new Date(before ?? Number.NaN);
      if (Number.isNaN(limit.getTime())) throw new TypeError("purge: say `before` which time");
      const task = { task: "purge", tenant, before: limit.toISOString(), limit: CHUNK };
      const counts = {};
      for (let more = true; more; ) {
        const answered = await done(task, { tenant, by });
        for (const [type, count] of Object.entries(answered.purged)) counts[type] = (counts[type] ?? 0) + count;
        ({ more } = answered);
      }
      return counts;
    },
  };
}

// What a store of the developer's needs for it.
export function checkKeeping(store, { delete: removal }) {
  const mode = typeof removal === "object" && removal !== null ? (removal.mode ?? "soft") : removal;
  const missing = mode === "soft" ? ["removed", "restore", "purge"].filter((name) => typeof store[name] !== "function") : [];
  if (missing.length > 0) throw new TypeError(`createScimHandler: to keep what is deleted, \`store\` lacks ${missing.join(", ")}`);
}
