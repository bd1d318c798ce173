// The words in which a developer says what of a resource lies in which column, and what the engine
// reads of them.

const KINDS = { text: ["ci", "citext", "lowercase"], ts: ["utc"] };
const FOLDS = { ci: "lower", citext: "citext", lowercase: "stored" };

// A column. What is said of it makes another: columns can be kept and used twice.
class Column {
  #said;

  constructor(said) {
    this.#said = said;
    for (const [kind, words] of Object.entries(KINDS)) {
      if (kind !== said.kind) for (const word of words) this[word] = () => refuse(`${said.kind}("${said.column}")`, `.${word}() goes with ${kind}(…)`);
    }
  }

  // Case does not count, and there is an index on `lower(…)` of it.
  ci() {
    return this.#with({ fold: FOLDS.ci });
  }

  // It is of the type `citext`.
  citext() {
    return this.#with({ fold: FOLDS.citext });
  }

  // The application keeps it in lower case, and so is it written.
  lowercase() {
    return this.#with({ fold: FOLDS.lowercase });
  }

  // No two rows have the same.
  unique() {
    return this.#with({ unique: true });
  }

  // The database fills it when a row is made.
  generated() {
    return this.#with({ generated: true });
  }

  // It is a `timestamp` without a zone, in UTC.
  utc() {
    return this.#with({ utc: true });
  }

  said() {
    return this.#said;
  }

  #with(more) {
    return new Column({ ...this.#said, ...more });
  }
}

class Constant {
  constructor(value) {
    this.value = value;
  }
}

class Computed {
  constructor(work) {
    this.work = work;
  }
}

class Join {
  constructor(table, { group, user, references = "User", ...rest } = {}) {
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) refuse("joinTable", `there is no setting \`${unknown}\``);
    if (typeof table !== "string" || typeof group !== "string" || !(typeof user === "string" || user instanceof Column)) {
      refuse("joinTable", "give a table, and the names of its columns `group` and `user`");
    }
    Object.assign(this, { table, group, user, references });
  }
}

class Table {
  constructor(name, attributes) {
    if (typeof name !== "string" || attributes === null || typeof attributes !== "object") {
      refuse("table", "give the name of a table, and what its columns are");
    }
    Object.assign(this, { name, attributes });
  }
}

const columnOf = (kind) => (column) => {
  if (typeof column !== "string" || column === "") refuse(kind, "give the name of a column");
  return new Column({ column, kind });
};

export const text = columnOf("text");
export const bool = columnOf("bool");
export const int = columnOf("int");
export const ts = columnOf("ts");
export const uuid = columnOf("uuid");
export const jsonb = columnOf("jsonb");

export const table = (name, attributes) => new Table(name, attributes);
export const joinTable = (name, columns) => new Join(name, columns);

// The same in every row. Of a list, members may be columns.
export const constant = (value) => (typeof value === "function" ? computed(value) : new Constant(value));

// What a function makes of a row of the table.
export function computed(work) {
  if (typeof work !== "function") refuse("computed", "give a function of a row");
  return new Computed(work);
}

function refuse(what, why) {
  throw new TypeError(`${what}: ${why}`);
}

export const isMapping = (given) =>
  given !== null && typeof given === "object" && Object.values(given).some((one) => one instanceof Table);

// The mapping for the engine, the functions by type and path, and whether it has a place for passwords.
export function mappingOf(given) {
  const types = {};
  const functions = new Map();
  for (const [type, one] of Object.entries(given)) {
    if (!(one instanceof Table)) refuse(`pgStore: ${type}`, "give table(…), as for the other types");
    const { rest, softDelete, tenant, defaults, ...attributes } = one.attributes;
    const works = {};
    const flat = flattened(attributes, "", { given, type, works });
    if (Object.keys(works).length > 0) functions.set(type, works);
    const own = { rest, softDelete, tenant };
    const columns = Object.entries(own).filter(([, column]) => column !== undefined);
    for (const [name, column] of columns) if (!(column instanceof Column)) refuse(`pgStore: ${type}.${name}`, "give a column");
    types[type] = {
      table: one.name,
      attributes: flat,
      defaults,
      ...Object.fromEntries(columns.map(([name, column]) => [name, column.said()])),
    };
  }
  const passwords = Object.values(types).some((one) => Object.keys(one.attributes).some((path) => /^(?:.*:)?password$/i.test(path)));
  return { text: JSON.stringify(types), functions, names: Object.keys(types), passwords };
}

function flattened(attributes, before, context) {
  const found = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    const path = before + name;
    if (isPlain(value)) {
      Object.assign(found, flattened(value, `${path}${/^urn:/i.test(name) ? ":" : "."}`, context));
    } else {
      found[path] = described(value, path, context);
    }
  }
  return found;
}

const isPlain = (value) => value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;

function described(value, path, { given, type, works }) {
  if (value instanceof Column) return value.said();
  if (value instanceof Computed) {
    works[path] = value.work;
    return { computed: true };
  }
  if (value instanceof Join) return { join: joined(value, given) };
  const inner = value instanceof Constant ? value.value : value;
  if (Array.isArray(inner)) {
    return { elements: inner.map((element) => (isPlain(element) ? members(element) : element)) };
  }
  if (value instanceof Constant) return { constant: inner };
  return refuse(`pgStore: ${type}.${path}`, "give a column, constant(…), computed(…), joinTable(…), or an object of these");
}

const members = (element) =>
  Object.fromEntries(Object.entries(element).map(([name, value]) => [name, value instanceof Column ? value.said() : value]));

// The members of a group have the identifiers of the type that the join table references.
function joined({ table: name, group, user, references }, given) {
  const other = references === false || references === null ? undefined : references;
  const mapped = given[other];
  const id = mapped instanceof Table && mapped.attributes.id instanceof Column ? mapped.attributes.id.said().kind : "text";
  return {
    table: name,
    group,
    user: user instanceof Column ? user.said() : { column: user, kind: id },
    references: mapped === undefined ? undefined : other,
  };
}
