// Work that waits for nothing is done at once: a promise that nobody needs takes time of every
// request.

export function after(value, next) {
  return isLater(value) ? Promise.resolve(value).then(next) : next(value);
}

// The same for work that may fail, now or later.
export function attempt(work, failed) {
  try {
    const value = work();
    return isLater(value) ? Promise.resolve(value).catch(failed) : value;
  } catch (error) {
    return failed(error);
  }
}

function isLater(value) {
  return typeof value?.then === "function";
}
