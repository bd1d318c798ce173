// An answer on its way to the client, and the record of it.

import { answer } from "./shared.js";

export class Answered {
  // A body is bytes, or if it is short and ASCII perhaps a text.
  constructor(status, headers, content, audit, reason) {
    this.status = status;
    this.headers = headers;
    this.content = content;
    this.audit = audit;
    this.reason = reason;
  }

  get body() {
    if (typeof this.content === "string") this.content = Buffer.from(this.content, "latin1");
    return this.content;
  }

  json() {
    return this.content.length === 0 ? undefined : JSON.parse(this.content.toString());
  }

  // The same with more headers. It may be the answer to somebody else as well, and stays as it is.
  with(headers) {
    if (headers === undefined) return this;
    return new Answered(this.status, { ...this.headers, ...headers }, this.content, this.audit, this.reason);
  }
}

// What the engine answers in JSON. What went wrong in the store the client does not see.
export function heard(answered, reason) {
  const { status, headers, body } = answer(answered);
  return new Answered(status, headers, body, answered.audit, reason ?? undefined);
}

// What it answers in parts.
export function heardParts([status, headers, body, audit, reason]) {
  return new Answered(status, JSON.parse(headers), body, audit ?? undefined, reason ?? undefined);
}
