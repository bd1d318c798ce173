// Tokens in a file that `bearer({ file })` reads: made, listed, rotated, revoked.

import { chmodSync, chownSync, closeSync, existsSync, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

import { createScimHandler, createToken, memoryStore, none, profiles } from "../index.js";
import { tokensIn } from "../auth/token-file.js";
import { nearest } from "../names.js";
import { seconds } from "../units.js";

// How long the old token lasts beside the new one, unless it is said.
const OVERLAP = "24h";

const ACTIONS = { make, list, rotate, revoke };

export async function token([action, ...more], given) {
  if (action === undefined) return tell(createToken());
  if (!Object.hasOwn(ACTIONS, action)) throw new TypeError(`token: there is no \`${action}\`; give make, list, rotate or revoke`);
  const named = action === "rotate" || action === "revoke";
  if (named !== (more.length === 1)) throw new TypeError(named ? `token ${action}: whose? Give a name or the beginning of a digest` : `what is \`${more[0]}\`?`);
  if (given.file === undefined) throw new TypeError(`token ${action}: say which --file holds the tokens`);
  return ACTIONS[action](given, more[0]);
}

async function make(given) {
  const { file, name, tenant, permissions, profile, expires } = given;
  if (name === undefined || permissions === undefined) {
    throw new TypeError('token make: give --name and --permissions, such as --name okta --permissions "Users:*,Groups:*" or "scim:*"');
  }
  if (profile !== undefined && !Object.hasOwn(profiles(), profile)) {
    throw new TypeError(`--profile takes one of ${Object.keys(profiles()).join(", ")}`);
  }
  const made = createToken();
  const list = permissions.split(",").map((one) => one.trim()).filter((one) => one !== "");
  const principal = { sub: name, tenant, permissions: list, profile, created: new Date().toISOString(), expiresAt: expires && later("expires", expires) };
  await changing(file, (tokens) => {
    tokens[made.digest] = principal;
  });
  tell(made, file);
  for (const one of list) doubt(one);
}

// A server may have permissions of its own; but what looks like one that every server has is a slip,
// and lets its client do nothing.
function doubt(permission) {
  const permissions = createScimHandler({ store: memoryStore(), auth: none() }).operations().map((one) => one.permission);
  const known = new Set(["scim:*", ...permissions, ...permissions.map((one) => one.replace(/:.*/, ":*"))]);
  const meant = known.has(permission) ? undefined : nearest(permission, [...known]);
  if (meant !== undefined) console.error(`No operation needs the permission \`${permission}\`, unless your settings say so; did you mean \`${meant}\`?`);
}

async function list({ file }) {
  const rows = Object.entries(tokensIn(file)).map(([digest, { sub = "", tenant = "", permissions = [], expiresAt }]) => [
    digest.slice(0, "sha256:".length + 12),
    sub,
    tenant,
    permissions.join(","),
    expiresAt === undefined ? "" : `${isLive({ expiresAt }) ? "until" : "ended"} ${expiresAt}`,
  ]);
  const table = [["DIGEST", "NAME", "TENANT", "PERMISSIONS", "EXPIRES"], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) console.log(row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
}

async function rotate({ file, tenant, overlap = OVERLAP, expires }, who) {
  const made = createToken();
  const until = later("overlap", overlap);
  const ends = expires && later("expires", expires);
  await changing(file, (tokens) => {
    const found = named(tokens, who, tenant).filter(([, principal]) => isLive(principal));
    if (found.length === 0) throw new Error(`no token of \`${who}\` is valid; make one`);
    const [, newest] = found.at(-1);
    tokens[made.digest] = { ...newest, created: new Date().toISOString(), expiresAt: ends };
    for (const [, principal] of found) {
      if (principal.expiresAt === undefined || new Date(principal.expiresAt) > new Date(until)) principal.expiresAt = until;
    }
  });
  tell(made, file);
  console.log(`What was valid before is so until ${until}.`);
}

async function revoke({ file, tenant }, who) {
  let count = 0;
  await changing(file, (tokens) => {
    for (const [digest] of named(tokens, who, tenant)) {
      delete tokens[digest];
      count += 1;
    }
  });
  console.log(`revoked ${count === 1 ? "one token" : `${count} tokens`}; servers that read ${file} refuse ${count === 1 ? "it" : "them"} at once`);
}

// By the beginning of one digest, or by a name; the same name in two tenants is two clients.
function named(tokens, who, tenant) {
  const all = Object.entries(tokens).filter(([, principal]) => tenant === undefined || principal.tenant === tenant);
  if (/^(sha256:)?[0-9a-f]{8,64}$/.test(who)) {
    const found = all.filter(([digest]) => digest.replace("sha256:", "").startsWith(who.replace("sha256:", "")));
    if (found.length === 1) return found;
    if (found.length > 1) throw new Error(`several digests begin with \`${who}\`; give more of one`);
  }
  const found = all.filter(([, { sub }]) => sub === who);
  if (found.length === 0) throw new Error(`no token belongs to \`${who}\`; \`token list\` shows them`);
  const tenants = new Set(found.map(([, principal]) => principal.tenant ?? ""));
  if (tenants.size > 1) throw new Error(`\`${who}\` is in several tenants (${[...tenants].join(", ")}); give --tenant, or the beginning of a digest`);
  return found;
}

function isLive({ expiresAt }) {
  return expiresAt === undefined || new Date(expiresAt) > new Date();
}

function later(option, text) {
  if (!/^\d{1,5}[mhd]$/.test(text)) throw new TypeError(`--${option} takes a time such as 90d, 12h or 30m`);
  return new Date(Date.now() + seconds(text) * 1000).toISOString();
}

// The file is written beside itself and put in its place, so that a server reads the old one or the
// new one; of two commands, each has its turn.
async function changing(file, change) {
  const unlock = await locked(`${file}.lock`);
  try {
    const before = existsSync(file) ? statSync(file) : undefined;
    const tokens = before === undefined ? {} : tokensIn(file);
    change(tokens);
    const fresh = `${file}.${process.pid}.new`;
    writeFileSync(fresh, `${JSON.stringify({ tokens }, null, 2)}\n`, { mode: 0o600, flush: true });
    if (before !== undefined) keepOwner(fresh, before);
    renameSync(fresh, file);
  } finally {
    unlock();
  }
}

function keepOwner(path, { mode, uid, gid }) {
  chmodSync(path, mode & 0o777);
  if (process.getuid?.() !== uid) chownSync(path, uid, gid);
}

async function locked(path) {
  for (let tries = 0; ; tries += 1) {
    try {
      closeSync(openSync(path, "wx"));
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (tries === 100) throw new Error(`another command is changing the tokens; if none is, remove ${path}`);
    }
    await pause(50);
  }
}

function tell({ token, digest }, file) {
  console.log(`token   ${token}\ndigest  ${digest}\n`);
  console.log(`The token is for the client, and not shown again; ${file ?? "the server"} keeps the digest.`);
}
