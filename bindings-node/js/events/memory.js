// The outbox of a store in memory: what is gone with the process is delivered by none.

// How many places that are done with a queue keeps before it gives them up.
const MOST_PAST = 1000;

export function memoryOutbox(server, sinks) {
  // Of each receiver: the events of each resource, and by their numbers those under way.
  const pending = new Map(sinks.map((sink) => [sink, { queues: new Map(), claimed: new Map() }]));
  // What was given up, in the order of that.
  let dead = [];
  let made = [];
  let read = 0;

  function fetchNew() {
    for (;;) {
      const found = JSON.parse(server.changes(read, 1000));
      if (found.length === 0) return;
      for (const { seq, event } of found) {
        made.push({ seq, at: Date.now() });
        const resource = JSON.stringify([event.tenant, event.resourceType, event.resourceId]);
        for (const { queues } of pending.values()) enqueue(queues, resource, { seq, due: 0, attempts: 0 });
      }
      read = found.at(-1).seq;
    }
  }

  // As it stands: whoever purges takes the values out of it.
  function eventOf(seq) {
    return JSON.parse(server.changes(seq - 1, 1))[0].event;
  }

  function enqueue(queues, resource, entry) {
    if (!queues.has(resource)) queues.set(resource, queueOf(resource));
    queues.get(resource).push(entry);
  }

  function take({ claimed }, queue, lease) {
    const entry = queue.first();
    entry.due = Date.now() + lease;
    entry.attempts += 1;
    claimed.set(entry.seq, queue);
    return { seq: entry.seq, attempts: entry.attempts, event: eventOf(entry.seq) };
  }

  return {
    async claim({ sink, limit, lease }) {
      fetchNew();
      const own = pending.get(sink);
      const found = [];
      for (const queue of own.queues.values()) {
        if (found.length === limit) break;
        if (queue.first().due <= Date.now()) found.push(take(own, queue, lease));
      }
      return found;
    },
    // What is not of the attempt that was claimed is somebody else's by now.
    async settle({ sink, seq, attempts, outcome, wait, failure, lease }) {
      const own = pending.get(sink);
      const queue = own.claimed.get(seq);
      const entry = queue?.find(seq);
      if (entry?.attempts !== attempts) return undefined;
      own.claimed.delete(seq);
      if (outcome === "again") {
        entry.due = Date.now() + wait;
        // Those that wait stand behind the others, so that these are found first.
        own.queues.delete(queue.resource);
        own.queues.set(queue.resource, queue);
        return undefined;
      }
      if (outcome === "dead") dead.push({ sink, resource: queue.resource, seq, attempts, failure });
      queue.drop(entry);
      if (queue.first() === undefined) own.queues.delete(queue.resource);
      else if (outcome === "done" && lease !== undefined && queue.first().due <= Date.now()) return take(own, queue, lease);
      return undefined;
    },
    async changes({ after, limit }) {
      return JSON.parse(server.changes(after, limit));
    },
    async prune({ age }) {
      fetchNew();
      const before = Date.now() - age;
      let open = Infinity;
      for (const { queues } of pending.values()) {
        for (const queue of queues.values()) open = Math.min(open, queue.first().seq);
      }
      const kept = made.findIndex(({ seq, at }) => at >= before || seq >= open);
      const gone = kept < 0 ? made : made.slice(0, kept);
      if (gone.length === 0) return;
      const last = gone.at(-1).seq;
      server.forgetChanges(last);
      made = kept < 0 ? [] : made.slice(kept);
      dead = dead.filter(({ seq }) => seq > last);
    },
    async deadLetters({ seq, sink, limit, receiver }) {
      const behind = dead.filter((one) => order(one, { seq, sink }) > 0 && (receiver === undefined || one.sink === receiver));
      return behind.sort(order).slice(0, limit).map(({ resource, ...letter }) => ({ ...letter, event: eventOf(letter.seq) }));
    },
    // They go to where they were: before what changed later.
    async retry({ receivers, ids }) {
      const asked = ids && new Set(ids);
      const again = dead.filter(({ sink, seq }) => receivers.includes(sink) && (asked?.has(`${seq}.${sink}`) ?? true));
      const going = new Set(again);
      dead = dead.filter((one) => !going.has(one));
      const moved = new Set();
      for (const { sink, resource, seq } of again) {
        const { queues } = pending.get(sink);
        enqueue(queues, resource, { seq, due: 0, attempts: 0 });
        moved.add(queues.get(resource));
      }
      for (const queue of moved) queue.sort();
      return again.length;
    },
  };
}

function order(a, b) {
  return a.seq - b.seq || (a.sink < b.sink ? -1 : Number(a.sink > b.sink));
}

// The events of a resource in the order of the changes. Others behind the first wait for it.
function queueOf(resource) {
  let list = [];
  let past = 0;
  return {
    resource,
    push: (entry) => void list.push(entry),
    first: () => list[past],
    // What is under way is the first, or close behind it.
    find(seq) {
      let at = past;
      while (list[at]?.seq < seq) at += 1;
      return list[at]?.seq === seq ? list[at] : undefined;
    },
    sort() {
      list = list.slice(past).sort((a, b) => a.seq - b.seq);
      past = 0;
    },
    drop(entry) {
      if (entry !== list[past]) return void list.splice(list.indexOf(entry), 1);
      list[past] = undefined;
      past += 1;
      if (past < MOST_PAST || past * 2 < list.length) return;
      list = list.slice(past);
      past = 0;
    },
  };
}
