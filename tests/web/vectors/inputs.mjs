// The ways in which a document can be handed over.

import { differing } from "./compare.mjs";

export const encoder = new TextEncoder();
export const decoder = new TextDecoder();

/** `[name, value]` for every way the document under `member` can be handed over. */
export function documents(vector, member = "given") {
  const { [member]: value, [`${member}Text`]: given, [`${member}Base64`]: encoded } = vector;
  if (encoded !== undefined) return [["bytes", base64(encoded)]];
  const text = given ?? JSON.stringify(value);
  const textAndBytes = [
    ["text", text],
    ["bytes", encoder.encode(text)],
  ];
  // A string is always taken as JSON text, so a string cannot be handed over as an object.
  const isObject = given === undefined && typeof value !== "string";
  return isObject ? [["object", value], ...textAndBytes] : textAndBytes;
}

/** The same value in the given input kind. */
export function as(input, value) {
  if (input === "object") return value;
  const text = JSON.stringify(value);
  return input === "text" ? text : encoder.encode(text);
}

export function base64(text) {
  return Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0));
}

// A document that is read once says what the schema says; in the bundles that have such. It is
// read before any limits are known.
export function held(api, schema, document, ask, expected, limits) {
  if (api.filter === undefined || limits !== undefined) return undefined;
  let once;
  try {
    once = schema.document(document);
  } catch {
    // It cannot be read, and what that means has been looked at.
    return undefined;
  }
  return differing("the document", ask(once), expected);
}

// The place in UTF-16 units of a place in bytes.
export function units(text, byte) {
  return decoder.decode(encoder.encode(text).subarray(0, byte)).length;
}
