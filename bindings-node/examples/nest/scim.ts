import { bearer, createScimHandler, sqliteStore, type ScimHandler } from "@scimforge/node";

const digest = process.env["SCIM_TOKEN_DIGEST"] as `sha256:${string}`;

export const scim: ScimHandler = createScimHandler({
  store: sqliteStore(process.env["SCIM_DATABASE"] ?? "./scim.db"),
  auth: bearer({ tokens: { [digest]: { sub: "okta", tenant: "acme", permissions: ["Users:*", "Groups:*"] } } }),
  onError: (error) => console.error(error),
});
