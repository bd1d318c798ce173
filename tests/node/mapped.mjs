// Tables as applications have them, and what of a resource is in them.

import { bool, int, joinTable, jsonb, table, text, ts, uuid } from "../../bindings-node/js/index.js";

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

// What the kit of stores asks of a table: identifiers and members of any form, and the version
// that the engine makes. With `keeping`, rows count as deleted; with `counting`, versions are in a
// column.
export async function plainTables(pool, schema, keeping = false, counting = false) {
  await pool.query(`
    CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.users (id text PRIMARY KEY, org text NOT NULL, login text NOT NULL, password_hash text, enabled boolean,
      first_name text, last_name text, external_id text, department text,
      created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, scim_extra jsonb, gone_at timestamptz, changes bigint);
    CREATE UNIQUE INDEX ON ${schema}.users (org, md5(lower(login)))${keeping ? " WHERE gone_at IS NULL" : ""};
    CREATE TABLE ${schema}.teams (id text PRIMARY KEY, org text NOT NULL, name text, created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL, scim_extra jsonb, gone_at timestamptz, changes bigint);
    CREATE TABLE ${schema}.team_members (team_id text NOT NULL, user_id text NOT NULL, PRIMARY KEY (team_id, user_id));`);
  const meta = { created: ts("created_at"), lastModified: ts("updated_at"), ...(counting && { version: int("changes") }) };
  const softDelete = keeping ? { softDelete: ts("gone_at") } : {};
  return {
    User: table(`${schema}.users`, {
      id: text("id"),
      userName: text("login").ci().unique(),
      password: text("password_hash"),
      active: bool("enabled"),
      name: { givenName: text("first_name"), familyName: text("last_name") },
      externalId: text("external_id"),
      [ENTERPRISE]: { department: text("department") },
      meta,
      tenant: text("org"),
      rest: jsonb("scim_extra"),
      ...softDelete,
    }),
    Group: table(`${schema}.teams`, {
      id: text("id"),
      displayName: text("name"),
      members: joinTable(`${schema}.team_members`, { group: "team_id", user: "user_id", references: false }),
      meta,
      tenant: text("org"),
      rest: jsonb("scim_extra"),
      ...softDelete,
    }),
  };
}

export const ORG = "0f0e3a52-8d0d-4c56-9a3f-3c1d2f1b7a01";

// An application's: UUIDs, foreign keys, a version that counts, rows that count as deleted; those
// of teams only with `teamsToo`, which then have a column for it.
export async function appTables(pool, schema, teamsToo = false) {
  await pool.query(`
    CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.users (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      org_id uuid NOT NULL,
      email varchar(120) NOT NULL,
      enabled boolean NOT NULL DEFAULT TRUE,
      first_name text,
      last_name text,
      role text NOT NULL DEFAULT 'member',
      manager_id uuid REFERENCES ${schema}.users (id),
      scim_external_id text,
      password_hash text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      deleted_at timestamptz,
      row_version integer NOT NULL DEFAULT 1,
      scim_extra jsonb
    );
    CREATE UNIQUE INDEX users_email ON ${schema}.users (org_id, lower(email)) WHERE deleted_at IS NULL;
    CREATE TABLE ${schema}.teams (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      org_id uuid NOT NULL,
      name text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      row_version integer NOT NULL DEFAULT 1,
      scim_extra jsonb
    );
    CREATE TABLE ${schema}.team_members (
      team_id uuid NOT NULL REFERENCES ${schema}.teams (id),
      user_id uuid NOT NULL REFERENCES ${schema}.users (id),
      PRIMARY KEY (team_id, user_id)
    );`);
  const meta = { created: ts("created_at"), lastModified: ts("updated_at"), version: int("row_version") };
  return {
    User: table(`${schema}.users`, {
      id: uuid("id"),
      userName: text("email").ci().unique(),
      active: bool("enabled"),
      "name.givenName": text("first_name"),
      "name.familyName": text("last_name"),
      externalId: text("scim_external_id"),
      password: text("password_hash"),
      [`${ENTERPRISE}:manager.value`]: uuid("manager_id"),
      meta,
      softDelete: ts("deleted_at"),
      tenant: uuid("org_id"),
      rest: jsonb("scim_extra"),
    }),
    Group: table(`${schema}.teams`, {
      id: uuid("id"),
      displayName: text("name"),
      members: joinTable(`${schema}.team_members`, { group: "team_id", user: "user_id" }),
      meta,
      tenant: uuid("org_id"),
      ...(teamsToo && { softDelete: ts("deleted_at") }),
      rest: jsonb("scim_extra"),
    }),
  };
}

/** Asks an endpoint without a socket. */
export async function ask(scim, method, path, body, headers = {}) {
  const request = new Request(`https://scim.example.test/scim/v2${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { "content-type": "application/scim+json", ...headers },
  });
  const response = await scim.fetch(request);
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}
