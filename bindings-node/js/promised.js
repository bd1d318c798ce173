// Whether a store of the developer's own answers what it promised. A slip is found where it is
// made, and is never shown as somebody's resources.

// A resource as it was given to the store, or nothing.
export function row(call, found) {
  if (found === undefined || found === null) return null;
  const { id, schemas } = found;
  if (typeof found === "object" && typeof id === "string" && Array.isArray(schemas)) return found;
  throw new TypeError(`${call} answers a resource as it was given to \`insert\` (an object with \`id\` and \`schemas\`), not ${described(found)}${odd(found)}`);
}

// Databases count, and a number is not what clients know it by.
function odd({ id }) {
  return id === undefined || typeof id === "string" ? "" : `; its \`id\` is ${kind(id)} and not a string`;
}

// A page, or everything: which of both, nobody guesses, as with the one the filter is still to do.
export function rows(found, { limit, needTotal }) {
  if (Array.isArray(found)) return { rows: found.map(checked), residual: true };
  if (!Array.isArray(found?.rows)) {
    throw new TypeError(`store.query answers an array of resources, or { rows, residual, total }, not ${described(found)}`);
  }
  if (typeof found.residual !== "boolean") {
    throw new TypeError(
      "store.query: say `residual`: false if `rows` are the page that was asked for, filtered, sorted and cut; true if the engine is to do that",
    );
  }
  if (!found.residual && needTotal && !(Number.isSafeInteger(found.total) && found.total >= 0)) {
    throw new TypeError("store.query: a page that is complete (`residual: false`) needs the `total` of all matches, where the plan has `needTotal`");
  }
  if (!found.residual && found.rows.length > limit) {
    throw new TypeError("store.query: there are more `rows` than the `limit` of the plan; with `residual: true` the engine cuts the page");
  }
  return { ...found, rows: found.rows.map(checked) };
}

// What `call` answers is a list, of whatever it is a list of.
export function list(call, found) {
  if (Array.isArray(found)) return found;
  throw new TypeError(`${call} answers an array, not ${described(found)}`);
}

function checked(found) {
  const resource = row("store.query", found);
  if (resource === null) throw new TypeError("store.query: one of `rows` is no resource");
  return resource;
}

// The names of what is there, for the log; values are people's.
function described(found) {
  if (found === undefined) return "undefined (is a `return` missing?)";
  if (found === null || typeof found !== "object" || Array.isArray(found)) return kind(found);
  return `an object with ${Object.keys(found).slice(0, 8).join(", ") || "nothing in it"}`;
}

function kind(found) {
  if (found === null) return "null";
  if (typeof found !== "object") return `a ${typeof found}`;
  return Array.isArray(found) ? "an array" : "an object";
}
