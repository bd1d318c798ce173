// How values cross into the engine, as JSON text or bytes, and how its failures come back.

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true });

export class ScimError extends Error {
  constructor(issues, status = 400, cause) {
    const [first] = issues;
    super(describe(first), cause === undefined ? undefined : { cause });
    this.name = "ScimError";
    this.code = first?.code ?? "unknown";
    this.status = status;
    this.scimType = first?.scimType;
    this.issues = issues;
  }
}

function describe(issue) {
  if (issue === undefined) return "the call failed";
  const place = issue.pointer || (issue.span === undefined ? "" : String(issue.span[0]));
  return `${issue.code}${place && ` at ${place}`}: ${issue.message}`;
}

// An issue that only this side can find: the engine never sees the value.
function refusal(code, params, message, help, spec, cause) {
  const issue = { code, severity: "error", scimPath: "", pointer: "", path: [], params, message, help, spec };
  issue.scimType = code === "foreign-value" ? "invalidValue" : "invalidSyntax";
  return new ScimError([issue], 400, cause);
}

function foreign(actual, cause) {
  return refusal(
    "foreign-value",
    { actual },
    `${actual} is no JSON value`,
    "convert it to text, a number, a boolean, a list or an object first",
    "RFC 8259",
    cause,
  );
}

// Half a surrogate pair has no UTF-8. As an escape it reaches the engine, which says what is wrong.
export function wellFormed(text) {
  if (text.isWellFormed?.() !== false) return text;
  return text.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}

export function stringify(value, replacer) {
  let text;
  try {
    text = JSON.stringify(value, replacer);
  } catch (error) {
    if (error instanceof ScimError) throw error;
    if (error instanceof RangeError) {
      throw refusal(
        "too-deep",
        {},
        "the document is nested too deeply, or contains itself",
        "SCIM needs no more than a handful of levels",
        "SEC-020",
        error,
      );
    }
    throw foreign(holdsBigInt(error) ? "a bigint" : "a value that contains itself or cannot be read", error);
  }
  // `undefined`, functions and symbols have no text.
  if (text === undefined) throw foreign(value === undefined ? "undefined" : `a ${typeof value}`);
  return text;
}

function holdsBigInt(error) {
  return error instanceof TypeError && /BigInt/i.test(error.message);
}

// A tree of a filter: JSON would make null of NaN and infinity, and a filter for null of that.
export function tree(value) {
  if (typeof value !== "object" || value === null || isBytes(value)) return input(value);
  return stringify(value, (name, member) => {
    if (typeof member === "number" && !Number.isFinite(member)) throw foreign(String(member));
    return member;
  });
}

// What the engine reads: text and bytes as they are, everything else as JSON.
export function input(value) {
  if (typeof value === "string") return wellFormed(value);
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return stringify(value);
}

export function bytes(value) {
  const ready = input(value);
  return typeof ready === "string" ? encoder.encode(ready) : ready;
}

// Most callers give a mode alone, and the same one again.
let lastMode;
let textOfLastMode;

export function options(given) {
  if (given === undefined || given === null) return "";
  const { mode } = given;
  if (typeof mode === "string" && hasNoMore(given)) {
    if (mode !== lastMode) {
      textOfLastMode = stringify({ mode });
      lastMode = mode;
    }
    return textOfLastMode;
  }
  if (given.original === undefined) return stringify(given);
  const { original, ...rest } = given;
  const others = stringify(rest);
  // The text is spliced in so that it keeps its order and its numbers; it is proven to be JSON first.
  const text = original instanceof Uint8Array ? utf8(original) : input(original);
  provenJson(text);
  return `${others.slice(0, -1)}${others === "{}" ? "" : ","}"original":${text}}`;
}

// Whether a mode is all that an object has, and its text no other than that of its members.
function hasNoMore(given) {
  return Object.getPrototypeOf(given) === Object.prototype && Object.keys(given).length === 1 && Object.hasOwn(given, "mode") && given.toJSON === undefined;
}

export function utf8(value) {
  try {
    return strictDecoder.decode(value);
  } catch (error) {
    throw refusal("invalid-utf8", {}, "the bytes are not UTF-8", "send JSON as UTF-8", "SCH-013", error);
  }
}

function provenJson(text) {
  try {
    JSON.parse(text);
  } catch (error) {
    const expected = "a JSON document";
    throw refusal(
      "invalid-json",
      { expected },
      `the text is not JSON: ${expected} was expected`,
      "check the text at the place given",
      "RFC 8259",
      error,
    );
  }
}

export function pointer(path) {
  if (typeof path === "string") return path;
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

// ---- places: the engine counts bytes, JavaScript counts UTF-16 units ----

// Units for byte offsets, in one pass over the text.
function unitsOf(text, offsets) {
  const units = new Map();
  const wanted = [...new Set(offsets)].sort((a, b) => a - b);
  let byte = 0;
  let unit = 0;
  for (const offset of wanted) {
    while (byte < offset && unit < text.length) {
      const point = text.codePointAt(unit);
      byte += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      unit += point < 0x10000 ? 1 : 2;
    }
    units.set(offset, unit);
  }
  return units;
}

// Places in text that the caller gave are counted anew; places in text that was made here from
// an object mean nothing to the caller and are dropped; places in bytes stay.
export function place(issues, given) {
  const spanned = issues.filter((issue) => issue.span !== undefined);
  if (spanned.length === 0 || isBytes(given)) return issues;
  if (typeof given !== "string") {
    for (const issue of spanned) delete issue.span;
    return issues;
  }
  const units = unitsOf(given, spanned.flatMap((issue) => issue.span));
  for (const issue of spanned) issue.span = issue.span.map((offset) => units.get(offset));
  return issues;
}

const lenientDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

// The other way: a text and a span of it in the units that `place` leaves it in, with the span in
// bytes of that text.
export function inBytes(text, span) {
  const given = isBytes(text) ? bytes(text) : String(text);
  const read = (part) => (typeof part === "string" ? part : lenientDecoder.decode(part));
  return [read(given), span.map((at) => encoder.encode(read(given.slice(0, at))).length)];
}

export function isBytes(value) {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

const FAILURE = '{"scimforge":';

// Runs a call into the engine and turns its failure into a ScimError. `given` is what the caller
// gave, the text that places are about.
export function call(run, given) {
  try {
    return run();
  } catch (error) {
    throw failure(error, (issues) => place(issues, given));
  }
}

export function failure(error, placed = (issues) => issues) {
  if (!(error instanceof Error) || !error.message.startsWith(FAILURE)) return error;
  const { status, issues } = JSON.parse(error.message).scimforge;
  return new ScimError(placed(issues), status);
}
