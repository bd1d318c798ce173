// The generated data, and the peers: both lie in the target folder.

import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.env.SCIMFORGE_PEERS;
if (folder === undefined) throw new Error("run this as `cargo xtask bench --peers`");

/** The lines of a file, up to `count`. */
export function lines(name, count = Infinity) {
  const all = readFileSync(join(folder, "data", name), "utf8").split("\n");
  return all.slice(0, count);
}

export const FILTERS = lines("filters.ndjson").map((line) => JSON.parse(line));
export const PATCHES = lines("patches.ndjson");

const fromPeers = createRequire(pathToFileURL(join(folder, "node", "package.json")));

/** `{ name, module }`, or `{ name, reason }` where it is not installed. */
export async function peer(name) {
  const versions = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")).dependencies;
  const full = `${name} ${versions[name]}`;
  try {
    const loaded = await import(pathToFileURL(fromPeers.resolve(name)).href);
    return { name: full, module: loaded.default ?? loaded };
  } catch (error) {
    return { name: full, reason: `${full} is not installed (${error.code ?? error.message})` };
  }
}

/** A user of a server that is measured. */
export const user = (number) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName: `user${number}@north.test`,
  name: { givenName: "Rosa", familyName: `Lind${number}` },
  emails: [{ value: `user${number}@north.test`, type: "work", primary: true }],
  active: true,
});

const FULL = JSON.parse(firstLine("users.ndjson"));

// The file has 140 MB.
function firstLine(name) {
  const file = openSync(join(folder, "data", name));
  const head = Buffer.alloc(1 << 16);
  const size = readSync(file, head);
  closeSync(file);
  return head.subarray(0, size).toString().split("\n", 1)[0];
}

/** A generated user with all that a directory has of one, as a client sends it. */
export function fullUser(number) {
  const { id, meta, groups, ...given } = structuredClone(FULL);
  return { title: "Planner", ...given, userName: `full${number}@north.test` };
}
