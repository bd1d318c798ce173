// A file of tokens, as `npx @scimforge/node token` writes it: what `bearer` takes as `tokens`, by
// digest. It is read again when it has changed, so that a token that is revoked is refused at once.

import { existsSync, readFileSync, statSync } from "node:fs";

// How long what was read is taken for what is there.
const LOOK_AGAIN = 500;

export function tokenFile(path, read) {
  let known;
  let stamp;
  let looked = 0;

  function look() {
    const found = statSync(path, { throwIfNoEntry: false });
    const now = found && `${found.mtimeMs} ${found.size} ${found.ino}`;
    if (now !== undefined && now === stamp) return;
    known = read(tokensIn(path));
    stamp = now;
  }

  look();
  // A file that cannot be read lets nobody in: perhaps somebody was taken out of it.
  return () => {
    const now = performance.now();
    if (now - looked < LOOK_AGAIN) return known;
    look();
    looked = now;
    return known;
  };
}

export function tokensIn(path) {
  if (!existsSync(path)) throw absent(path, "there is no such file");
  const text = readFileSync(path, "utf8");
  let tokens;
  try {
    ({ tokens } = JSON.parse(text));
  } catch {
    // What stands there is nobody's to read in a log.
  }
  if (tokens === null || typeof tokens !== "object" || Array.isArray(tokens)) {
    throw absent(path, "this is no file of tokens");
  }
  return tokens;
}

function absent(path, what) {
  return new TypeError(`${path}: ${what}; \`npx @scimforge/node token make --file ${path}\` makes one`);
}
