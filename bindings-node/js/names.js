// Names that were misspelt, and what was meant.

// Refuses a name that is none of `names`.
export function known(where, what, names, name, meant) {
  if (names.includes(name)) return;
  const near = meant ?? nearest(name, names);
  const help = near === undefined ? `there are ${names.join(", ")}` : `did you mean \`${near}\`?`;
  throw new TypeError(`${where}: there is no ${what} \`${name}\`; ${help}`);
}

// Near enough for a slip of the pen, as in the engine: one edit in five letters, two in ten, three beyond.
export function nearest(name, names) {
  const most = name.length <= 5 ? 1 : name.length <= 10 ? 2 : 3;
  const [best] = names.map((one) => ({ one, edits: distance(name.toLowerCase(), one.toLowerCase()) })).sort((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= most ? best.one : undefined;
}

// Edits from one text to another; a swap of neighbours is one.
function distance(a, b) {
  if (Math.abs(a.length - b.length) > 3) return Infinity;
  let beforeLast = [];
  let last = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      row[j] = Math.min(last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1), last[j] + 1, row[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length];
}
