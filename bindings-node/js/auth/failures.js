// Failed sign-ins: who fails too often, from one address or for one name, has to wait before the
// next try is looked at. Credentials that were right before are let through to be looked at, so that
// nobody is kept out by others who guess from the same address or at the same name.

import { createHmac, randomBytes } from "node:crypto";
import { isIP } from "node:net";

import { credentials } from "./basic.js";
import { bearerToken } from "./bearer.js";
import { digestIn } from "./token.js";

const MAX = 10;
const MINUTES = 5;
const MOST_COUNTED = 20_000;
const MOST_RIGHT = 10_000;

const NO_GUARD = { admit: () => 0, failed() {}, succeeded() {}, unknown() {} };

export function failedSignIns(setting = {}, trustProxy = 0, letsAllIn = false) {
  if (setting === false) return NO_GUARD;
  const { max = MAX, minutes = MINUTES, ...rest } = setting ?? {};
  if (!(max >= 1) || !(minutes > 0) || Object.keys(rest).length > 0) {
    throw new TypeError("createScimHandler: `failedSignIns` is false or { max?, minutes? }");
  }
  const proxies = proxiesOf(trustProxy);
  // Where nothing is asked for, nothing is guessed.
  if (letsAllIn) return NO_GUARD;
  const secret = randomBytes(32);
  const digest = (text) => createHmac("sha256", secret).update(text).digest("base64");
  const counted = new Map();
  const right = new Set();
  const underWay = tries();

  // What a try is counted for.
  function causes(head) {
    const address = addressOf(head, proxies);
    const name = credentials(head.headers.authorization)?.name;
    const named = name === undefined ? [] : [`name ${digest(name)}`];
    return address === undefined ? named : [`address ${address}`, ...named];
  }

  // A token has a digest already; of others one is made here.
  function credentialOf({ headers }) {
    const token = bearerToken(headers.authorization);
    return token === undefined ? digest(headers.authorization) : digestIn(headers, token);
  }

  const live = (cause, now) => {
    const entry = counted.get(cause);
    return entry !== undefined && entry.until > now ? entry : { count: 0, until: 0 };
  };

  function forgetTheOld(now) {
    for (const [cause, { until }] of counted) {
      if (until > now) break;
      counted.delete(cause);
    }
  }

  // The seconds to wait, or another try to wait for, or neither.
  function standing(credential, why) {
    if (right.has(credential)) return {};
    const now = performance.now();
    forgetTheOld(now);
    const full = why.map((cause) => live(cause, now)).filter(({ count }) => count >= max);
    if (full.length > 0) return { seconds: Math.ceil((Math.max(...full.map(({ until }) => until)) - now) / 1000) };
    // What is being looked at may be one failure more.
    return { another: underWay.before(credential, why, (cause) => max - live(cause, now).count) };
  }

  return {
    // The seconds until a try is looked at; 0 for now. What may be too many at once wait for each
    // other: then it is a promise of that.
    admit(head) {
      if (!head.headers.authorization) return 0;
      const credential = credentialOf(head);
      const why = right.has(credential) ? [] : causes(head);
      const begin = () => {
        if (why.length > 0 && !right.has(credential)) underWay.begin(head, credential, why);
        return 0;
      };
      const { seconds, another } = standing(credential, why);
      if (another === undefined) return seconds ?? begin();
      const later = async (before) => {
        for (let next = { another: before }; next.another !== undefined; ) {
          // Where nobody knows, as when the directory is away, none has to wait for each of the others.
          if ((await next.another) === "unknown") break;
          next = standing(credential, why);
          if (next.seconds !== undefined) return next.seconds;
        }
        return begin();
      };
      return later(another);
    },
    failed(head) {
      // Who says nothing guesses nothing.
      if (!head.headers.authorization) return;
      right.delete(credentialOf(head));
      const now = performance.now();
      for (const cause of causes(head)) {
        const before = live(cause, now);
        const entry = before.count > 0 ? before : { count: 0, until: now + minutes * 60_000 };
        entry.count += 1;
        // The last that failed stands last, so that the first is the one to forget.
        counted.delete(cause);
        if (counted.size >= MOST_COUNTED) counted.delete(counted.keys().next().value);
        counted.set(cause, entry);
      }
      underWay.end(head, "failed");
    },
    succeeded(head, { credential }) {
      if (!head.headers.authorization) return;
      const known = typeof credential === "string" && credential.startsWith("sha256:") ? credential : credentialOf(head);
      if (!right.has(known)) {
        if (right.size >= MOST_RIGHT) right.delete(right.keys().next().value);
        right.add(known);
      }
      underWay.end(head, "right");
    },
    // Nobody could say.
    unknown(head) {
      underWay.end(head, "unknown");
    },
  };
}

// The tries that are being looked at. One credential is looked at once at a time.
function tries() {
  const byCredential = new Map();
  const byCause = new Map();
  const ofHead = new WeakMap();

  return {
    // One that has to end before this one may begin. `left(cause)`: how many may be under way.
    before(credential, why, left) {
      const same = byCredential.get(credential);
      if (same !== undefined) return same.ended;
      const full = why.map((cause) => [byCause.get(cause), left(cause)]).find(([those, room]) => those !== undefined && those.size >= room);
      return full === undefined ? undefined : Promise.race([...full[0]].map(({ ended }) => ended));
    },
    begin(head, credential, why) {
      let end;
      const ended = new Promise((tell) => (end = tell));
      const one = { credential, why, ended, end };
      ofHead.set(head, one);
      byCredential.set(credential, one);
      for (const cause of why) {
        if (!byCause.has(cause)) byCause.set(cause, new Set());
        byCause.get(cause).add(one);
      }
    },
    end(head, how) {
      const one = ofHead.get(head);
      if (one === undefined) return;
      ofHead.delete(head);
      if (byCredential.get(one.credential) === one) byCredential.delete(one.credential);
      for (const cause of one.why) {
        const those = byCause.get(cause);
        those?.delete(one);
        if (those?.size === 0) byCause.delete(cause);
      }
      one.end(how);
    },
  };
}

export function proxiesOf(setting) {
  const proxies = setting === true ? 1 : setting === false ? 0 : setting;
  if (Number.isInteger(proxies) && proxies >= 0) return proxies;
  throw new TypeError("createScimHandler: `trustProxy` is the number of proxies before the server");
}

// The address of the client. What proxies say counts for as many of them as there are: the rest of
// the header is the client's own.
export function clientOf({ address, headers }, proxies) {
  if (proxies === 0) return address;
  const forwarded = String(headers["x-forwarded-for"] ?? "").split(",");
  const told = withoutPort(forwarded.at(-proxies)?.trim() ?? "");
  return isIP(told) ? told : address;
}

export function addressOf(head, proxies) {
  return network(clientOf(head, proxies));
}

// Some proxies add the port, which is another for each connection.
function withoutPort(told) {
  return /^\[(.*)\](?::\d+)?$/.exec(told)?.[1] ?? /^([^:]+):\d+$/.exec(told)?.[1] ?? told;
}

// Whoever has one address of IPv6 has the 2^64 beside it.
function network(address) {
  const [bare] = String(address ?? "").split("%");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIP(bare) !== 6) return bare === "" ? undefined : bare;
  const [before, after] = bare.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = after === undefined ? [] : Array(Math.max(0, 8 - before.length - after.length)).fill("0");
  const groups = [...before, ...zeros, ...(after ?? [])];
  return `${groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
