// A resource type of one's own, with an attribute of each kind and each manner, and an extension.

export const OVEN_URN = "urn:example:params:scim:schemas:bakery:2.0:Oven";
export const WARRANTY_URN = "urn:example:params:scim:schemas:bakery:2.0:Warranty";

const SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema";
const RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

const attribute = (name, type, more = {}) => ({
  name,
  type,
  multiValued: false,
  description: `An attribute of type ${type}`,
  required: false,
  ...(type === "string" ? { caseExact: false, uniqueness: "none" } : {}),
  mutability: "readWrite",
  returned: "default",
  ...more,
});

export const OVEN_SCHEMA = {
  schemas: [SCHEMA],
  id: OVEN_URN,
  name: "Oven",
  description: "What bread is baked in",
  attributes: [
    attribute("label", "string", { required: true, caseExact: true, uniqueness: "server" }),
    attribute("lit", "boolean"),
    attribute("racks", "integer"),
    attribute("litres", "decimal"),
    attribute("sweptAt", "dateTime"),
    attribute("manual", "reference", { caseExact: true, referenceTypes: ["external"] }),
    attribute("fuel", "string", { canonicalValues: ["wood", "gas"] }),
    attribute("serial", "string", { mutability: "immutable" }),
    attribute("doorCode", "string", { mutability: "writeOnly", returned: "never" }),
    attribute("nicknames", "string", { multiValued: true }),
    attribute("door", "complex", { subAttributes: [attribute("side", "string"), attribute("photo", "binary", { caseExact: true })] }),
    attribute("bakers", "complex", {
      multiValued: true,
      subAttributes: [
        attribute("value", "string", { caseExact: true }),
        attribute("$ref", "reference", { caseExact: true, referenceTypes: ["User"] }),
        attribute("since", "dateTime"),
        attribute("type", "string", { canonicalValues: ["day", "night"] }),
        attribute("primary", "boolean"),
      ],
    }),
  ],
};

export const WARRANTY_SCHEMA = {
  schemas: [SCHEMA],
  id: WARRANTY_URN,
  name: "Warranty",
  description: "What the maker promised",
  attributes: [attribute("until", "dateTime"), attribute("covers", "string")],
};

export const OVEN = {
  schemas: [RESOURCE_TYPE],
  id: "Oven",
  name: "Oven",
  description: "Ovens",
  endpoint: "/Ovens",
  schema: OVEN_URN,
  schemaExtensions: [{ schema: WARRANTY_URN, required: false }],
};
