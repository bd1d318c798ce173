// The JavaScript face of scimforge, the same in Node and in the browser: one wrapper over two
// natives. `types.d.ts` documents what is here.

import { ScimError, bytes, call, failure, inBytes, input, isBytes, options, place, pointer, stringify, tree, utf8, wellFormed } from "./crossing.js";

export { ScimError };

// Not every browser bundle has everything.
function offered(handle, name) {
  if (handle[name] === undefined) throw new Error(`scimforge: this bundle has no ${name}(), the server bundle has`);
  return handle;
}

// ---- work on one schema; `ready` is what `value` became for the engine ----

function validate(handle, value, ready, given) {
  return foundIn(call(() => handle.validate(ready, options(given)), value), value);
}

// The issues, if there are any.
function foundIn(found, value) {
  return found === undefined || found === "[]" ? [] : place(JSON.parse(found), value);
}

function isValid(handle, value, ready, given) {
  return call(() => handle.isValid(ready, options(given)), value);
}

function applyPatch(handle, value, ready, patch, given) {
  return patching(handle, value, ready, patch, (message) => handle.applyPatch(ready, message, options(given)));
}

function explainPatch(handle, value, ready, patch, given) {
  const told = patching(handle, value, ready, patch, (message) => handle.explainPatch(ready, message, options(given)));
  return traced(JSON.parse(told), patch);
}

function inverse(handle, value, ready, patch, given) {
  return JSON.parse(patching(handle, value, ready, patch, (message) => handle.inverse(ready, message, options(given))));
}

function patching(handle, value, ready, patch, run) {
  const message = input(patch);
  try {
    return run(message);
  } catch (error) {
    throw failure(error, (issues) => issues.flatMap((issue) => place([issue], patchText(handle, issue, value, ready, patch))));
  }
}

function project(handle, value, ready, given) {
  return JSON.parse(call(() => handle.project(ready, options(given)), value));
}

function diff(handle, old, ready, value) {
  const after = input(value);
  return JSON.parse(call(() => handle.diff(ready, after), old));
}

// Which text the place in an issue of a PATCH is about: the path of an operation, the document
// if reading it alone finds the same, or the message.
function patchText(handle, issue, value, ready, patch) {
  if (issue.span === undefined) return undefined;
  const operation = /^\/operations\/(\d+)\/path$/i.exec(issue.pointer);
  if (operation !== null) return pathOf(patch, Number(operation[1]));
  const same = (other) => other.code === issue.code && String(other.span) === String(issue.span);
  return JSON.parse(handle.validate(ready, "") ?? "[]").some(same) ? value : patch;
}

// Places in the trace of a PATCH are in the paths of its operations.
function traced(outcome, patch) {
  const { trace, operations = [] } = outcome;
  for (const entry of [trace, ...operations.map((operation) => operation.trace)].flat()) {
    const index = entry.span && /^\/operations\/(\d+)\/path$/i.exec(entry.pointer)?.[1];
    if (index !== undefined) place([entry], pathOf(patch, Number(index)));
  }
  return outcome;
}

function pathOf(patch, index) {
  const message = typeof patch === "string" ? JSON.parse(patch) : isBytes(patch) ? JSON.parse(utf8(input(patch))) : patch;
  const operations = member(message, "operations");
  return member(Array.isArray(operations) ? operations[index] : operations, "path");
}

