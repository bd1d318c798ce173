// A server to be measured: `node served.mjs memory|sqlite FILE|postgres FOLDER|scimmy USERS|bare`.
// It tells its parent the port, and when asked, the CPU time and the memory that it has used.

import { createServer } from "node:http";

import { createScimHandler, memoryStore, none, pgStore, sqliteStore } from "../../../bindings-node/js/index.js";
import { fullUser, peer, user } from "./data.mjs";

const [kind, place] = process.argv.slice(2);

async function postgres() {
  const { module: pg } = await peer("pg");
  return pgStore(new pg.Pool({ host: place, user: "postgres", database: "postgres", max: 4 }));
}

async function scimmy() {
  const { module: SCIMMY } = await peer("scimmy");
  const { module: routers } = await peer("scimmy-routers");
  const { module: express } = await peer("express");
  const users = new Map();
  const date = "2026-03-01T09:30:00Z";
  const put = (id, data) => users.set(id, { ...data, id, meta: { resourceType: "User", created: date, lastModified: date } });
  for (let index = 0; index < Number(place); index += 1) put(`seed-${index}`, user(index));
  let next = 0;
  SCIMMY.Resources.declare(SCIMMY.Resources.User)
    .extend(SCIMMY.Schemas.EnterpriseUser, false)
    .ingress((resource, data) => {
      const id = resource.id ?? `u-${(next += 1)}`;
      put(id, JSON.parse(JSON.stringify(data)));
      return users.get(id);
    })
    .egress((resource) => {
      if (resource.id === undefined) return [...users.values()];
      if (!users.has(resource.id)) throw new SCIMMY.Types.Error(404, null, "not found");
      return users.get(resource.id);
    })
    .degress((resource) => void users.delete(resource.id));
  const app = express();
  const Routers = routers.default ?? routers;
  app.use("/scim/v2", new Routers({ type: "bearer", handler: () => "bench" }));
  return app;
}

const fixed = { full: JSON.stringify({ ...fullUser(0), id: "u-1" }), small: JSON.stringify({ ...user(0), id: "u-1" }) };
const bare = ({ url }, res) =>
  res.writeHead(200, { "content-type": "application/scim+json" }).end(url.endsWith("full") ? fixed.full : fixed.small);
const stores = { memory: memoryStore, sqlite: () => sqliteStore(place), postgres };

async function listener() {
  if (kind === "bare") return bare;
  if (kind === "scimmy") return scimmy();
  const scim = createScimHandler({ store: await stores[kind](), auth: none(), limits: { maxResults: 1000 } });
  return scim.node();
}

const server = createServer(await listener());
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("message", () => process.send({ cpu: process.cpuUsage(), rss: process.memoryUsage().rss }));
process.on("disconnect", () => process.exit());
