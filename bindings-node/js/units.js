// Sizes and times as people write them.

const SIZE = /^(\d+) ?(b|kb|mb)?$/i;
const BYTES = { b: 1, kb: 1 << 10, mb: 1 << 20 };
const TIME = /^(\d+) ?([smhd])$/;
const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

export const isSize = (text) => SIZE.test(text);
export const isTime = (text) => TIME.test(text);

// A number, or a text such as "1mb". What is neither, the engine refuses by name.
export function bytes(size) {
  const match = typeof size === "string" ? SIZE.exec(size) : null;
  return match === null ? size : Number(match[1]) * BYTES[(match[2] ?? "b").toLowerCase()];
}

// A number, or a text such as "1h".
export function seconds(time) {
  const match = typeof time === "string" ? TIME.exec(time) : null;
  return match === null ? time : Number(match[1]) * SECONDS[match[2]];
}