function member(object, wanted) {
  return Object.entries(object ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

// An explanation and the parts that it has.
function partsOf(explanation) {
  const { and, or, not, filter } = explanation;
  const inner = and ?? or ?? [not ?? filter].filter((part) => part !== undefined);
  return [explanation, ...inner.flatMap(partsOf)];
}

// Stand for a document of which nothing but its kind matters: to which its places refer.
const NO_BYTES = new Uint8Array(0);
const NO_TEXT = {};

// Says that a class is made by this module and not by `new`.
const NEW = Symbol("scimforge");

export function makeApi(native) {
  // What a filter and a document are in the engine, for each other; `undefined` of anything else.
  let filterHandle;
  let documentHandle;

  class Filter {
    #handle;
    #expression;
    #trace;
    #text;

    constructor(key, handle, text) {
      if (key !== NEW) throw new TypeError("a Filter comes from schema.filter()");
      this.#handle = handle;
      this.#text = text;
    }

    static {
      filterHandle = (value) => (typeof value === "object" && value !== null && #handle in value ? value.#handle : undefined);
    }

    matches(value) {
      return call(() => this.#handle.matches(input(value)), value);
    }

    toString() {
      return this.#handle.toText();
    }

    explain(value) {
      const explanation = JSON.parse(call(() => this.#handle.explain(input(value)), value));
      place(partsOf(explanation), this.#handle.source());
      return explanation;
    }

    simplified() {
      return new Filter(NEW, this.#handle.simplified());
    }

    get expression() {
      this.#expression ??= JSON.parse(this.#handle.expression());
      return this.#expression;
    }

    get trace() {
      this.#trace ??= place(JSON.parse(this.#handle.trace()), this.#text ?? this.#handle.source());
      return this.#trace;
    }
  }

  class ScimDocument {
    #handle;
    // Whether places in it mean anything to the caller.
    #given;

    constructor(key, handle, given) {
      if (key !== NEW) throw new TypeError("a ScimDocument comes from schema.document()");
      this.#handle = handle;
      this.#given = given;
    }

    static {
      documentHandle = (value) => (typeof value === "object" && value !== null && #handle in value ? value.#handle : undefined);
    }

    validate(given) {
      const found = call(() => this.#handle.validate(options(given)));
      return found === undefined ? [] : foundIn(found, this.#given());
    }

    isValid(given) {
      return call(() => this.#handle.isValid(options(given)));
    }

    matches(filter) {
      const handle = filterHandle(filter);
      if (handle === undefined) throw new TypeError("matches() takes a Filter");
      return this.#handle.matches(handle);
    }

    project(given) {
      return JSON.parse(call(() => this.#handle.project(options(given))));
    }

    applyPatch(patch, given) {
      return traced(JSON.parse(this.applyPatchText(patch, given)), patch);
    }

    applyPatchText(patch, given) {
      const message = input(patch);
      try {
        return this.#handle.applyPatch(message, options(given));
      } catch (error) {
        const about = (issue) => {
          const operation = /^\/operations\/(\d+)\/path$/i.exec(issue.pointer);
          return operation === null ? patch : pathOf(patch, Number(operation[1]));
        };
        throw failure(error, (issues) => issues.flatMap((issue) => place([issue], about(issue))));
      }
    }

    toString() {
      return this.#handle.toText();
    }

    toJSON() {
      return JSON.parse(this.toString());
    }
  }

  class Schema {
    #handle;
    #standard;

    constructor(key, handle) {
      if (key !== NEW) throw new TypeError("a Schema comes from schema()");
      this.#handle = handle;
    }

    validate(value, given) {
      return validate(this.#handle, value, input(value), given);
    }

    isValid(value, given) {
      return isValid(this.#handle, value, input(value), given);
    }

    validateAt(value, path, given) {
      const found = call(() => this.#handle.validateAt(input(value), pointer(path), options(given)), value);
      return place(JSON.parse(found), value);
    }

    fields() {
      return JSON.parse(this.#handle.fields());
    }

    toJsonSchema(given) {
      return JSON.parse(call(() => this.#handle.toJsonSchema(options(given))));
    }

    types() {
      return offered(this.#handle, "toTypescript").toTypescript();
    }

    filter(text, given) {
      const written = String(text);
      const chosen = options(given);
      try {
        return new Filter(NEW, this.#handle.filter(wellFormed(written), chosen), written);
      } catch (error) {
        throw failure(error, (issues) => place(issues, written));
      }
    }

    filterFrom(expression, given) {
      return new Filter(NEW, call(() => this.#handle.filterFrom(tree(expression), options(given)), expression));
    }

    applyPatch(value, patch, given) {
      return traced(JSON.parse(applyPatch(this.#handle, value, input(value), patch, given)), patch);
    }

    applyPatchText(value, patch, given) {
      return applyPatch(this.#handle, value, input(value), patch, given);
    }

    explainPatch(value, patch, given) {
      return explainPatch(this.#handle, value, input(value), patch, given);
    }

    inverse(value, patch, given) {
      return inverse(this.#handle, value, input(value), patch, given);
    }

    diff(old, value) {
      return diff(this.#handle, old, input(old), value);
    }

    emit(value, given) {
      return JSON.parse(call(() => offered(this.#handle, "emit").emit(input(value), options(given)), value));
    }

    emitPatch(patch, given) {
      return JSON.parse(call(() => offered(this.#handle, "emitPatch").emitPatch(input(patch), options(given)), patch));
    }

    document(value) {
      const handle = call(() => this.#handle.document(input(value)), value);
      // Bytes belong to the caller, who may change them: only that it was bytes is kept.
      const given = isBytes(value) ? NO_BYTES : typeof value === "string" ? undefined : NO_TEXT;
      const document = new ScimDocument(NEW, handle, () => given ?? document.toString());
      return document;
    }

    sort(values, given) {
      const list = Array.isArray(values) ? values : [...values];
      const order = call(() => ordered(this.#handle, list, options(given)), NO_TEXT);
      // Some engines take long over the iterator of a typed array.
      const sorted = new Array(list.length);
      for (let at = 0; at < sorted.length; at += 1) sorted[at] = list[order[at]];
      return sorted;
    }

    project(value, given) {
      return project(this.#handle, value, input(value), given);
    }

    toJSON() {
      return JSON.parse(this.#handle.toText());
    }

    // Standard Schema v1: https://standardschema.dev
    get "~standard"() {
      this.#standard ??= {
        version: 1,
        vendor: "scimforge",
        validate: (value) => standard(this, value),
        // The small browser bundle has no export.
        ...(this.#handle.toJsonSchema === undefined ? {} : { jsonSchema: standardJsonSchema(this) }),
      };
      return this.#standard;
    }
  }

  // Documents that were read before cross as they are, where the engine takes them.
  function ordered(handle, list, chosen) {
    const read = list.map(documentHandle);
    if (handle.orderDocuments !== undefined && !read.includes(undefined)) return handle.orderDocuments(read, chosen);
    return handle.order(list.map((value, at) => (read[at] === undefined ? input(value) : read[at].toText())), chosen);
  }

  function schema(description) {
    if (description instanceof Schema) return description;
    const handle = call(
      () =>
        typeof description === "string"
          ? native.Schema.named(description)
          : native.Schema.fromDocuments(input(description)),
      description,
    );
    return new Schema(NEW, handle);
  }

  // The built-in schema that a document names in `schemas`, for one call.
  function withSchemaOf(value, use) {
    const ready = input(value);
    const handle = native.Schema.forDocument(ready);
    try {
      return use(handle, ready);
    } finally {
      // WebAssembly's memory is freed at once, not when the collector comes by.
      handle.free?.();
    }
  }

  const api = {
    ScimError,
    Schema,
    Filter,
    ScimDocument,
    schema,
    validate: (value, given) => withSchemaOf(value, (handle, ready) => validate(handle, value, ready, given)),
    isValid: (value, given) => withSchemaOf(value, (handle, ready) => isValid(handle, value, ready, given)),
    filter(text, { schema: chosen = "User", ...rest } = {}) {
      return schema(chosen).filter(text, rest);
    },
    applyPatch: (value, patch, given) =>
      withSchemaOf(value, (handle, ready) => traced(JSON.parse(applyPatch(handle, value, ready, patch, given)), patch)),
    diff: (old, value) => withSchemaOf(old, (handle, ready) => diff(handle, old, ready, value)),
    project: (value, given) => withSchemaOf(value, (handle, ready) => project(handle, value, ready, given)),
    codes: () => JSON.parse(native.codes()),
    profiles: () => JSON.parse(native.profiles()),
    version: native.version(),
  };
  if (native.Schema.prototype.inverse !== undefined) {
    api.explainPatch = (value, patch, given) =>
      withSchemaOf(value, (handle, ready) => explainPatch(handle, value, ready, patch, given));
    api.inverse = (value, patch, given) =>
      withSchemaOf(value, (handle, ready) => inverse(handle, value, ready, patch, given));
  }
  if (native.lintSchema !== undefined) Object.assign(api, schemaTools(native));
  if (native.showPlace !== undefined) Object.assign(api, filterTools(native, schema));
  if (native.Migration !== undefined) Object.assign(api, migration(native));
  if (native.MemoryServer !== undefined) Object.assign(api, server(native));
  return api;
}

function standard(schema, value) {
  let found;
  try {
    // A string is a value here, not a JSON text.
    found = schema.validate(stringify(value));
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    found = error.issues;
  }
  const issues = found
    .filter((issue) => issue.severity === "error")
    .map(({ message, path }) => ({ message, path }));
  return issues.length === 0 ? { value } : { issues };
}

// What goes in and what comes out are the same document.
function standardJsonSchema(schema) {
  const given = ({ target }) => schema.toJsonSchema({ draft: /^draft-(.*)$/.exec(target)?.[1] ?? "" });
  return { input: given, output: given };
}

// ---- schema documents: absent from the small browser bundle ----

function schemaTools(native) {
  function lintSchema(document) {
    return place(JSON.parse(call(() => native.lintSchema(input(document)), document)), document);
  }

  function schemaChanges(old, value) {
    const [before, after] = [input(old), input(value)];
    try {
      return JSON.parse(native.schemaChanges(before, after));
    } catch (error) {
      // A place in a text is about the first that is no JSON.
      const isOld = JSON.parse(native.lintSchema(before))[0]?.span !== undefined;
      throw failure(error, (issues) => place(issues, isOld ? old : value));
    }
  }

  return { lintSchema, schemaChanges };
}

// ---- filters from trees, and places in texts: absent from the small browser bundle ----

function filterTools(native, schema) {
  return {
    filterFrom(expression, { schema: chosen = "User", ...rest } = {}) {
      return schema(chosen).filterFrom(expression, rest);
    },
    caret({ span }, text) {
      if (span === undefined) return undefined;
      const [whole, [start, end]] = inBytes(text, span);
      return native.showPlace(whole, start, end);
    },
  };
}

// ---- migration: absent from the small browser bundle ----

function migration(native) {
  class Migration {
    #handle;

    constructor(format, given) {
      this.#handle = call(() => new native.Migration(String(format), options(given)));
    }

    scan(chunk) {
      call(() => this.#handle.scan(bytes(chunk)));
    }

    endScan() {
      call(() => this.#handle.endScan());
    }

    convert(chunk) {
      return JSON.parse(call(() => this.#handle.convert(bytes(chunk))));
    }

    endConvert() {
      return JSON.parse(call(() => this.#handle.endConvert()));
    }

    report() {
      return JSON.parse(this.#handle.report());
    }
  }

  function migrate(format, source, given) {
    return JSON.parse(call(() => native.convertAll(String(format), bytes(source), options(given))));
  }

  return { Migration, migrate };
}

// ---- the server in memory: in the largest browser bundle alone ----

const decoder = new TextDecoder();

// What a server answers, in any store: bytes, and JSON on demand.
export class Answer {
  constructor(status, headers, body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  json() {
    return this.body.length === 0 ? undefined : JSON.parse(decoder.decode(this.body));
  }
}

// `fromEntries` defines its members: a header named `__proto__` stays a header.
export function answer({ status, headers, body }) {
  const pairs = JSON.parse(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return new Answer(status, Object.fromEntries(pairs), body);
}

export function requestText({ method, target, headers = {} }) {
  const pairs = typeof headers[Symbol.iterator] === "function" ? Object.fromEntries(headers) : headers;
  return stringify({ method, target, headers: pairs });
}

const NO_BODY = new Uint8Array(0);

export function requestBody(body) {
  return body === undefined || body === null ? NO_BODY : bytes(body);
}

// A Bulk takes an identifier for each resource that it makes, and each takes so many bytes at the least.
const BYTES_A_RESOURCE = 48;

export function environment({ now = new Date(), ids, baseUrl = "", ...rest } = {}, body, { method, target } = {}) {
  // Whatever may be a Bulk: a path can be spelled in several ways. Nothing is made by a GET.
  const least = method === "GET" ? 0 : 8;
  const many = method === "POST" && !/^\/(Users|Groups)(\/|\?|$)/.test(target ?? "");
  const most = many ? Math.floor((body?.length ?? 0) / BYTES_A_RESOURCE) : 0;
  return stringify({ now, ids: ids ?? identifiers(least + most), baseUrl, ...rest });
}

function identifiers(count) {
  return Array.from({ length: count }, () => globalThis.crypto.randomUUID());
}

function server(native) {
  class MemoryServer {
    #handle;

    constructor(config) {
      this.#handle = call(() => new native.MemoryServer(options(config)));
    }

    openapi(baseUrl = "") {
      return JSON.parse(call(() => this.#handle.openapi(baseUrl)));
    }

    insert(resource) {
      call(() => this.#handle.insert(input(resource)), resource);
    }

    handle(request, env) {
      const body = requestBody(request.body);
      return answer(call(() => this.#handle.handle(requestText(request), body, environment(env, body, request))));
    }

    task(task, env) {
      return answer(call(() => this.#handle.task(stringify(task), environment(env))));
    }

    changes(after = 0, most = 1000) {
      return JSON.parse(this.#handle.changes(after, most));
    }

    forgetChanges(upTo) {
      this.#handle.forgetChanges(upTo);
    }
  }

  function securityEvent(event, given) {
    return JSON.parse(call(() => native.securityEvent(input(event), stringify(given))));
  }

  return { MemoryServer, securityEvent };
}
