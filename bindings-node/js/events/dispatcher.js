// Delivers what an outbox holds: at least once, in the order of the changes of each resource,
// again after a while where it fails, until it is given up.

import { Undelivered } from "./http.js";
import { wants } from "./settings.js";

// How many events one receiver gets at a time, each of another resource.
const WIDTH = 8;
// How often to look for what other processes have left, or what is to be tried again.
const PAUSE = 1000;
const HOUR = 3600 * 1000;
// A receiver that this handler does not know may be one of another process, as long as somebody
// looks for what is due to it.
const ABANDONED = { abandonedAfter: 24 * HOUR, failure: "no such receiver" };
// What is under way when all ends has so long to come to an end by itself.
const GRACE = 5000;

export function deliveries(store, events, report) {
  if (events === undefined || (store.outbox === undefined && events.sinks.length === 0)) return { kick() {}, async close() {} };
  if (store.outbox === undefined) {
    throw new TypeError("events: this store has no `outbox` to deliver from: set `deliver` to false, and let another handler do it");
  }
  const { outbox } = store;
  const { sinks, known, retry, keep } = events;
  const loops = sinks.map((sink) => loop(outbox, sink, retry, report));
  let ended = false;

  async function prune() {
    try {
      for (let more = true; more && !ended; ) {
        const done = await outbox.prune({ age: keep, known, ...ABANDONED });
        for (const [name, count] of Object.entries(done?.givenUp ?? {})) {
          report(new Error(`events: ${name} is no receiver any more: ${count} deliveries were given up`));
        }
        more = done?.more === true;
      }
    } catch (error) {
      report(error);
    }
  }

  // The store is not closed before it has ended.
  let pruned;
  const begin = () => void (pruned = prune());
  const pruning = setInterval(begin, HOUR);
  pruning.unref();
  // Let the first requests pass first.
  const first = setTimeout(begin, PAUSE);
  first.unref();
  return {
    // There is something new.
    kick() {
      for (const one of loops) one.kick();
    },
    async close() {
      ended = true;
      clearInterval(pruning);
      clearTimeout(first);
      await Promise.all([pruned, ...loops.map((one) => one.close())]);
    },
  };
}

function loop(outbox, sink, retry, report) {
  const underWay = new Set();
  const ending = new AbortController();
  const lease = (2 * retry.timeoutSeconds + 1) * 1000;
  let closed = false;
  let fresh = true;
  let wake = () => {};

  function kick() {
    fresh = true;
    wake();
  }

  function pause() {
    if (fresh || closed) return undefined;
    return new Promise((go) => {
      const timer = setTimeout(go, PAUSE);
      // Waiting for a change keeps no process alive.
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        go();
      };
    });
  }

  async function run() {
    while (!closed) {
      fresh = false;
      const free = WIDTH - underWay.size;
      if (free > 0) {
        for (const claimed of await claim(free)) {
          const delivering = chain(claimed).finally(() => {
            underWay.delete(delivering);
            kick();
          });
          underWay.add(delivering);
        }
      }
      await pause();
    }
  }

  async function claim(limit) {
    try {
      return await outbox.claim({ sink: sink.name, limit, lease });
    } catch (error) {
      report(error);
      return [];
    }
  }

  // One event, and those of the same resource that wait behind it.
  async function chain(first) {
    try {
      for (let claimed = first; claimed !== undefined; ) {
        const settled = await settlementOf(claimed);
        const next = !closed && settled.outcome === "done" ? lease : undefined;
        claimed = await outbox.settle({ sink: sink.name, seq: claimed.seq, attempts: claimed.attempts, lease: next, ...settled });
      }
    } catch (error) {
      // It is claimed still, and tried again when that runs out.
      report(error);
    }
  }

  async function settlementOf({ seq, attempts, event }) {
    try {
      if (wants(sink, event)) await delivered(event, seq);
      return { outcome: "done" };
    } catch (error) {
      const ours = error instanceof Undelivered;
      const failure = ours ? error.message : (error?.name ?? "Error");
      report(new Error(`events: ${sink.name}: ${event.id} was not delivered: ${failure}`, ours ? undefined : { cause: error }));
      if ((ours && error.final) || attempts >= retry.attempts) return { outcome: "dead", failure };
      return { outcome: "again", failure, wait: waitAfter(attempts, retry) };
    }
  }

  async function delivered(event, seq) {
    // A signal made by AbortSignal.any stays in memory for as long as somebody listens to it.
    const stop = new AbortController();
    const end = () => stop.abort();
    const timer = setTimeout(end, retry.timeoutSeconds * 1000);
    ending.signal.addEventListener("abort", end);
    if (ending.signal.aborted) end();
    try {
      // A hook that does not look at the signal is not waited for beyond it.
      await Promise.race([sink.deliver(event, { seq, signal: stop.signal }), aborted(stop.signal)]);
    } finally {
      clearTimeout(timer);
      ending.signal.removeEventListener("abort", end);
    }
  }

  const running = run();
  return {
    kick,
    async close() {
      closed = true;
      wake();
      await running;
      const grace = setTimeout(() => ending.abort(), GRACE);
      await Promise.allSettled(underWay);
      clearTimeout(grace);
    },
  };
}

function aborted(signal) {
  return new Promise((_, failed) => {
    const late = () => failed(new Undelivered("no answer in time"));
    if (signal.aborted) late();
    else signal.addEventListener("abort", late, { once: true });
  });
}

// Twice as long each time, a little less or more so that not all come back at once.
function waitAfter(attempts, { firstSeconds, mostSeconds }) {
  const seconds = Math.min(firstSeconds * 2 ** (attempts - 1), mostSeconds);
  return Math.round(seconds * 1000 * (0.8 + 0.4 * Math.random()));
}
