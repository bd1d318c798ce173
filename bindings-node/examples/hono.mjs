// Two kinds of clients: an identity provider with a token, and an old HR system that knows only a
// name and a password, and may only read.
// SCIM_TOKEN_DIGEST=sha256:… HR_PASSWORD=… node hono.mjs

import { serve } from "@hono/node-server";
import { basic, bearer, createScimHandler, passwordHash, sqliteStore } from "@scimforge/node";
import { Hono } from "hono";

// Where passwords are set, keep the hash; the password itself is nowhere afterwards.
const password = await passwordHash(process.env.HR_PASSWORD);

const scim = createScimHandler({
  store: sqliteStore(process.env.SCIM_DATABASE ?? "./scim.db"),
  auth: [
    bearer({ tokens: { [process.env.SCIM_TOKEN_DIGEST]: { sub: "entra", tenant: "acme", permissions: ["scim:*"], profile: "entra" } } }),
    basic({ users: { hr: { password, tenant: "acme", permissions: ["Users:list", "Users:view"] } } }),
  ],
  onError: (error) => console.error(error),
});

const app = new Hono();
app.get("/", (context) => context.text("an application"));
app.all("/scim/v2/*", scim.hono());

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: "127.0.0.1" }, ({ port }) => {
  console.log(`listening on port ${port}`);
});
process.once("SIGTERM", async () => {
  server.close();
  server.closeIdleConnections();
  await scim.close();
});
