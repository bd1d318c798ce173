// The outbox of a store in memory: what is gone with the process is delivered by none.

export function memoryOutbox(server, sinks) {
  // Of each receiver, by the number of the event.
  const pending = new Map(sinks.map((sink) => [sink, new Map()]));
  const made = [];
  let read = 0;

  function fetchNew() {
    for (;;) {
      const found = JSON.parse(server.changes(read, 1000));
      if (found.length === 0) return;
      for (const { seq, event } of found) {
        made.push({ seq, at: Date.now() });
        const resource = JSON.stringify([event.tenant, event.resourceType, event.resourceId]);
        for (const entries of pending.values()) {
          entries.set(seq, { event, resource, due: 0, attempts: 0, dead: false });
        }
      }
      read = found.at(-1).seq;
    }
  }

  const take = (seq, entry, lease) => {
    entry.due = Date.now() + lease;
    entry.attempts += 1;
    return { seq, attempts: entry.attempts, event: entry.event };
  };

  return {
    async claim({ sink, limit, lease }) {
      fetchNew();
      const claimed = [];
      const blocked = new Set();
      for (const [seq, entry] of pending.get(sink)) {
        if (claimed.length === limit) break;
        if (entry.dead || blocked.has(entry.resource)) continue;
        blocked.add(entry.resource);
        if (entry.due <= Date.now()) claimed.push(take(seq, entry, lease));
      }
      return claimed;
    },
    async settle({ sink, seq, outcome, wait, failure, lease }) {
      const entries = pending.get(sink);
      const entry = entries.get(seq);
      if (outcome === "again") Object.assign(entry, { due: Date.now() + wait, failure });
      if (outcome === "dead") Object.assign(entry, { dead: true, failure });
      if (outcome !== "done") return undefined;
      entries.delete(seq);
      if (lease === undefined) return undefined;
      for (const [next, other] of entries) {
        if (!other.dead && other.resource === entry.resource) return other.due <= Date.now() ? take(next, other, lease) : undefined;
      }
      return undefined;
    },
    async changes({ after, limit }) {
      return JSON.parse(server.changes(after, limit));
    },
    async prune({ age }) {
      fetchNew();
      const before = Date.now() - age;
      const open = Math.min(...[...pending.values()].map((entries) => entries.keys().next().value ?? Infinity));
      let last = 0;
      while (made.length > 0 && made[0].at < before && made[0].seq < open) last = made.shift().seq;
      if (last > 0) server.forgetChanges(last);
    },
  };
}
