// Elements and words for forms.

/** An element with attributes (those that are `undefined` are left out) and children. */
export function element(name, attributes = {}, children = []) {
  const node = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(attribute, value);
  }
  node.append(...children);
  return node;
}

const LABELS = new Map([
  ["ims", "Instant messaging addresses"],
  ["profileUrl", "Profile URL"],
  ["x509Certificates", "Certificates"],
  ["timezone", "Time zone"],
  ["nickName", "Nickname"],
  ["externalId", "External identifier"],
  ["$ref", "Reference"],
]);

/** A label for a field, from its name: `familyName` is "Family name". */
export function labelOf(field) {
  const name = field.key ?? field.name;
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
  return LABELS.get(name) ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** One of what a plural label names: "Email" of "Emails". */
export function singularOf(label) {
  return label.replace(/(ss|x|ch)es$/, "$1").replace(/([^s])s$/, "$1");
}
