import { bearer, createScimHandler, sqliteStore } from "@scimforge/node";

const okta = { sub: "okta", tenant: "acme", permissions: ["Users:*", "Groups:*"] };

// `next build` loads this too, without the environment of the server: so the token is looked up when
// somebody asks, and nothing is written.
export const scim = createScimHandler({
  store: sqliteStore(process.env.SCIM_DATABASE ?? ":memory:"),
  auth: bearer({ lookup: (digest) => (digest === process.env.SCIM_TOKEN_DIGEST ? okta : undefined) }),
  onError: (error) => console.error(error),
});
