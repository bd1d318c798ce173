// How fast somebody may ask: a token bucket for each credential, in this process.

const RATE = /^(\d+(?:\.\d+)?) ?\/ ?(s|m|h)$/;
const SECONDS = { s: 1, m: 60, h: 3600 };
const MOST_BUCKETS = 10_000;

// Answers the seconds to wait, 0 for none. A function of the developer's own decides for several
// processes at once.
export function rateLimiter(setting) {
  if (setting === undefined || setting === null || setting === false) return undefined;
  if (typeof setting === "function") return own(setting);
  const match = RATE.exec(setting.perToken ?? "");
  if (match === null || Number(match[1]) === 0) {
    throw new TypeError('createScimHandler: `rateLimit` is { perToken: "25/s", burst? } or a function');
  }
  const perSecond = Number(match[1]) / SECONDS[match[2]];
  const burst = setting.burst ?? Math.max(1, Math.ceil(perSecond));
  if (!(burst >= 1)) throw new TypeError("createScimHandler: `rateLimit.burst` is at least 1");
  return buckets(perSecond, burst);
}

// Where it cannot be asked nobody is let in, and whoever reads the log sees whose fault it is.
function own(limiter) {
  return async (credential, head) => {
    let seconds;
    try {
      seconds = await limiter(credential, head);
    } catch (cause) {
      throw new Error("rateLimit: your function failed, and so the request was not let in", { cause });
    }
    return whole(seconds);
  };
}

function buckets(perSecond, burst) {
  const left = new Map();
  return (credential) => {
    const now = performance.now() / 1000;
    const before = left.get(credential) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, before.tokens + (now - before.at) * perSecond);
    // The last that asked stands last, so that the first is the one to forget.
    left.delete(credential);
    if (left.size >= MOST_BUCKETS) left.delete(left.keys().next().value);
    const allowed = tokens >= 1;
    left.set(credential, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed ? 0 : whole((1 - tokens) / perSecond);
  };
}

// Some clients ignore a Retry-After that is no whole number (Q-7D).
function whole(seconds) {
  // A limiter that cannot say how long keeps the client out for a minute.
  if (typeof seconds === "number" && !Number.isFinite(seconds)) return 60;
  return seconds > 0 ? Math.ceil(seconds) : 0;
}
