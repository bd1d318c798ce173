// A resource as a form holds it: extensions under names without dots, empty text for what is
// absent, checkboxes that say "on". Form libraries split names at dots, and the URN of an extension
// has one.

/**
 * The form's side of a schema. `aliases` names extensions: `{ badge: "urn:example:…:2.0:User" }`;
 * the others get a name made from their URN.
 */
export function formView(schema, { aliases = {} } = {}) {
  const { resourceType } = schema.toJSON();
  const described = schema.fields().filter((field) => !same(field.name, "schemas"));
  const fields = named(described, aliases, resourceType.name);
  const extensions = fields.filter(isExtension);

  function read(values) {
    const cleaned = cleanObject(values ?? {}, fields);
    const members = Object.entries(cleaned.value ?? {}).filter(([name]) => !same(name, "schemas"));
    const used = members.map(([name]) => name).filter((name) => extensions.some((extension) => extension.name === name));
    const resource = { schemas: [resourceType.schema, ...used], ...Object.fromEntries(members) };
    return { resource, cleaned };
  }

  // An issue, placed where the form has the value.
  function placed(issue, cleaned) {
    return { ...issue, path: formPath(issue.path, cleaned) };
  }

  const view = {
    fields,

    /** Values for a form, copied from a resource. */
    toForm(resource) {
      const members = Object.entries(JSON.parse(JSON.stringify(resource ?? {})));
      return Object.fromEntries(
        members
          .filter(([name]) => !same(name, "schemas"))
          .map(([name, value]) => [extensions.find((field) => same(field.name, name))?.key ?? name, value]),
      );
    },

    /** The resource that a form's values say. */
    fromForm(values) {
      return read(values).resource;
    },

    /** Issues whose `path` is the form's; `pointer` and `scimPath` stay the resource's. */
    validate(values, options) {
      const { resource, cleaned } = read(values);
      return schema.validate(resource, options).map((issue) => placed(issue, cleaned));
    },

    /** The same for one field, given by its path in the form. */
    validateAt(values, path, options) {
      const { resource, cleaned } = read(values);
      return schema
        .validateAt(resource, resourcePath(path, cleaned, extensions), options)
        .map((issue) => placed(issue, cleaned));
    },
  };

  // Standard Schema v1 over form values: what comes out is the resource.
  view["~standard"] = {
    version: 1,
    vendor: "scimforge",
    validate(values) {
      const issues = view.validate(values).filter(({ severity }) => severity === "error");
      return issues.length === 0
        ? { value: view.fromForm(values) }
        : { issues: issues.map(({ message, path }) => ({ message, path })) };
    },
  };
  return view;
}

// ---- names ----

function isExtension(field) {
  return field.name.includes(":");
}

function named(fields, aliases, resourceName) {
  const wanted = new Map();
  for (const [alias, urn] of Object.entries(aliases)) {
    const field = fields.find(({ name }) => isExtension({ name }) && same(name, urn));
    if (field === undefined) throw new TypeError(`scimforge: the alias ${alias} is for no extension of ${resourceName}`);
    if (!/^[A-Za-z_]\w*$/.test(alias)) throw new TypeError(`scimforge: the alias ${alias} is not a plain name`);
    wanted.set(field.name, alias);
  }
  const taken = new Set(fields.filter((field) => !isExtension(field)).map(({ name }) => name.toLowerCase()));
  for (const alias of wanted.values()) {
    if (taken.has(alias.toLowerCase())) throw new TypeError(`scimforge: the name ${alias} is taken`);
    taken.add(alias.toLowerCase());
  }
  return fields.map((field) => {
    if (!isExtension(field)) return { ...field, key: field.name };
    const key = wanted.get(field.name) ?? free(shortName(field.name, resourceName), taken);
    taken.add(key.toLowerCase());
    return { ...field, key };
  });
}

// The word of a URN that tells it from others: "enterprise" of "…:extension:enterprise:2.0:User".
function shortName(urn, resourceName) {
  const words = urn.split(":").filter((word) => /[A-Za-z]/.test(word) && !same(word, resourceName));
  const word = (words.at(-1) ?? "extension").replace(/\W+/g, "_");
  return /^[A-Za-z_]/.test(word) ? word : `_${word}`;
}

function free(name, taken) {
  let number = 2;
  let candidate = name;
  while (taken.has(candidate.toLowerCase())) candidate = `${name}${number++}`;
  return candidate;
}

function same(one, other) {
  return one.toLowerCase() === other.toLowerCase();
}

// ---- values ----

// Every step gives the clean value (`undefined` for nothing) and how to find its parts again:
// `members` by name, with the form's own `key`; `items` with the `index` they had in the form.

function clean(value, field) {
  if (Array.isArray(value)) {
    const items = value
      .map((item, index) => ({ ...clean(item, field), index }))
      .filter((item) => item.value !== undefined);
    return items.length === 0 ? { value: undefined } : { value: items.map((item) => item.value), items };
  }
  if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    return cleanObject(value, field?.fields ?? []);
  }
  return { value: cleanScalar(value, field?.type) };
}

function cleanObject(values, fields) {
  const members = Object.entries(values)
    .map(([key, value]) => {
      const field = fields.find((candidate) => (candidate.key ?? candidate.name) === key);
      return { ...clean(value, field), key, name: field?.name ?? key };
    })
    .filter(({ value }) => value !== undefined);
  const value = Object.fromEntries(members.map((member) => [member.name, member.value]));
  return members.length === 0 ? { value: undefined, members } : { value, members };
}

const TRUTHS = new Map([
  ["on", true],
  ["true", true],
  ["off", false],
  ["false", false],
]);

function cleanScalar(value, type) {
  if (value === null || value === "") return undefined;
  if (typeof value !== "string") return value;
  switch (type) {
    case "boolean":
      return TRUTHS.get(value) ?? value;
    case "integer":
      return /^\s*-?\d{1,15}\s*$/.test(value) ? Number(value) : value;
    case "decimal":
      return value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
    case "dateTime":
      return isLocalDateTime(value) ? new Date(value).toISOString() : value;
    default:
      return value;
  }
}

// What `<input type="datetime-local">` holds: no zone, so the zone of the person is meant. A year
// or month that the calendar lacks is left for the validation to refuse.
function isLocalDateTime(value) {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(value) && !Number.isNaN(new Date(value).getTime());
}

// ---- places ----

function formPath(path, cleaned) {
  let at = cleaned;
  return path.map((step) => {
    const part = typeof step === "number" ? at?.items?.[step] : at?.members?.find(({ name }) => name === step);
    at = part;
    return part?.index ?? part?.key ?? step;
  });
}

function resourcePath(path, cleaned, extensions) {
  const steps = [];
  let at = cleaned;
  for (const [depth, step] of path.entries()) {
    if (typeof step === "number") {
      const position = at?.items?.findIndex(({ index }) => index === step) ?? -1;
      // An empty item is not in the resource: its list is meant.
      if (position < 0) break;
      steps.push(position);
      at = at.items[position];
    } else {
      const part = at?.members?.find(({ key }) => key === step);
      const absent = depth === 0 ? extensions.find(({ key }) => key === step)?.name : undefined;
      steps.push(part?.name ?? absent ?? step);
      at = part;
    }
  }
  return steps;
}
