// An application with people of its own, which an identity provider keeps up to date.
// SCIM_TOKEN_DIGEST=sha256:… node express.mjs

import express from "express";
import { bearer, conflict, createScimHandler, versionMismatch } from "@scimforge/node";

// The application's own table: what it knows of people, and beside that what SCIM keeps of them.
const people = new Map();

const rowOf = ({ tenant, type, id }) => {
  const row = people.get(id);
  return row?.tenant === tenant && row.type === type ? row : undefined;
};

function write({ tenant, type, id }, document) {
  const { userName, displayName, active = true } = document;
  people.set(id, { tenant, type, id, login: userName?.toLowerCase(), name: displayName, enabled: active, document });
}

function checkUnique({ tenant, type, id }, unique) {
  const login = unique.find(({ path }) => path === "userName")?.key;
  for (const row of people.values()) {
    if (login !== undefined && row.tenant === tenant && row.type === type && row.id !== id && row.login === login) {
      throw conflict("userName");
    }
  }
}

function checkVersion(row, ifVersion) {
  if (ifVersion !== undefined && row.document.meta.version !== ifVersion) throw versionMismatch();
}

const store = {
  get: (key) => rowOf(key)?.document,
  // All there are: filtering, sorting and paging are done by the engine.
  query: ({ tenant, types }) =>
    [...people.values()].filter((row) => row.tenant === tenant && types.includes(row.type)).map((row) => row.document),
  insert(key, document, { unique }) {
    checkUnique(key, unique);
    write(key, document);
  },
  replace(key, document, { unique, ifVersion }) {
    const row = rowOf(key);
    if (row === undefined) return false;
    checkVersion(row, ifVersion);
    checkUnique(key, unique);
    write(key, document);
  },
  remove(key, { ifVersion }) {
    const row = rowOf(key);
    if (row === undefined) return false;
    checkVersion(row, ifVersion);
    return people.delete(key.id);
  },
};

const scim = createScimHandler({
  store,
  profile: "okta",
  auth: bearer({
    tokens: { [process.env.SCIM_TOKEN_DIGEST]: { sub: "okta", tenant: "acme", permissions: ["Users:*", "Groups:*"] } },
  }),
  rateLimit: { perToken: "25/s", burst: 100 },
  observe: { audit: ({ time, principal, operation, id, status }) => console.log(time, principal, operation, id, status) },
  onError: (error) => console.error(error),
});

const app = express();
app.use(express.json());
app.use("/scim/v2", scim.express());

// What the rest of the application does with it: who was deactivated gets no further.
app.post("/:tenant/login", (request, response) => {
  const login = String(request.body.login).toLowerCase();
  const found = [...people.values()].find((row) => row.tenant === request.params.tenant && row.login === login);
  if (found === undefined || !found.enabled) return response.status(403).json({ error: "nobody who may come in" });
  return response.json({ hello: found.name });
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening on port ${server.address().port}`);
});
process.once("SIGTERM", async () => {
  server.close();
  server.closeIdleConnections();
  await scim.close();
});
