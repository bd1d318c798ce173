// An application that has its people in PostgreSQL already (express-postgres.sql): an identity
// provider keeps the very rows up to date that the application reads.
// PGHOST=… PGDATABASE=… SCIM_TOKEN_DIGEST=sha256:… SCIM_ORG=… node express-postgres.mjs

import express from "express";
import pg from "pg";
import { bearer, bool, createScimHandler, int, joinTable, jsonb, pgStore, table, text, ts, uuid } from "@scimforge/node";

const pool = new pg.Pool();

const meta = { created: ts("created_at"), lastModified: ts("updated_at"), version: int("row_version") };

const scim = createScimHandler({
  store: pgStore(pool, {
    User: table("app.users", {
      id: uuid("id"),
      userName: text("email").ci().unique(),
      name: { givenName: text("first_name"), familyName: text("last_name") },
      active: bool("enabled"),
      externalId: text("scim_external_id"),
      meta,
      softDelete: ts("deleted_at"),
      tenant: uuid("org_id"),
      rest: jsonb("scim_extra"),
    }),
    Group: table("app.teams", {
      id: uuid("id"),
      displayName: text("name"),
      externalId: text("scim_external_id"),
      members: joinTable("app.team_members", { group: "team_id", user: "user_id" }),
      meta,
      tenant: uuid("org_id"),
      rest: jsonb("scim_extra"),
    }),
  }),
  profile: "entra",
  auth: bearer({
    tokens: { [process.env.SCIM_TOKEN_DIGEST]: { sub: "entra", tenant: process.env.SCIM_ORG, permissions: ["Users:*", "Groups:*"] } },
  }),
  onError: (error) => console.error(error),
});

// The columns and indexes that SCIM needs beside those that are there; a migration would do it.
await pool.query(scim.ddl());
await scim.ready();

const app = express();
app.use(express.json());
app.use("/scim/v2", scim.express());

// The rest of the application: it knows nothing of SCIM.
app.post("/login", async (request, response) => {
  const { rows } = await pool.query(
    `SELECT first_name, role, ARRAY(SELECT t.name FROM app.teams t JOIN app.team_members m ON m.team_id = t.id
       WHERE m.user_id = u.id ORDER BY t.name) AS teams
     FROM app.users u WHERE org_id = $1 AND lower(email) = lower($2) AND enabled AND deleted_at IS NULL`,
    [request.body.org, request.body.email],
  );
  if (rows.length === 0) return response.status(403).json({ error: "nobody who may come in" });
  return response.json({ hello: rows[0].first_name, role: rows[0].role, teams: rows[0].teams });
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening on port ${server.address().port}`);
});
process.once("SIGTERM", async () => {
  server.close();
  server.closeIdleConnections();
  await scim.close();
  await pool.end();
});
