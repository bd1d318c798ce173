// Cases about requests and their answers.

import { differing, lookUp, missing, refused } from "./compare.mjs";
import { as, decoder, encoder } from "./inputs.mjs";

const START = Date.UTC(2026, 2, 1, 9, 30, 0);
const BASE_URL = "https://scim.example.test/v2";

export function* protocol(api, vector) {
  for (const input of ["object", "text", "bytes"]) {
    yield [
      input,
      () => {
        const server = new api.MemoryServer(vector.config);
        for (const resource of vector.store ?? []) server.insert(as(input, resource));
        let nextId = 1;
        let cursor = "";
        let told = 0;
        for (const [index, step] of vector.steps.entries()) {
          // `{nextCursor}` is that of the last answer that had one.
          const { request, task, expect, env } = JSON.parse(JSON.stringify(step).replaceAll("{nextCursor}", cursor));
          const now = new Date(START + index * 1000).toISOString().replace(".000Z", "Z");
          const ids = Array.from({ length: 64 }, (_, offset) => `id-${nextId + offset}`);
          const about = { now, ids, baseUrl: BASE_URL, ...env };
          const answer = task === undefined ? server.handle(bodied(request, input), about) : server.task(task, about);
          nextId += created(answer);
          cursor = bodyOf(answer)?.nextCursor ?? cursor;
          const problem = unexpected(answer, expect);
          if (problem !== undefined) return `step ${index + 1}: ${problem}`;
          const changes = server.changes(told);
          told = changes.at(-1)?.seq ?? told;
          const other = otherEvents(changes.map(({ event }) => event), expect);
          if (other !== undefined) return `step ${index + 1}: ${other}`;
        }
        return undefined;
      },
    ];
  }
}

// The claims of tokens for an event.
export function* events(api, { event, options, claims, error }) {
  for (const input of ["object", "text"]) {
    yield [
      input,
      () => {
        const run = () => api.securityEvent(as(input, event), options);
        return error === undefined ? differing("claims", run(), claims) : refused(run, error);
      },
    ];
  }
}

// `untold`: what is in none of the events.
function otherEvents(events, { events: expected, untold = [] }) {
  const problem = expected && missing(events, expected, "events");
  const told = untold.find((name) => events.some((event) => event[name] !== undefined));
  if (problem === undefined && told === undefined) return undefined;
  return `${problem ?? `${told} should be absent`}\nevents: ${JSON.stringify(events)}`;
}

// A step takes one identifier for each resource that it creates.
function created(answer) {
  if (answer.status !== 200) return answer.status === 201 ? 1 : 0;
  const { Operations = [] } = bodyOf(answer) ?? {};
  return Operations.filter(({ status }) => status === "201").length;
}

function bodyOf({ body }) {
  return body.length === 0 ? undefined : JSON.parse(decoder.decode(body));
}

function bodied({ body, bodyText, ...request }, input) {
  if (bodyText !== undefined) return { ...request, body: input === "bytes" ? encoder.encode(bodyText) : bodyText };
  return body === undefined ? request : { ...request, body: as(input, body) };
}

function unexpected(answer, expect) {
  const text = decoder.decode(answer.body);
  const about = (problem) => problem && `${problem}\nanswered ${answer.status}: ${text.slice(0, 600)}`;
  if (answer.status !== expect.status) return about(`status ${answer.status}, not ${expect.status}`);
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    const actual = answer.headers[name];
    if (value === "*" ? actual === undefined : actual !== (value ?? undefined)) return about(`header ${name}: ${actual}, not ${value}`);
  }
  if (expect.noBody) return text === "" ? undefined : about("a body, where none should be");
  if (expect.body === undefined && expect.absent === undefined) return undefined;
  const body = JSON.parse(text);
  for (const pointer of expect.absent ?? []) {
    if (lookUp(body, pointer) !== undefined) return about(`${pointer} should be absent`);
  }
  return expect.body === undefined ? undefined : about(missing(body, expect.body, ""));
}
