// One server for many customers: each has a path, a token and people of its own.
// TENANTS='{"acme":"sha256:…","globex":"sha256:…"}' node fastify.mjs

import Fastify from "fastify";
import { bearer, createScimHandler, sqliteStore } from "@scimforge/node";

const tokens = Object.fromEntries(
  Object.entries(JSON.parse(process.env.TENANTS)).map(([tenant, digest]) => [
    digest,
    { sub: `provisioning of ${tenant}`, tenant, permissions: ["Users:*", "Groups:*"] },
  ]),
);

const app = Fastify({ logger: { level: "warn" } });

const scim = createScimHandler({
  store: sqliteStore(process.env.SCIM_DATABASE ?? "./scim.db"),
  auth: bearer({ tokens }),
  rateLimit: { perToken: "25/s", burst: 100 },
  observe: { audit: (record) => app.log.info(record) },
  onError: (error) => app.log.error(error),
});

// The token says whose people are meant; with another tenant in the path it is refused.
await app.register(scim.fastify(), { prefix: "/t/:tenant/scim/v2" });

// The parsers of the application stay as they were.
app.post("/echo", async (request) => request.body);

await app.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" });
console.log(`listening on port ${app.server.address().port}`);

process.once("SIGTERM", async () => {
  await app.close();
  await scim.close();
});
