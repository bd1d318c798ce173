// Failed sign-ins: who fails too often, from one address or for one name, has to wait before the
// next try is looked at. Credentials that were right before are let through to be looked at, so that
// nobody is kept out by others who guess from the same address or at the same name.

import { createHmac, randomBytes } from "node:crypto";
import { isIP } from "node:net";

import { credentials } from "./basic.js";
import { bearerToken } from "./bearer.js";
import { tokenDigest } from "./token.js";

const MAX = 10;
const MINUTES = 5;
const MOST_COUNTED = 20_000;
const MOST_RIGHT = 10_000;

const NO_GUARD = { wait: () => 0, failed() {}, succeeded() {} };

export function failedSignIns(setting = {}, trustProxy = 0) {
  if (setting === false) return NO_GUARD;
  const { max = MAX, minutes = MINUTES, ...rest } = setting ?? {};
  if (!(max >= 1) || !(minutes > 0) || Object.keys(rest).length > 0) {
    throw new TypeError("createScimHandler: `failedSignIns` is false or { max?, minutes? }");
  }
  const proxies = proxiesOf(trustProxy);
  const secret = randomBytes(32);
  const digest = (text) => createHmac("sha256", secret).update(text).digest("base64");
  const counted = new Map();
  const right = new Set();

  // What a try is counted for.
  function causes(head) {
    const address = addressOf(head, proxies);
    const name = credentials(head.headers.authorization)?.name;
    const named = name === undefined ? [] : [`name ${digest(name)}`];
    return address === undefined ? named : [`address ${address}`, ...named];
  }

  // A token has a digest already; of others one is made here.
  function credentialOf({ headers: { authorization } }) {
    const token = bearerToken(authorization);
    return token === undefined ? digest(authorization) : tokenDigest(token);
  }

  return {
    // The seconds until a try is looked at; 0 for now.
    wait(head) {
      if (counted.size === 0 || !head.headers.authorization) return 0;
      const now = performance.now();
      for (const [cause, { until }] of counted) {
        if (until > now) break;
        counted.delete(cause);
      }
      let longest = 0;
      for (const cause of causes(head)) {
        const { count, until } = counted.get(cause) ?? { count: 0, until: 0 };
        if (count >= max && until > now) longest = Math.max(longest, until - now);
      }
      return longest === 0 || right.has(credentialOf(head)) ? 0 : Math.ceil(longest / 1000);
    },
    failed(head) {
      // Who says nothing guesses nothing.
      if (!head.headers.authorization) return;
      right.delete(credentialOf(head));
      const now = performance.now();
      for (const cause of causes(head)) {
        const before = counted.get(cause);
        const entry = before !== undefined && before.until > now ? before : { count: 0, until: now + minutes * 60_000 };
        entry.count += 1;
        // The last that failed stands last, so that the first is the one to forget.
        counted.delete(cause);
        if (counted.size >= MOST_COUNTED) counted.delete(counted.keys().next().value);
        counted.set(cause, entry);
      }
    },
    succeeded(head, { credential }) {
      if (!head.headers.authorization) return;
      const known = typeof credential === "string" && credential.startsWith("sha256:") ? credential : credentialOf(head);
      if (right.has(known)) return;
      if (right.size >= MOST_RIGHT) right.delete(right.keys().next().value);
      right.add(known);
    },
  };
}

function proxiesOf(setting) {
  const proxies = setting === true ? 1 : setting === false ? 0 : setting;
  if (Number.isInteger(proxies) && proxies >= 0) return proxies;
  throw new TypeError("createScimHandler: `trustProxy` is the number of proxies before the server");
}

// The address of the client. What proxies say counts for as many of them as there are: the rest of
// the header is the client's own.
export function addressOf({ address, headers }, proxies) {
  const forwarded = proxies === 0 ? [] : String(headers["x-forwarded-for"] ?? "").split(",");
  const told = forwarded.at(-proxies)?.trim();
  return network(isIP(told ?? "") ? told : address);
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
