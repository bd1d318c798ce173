// What goes wrong behind a 500 is told to the developer: where nobody else is, on stderr.

// How long the same failure is not said again.
const SAME = 1_000;

export function toStderr() {
  let last;
  let until = 0;
  return (error) => {
    const text = String(error?.stack ?? error);
    const now = performance.now();
    if (text === last && now < until) return;
    [last, until] = [text, now + SAME];
    console.error(`scimforge: ${text}`);
  };
}

// A failure that came through the engine as a text, which is a stack if there was one.
export function failure(reason) {
  const error = new Error(reason);
  error.stack = reason;
  return error;
}
