// What goes wrong behind a 500 is told to the developer: where nobody else is, on stderr.

// How long the same failure is not said again.
const SAME = 1_000;

export function toStderr() {
  let last;
  let until = 0;
  return (error) => {
    const text = told(error);
    const now = performance.now();
    if (text === last && now < until) return;
    [last, until] = [text, now + SAME];
    console.error(`scimforge: ${text}`);
  };
}

function told(error) {
  const { code, message, stack } = error ?? {};
  return String(stack ?? error).replace(message, withoutValue(code, message));
}

// PostgreSQL quotes a value that it cannot read (class 22 of its codes), behind a colon.
export function withoutValue(code, message) {
  return /^22[0-9A-Z]{3}$/.test(code) ? message.split(":")[0] : message;
}

// A failure that came through the engine as a text, which is a stack if there was one.
export function failure(reason) {
  const error = new Error(reason);
  error.stack = reason;
  return error;
}
