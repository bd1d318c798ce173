// The shared cases of tests/vectors, read from disk.

import { readFile, readdir } from "node:fs/promises";

const FOLDER = new URL("../vectors/", import.meta.url);

/** The text of every file, each a list of cases. */
export async function caseTexts() {
  const names = (await readdir(FOLDER, { recursive: true })).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(names.map((name) => readFile(new URL(name, FOLDER), "utf8")));
}
