// What has changed, as an iterator.

const PAGE = 500;
const PAUSE = 1000;

export async function* changes(outbox, after, { follow = false, signal, closing }) {
  const ended = () => closing.aborted || signal?.aborted === true;
  for (let last = numberOf(after); !ended(); ) {
    const found = await outbox.changes({ after: last, limit: PAGE, ended });
    for (const change of found) {
      if (signal?.aborted) return;
      yield change;
      last = change.seq;
    }
    if (found.length === PAGE) continue;
    if (!follow) return;
    await pause([closing, signal]);
  }
}

function numberOf(after) {
  const number = Number(after ?? 0);
  if (!Number.isSafeInteger(number) || number < 0) throw new TypeError("changes: give the `seq` of the last change that you have");
  return number;
}

function pause(signals) {
  return new Promise((go) => {
    const timer = setTimeout(done, PAUSE);
    function done() {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", done);
      go();
    }
    for (const signal of signals) signal?.addEventListener("abort", done);
  });
}
