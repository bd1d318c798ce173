// A SCIM server in one command.

import { once } from "node:events";
import { createServer } from "node:http";

import { bearer, createScimHandler, createToken, sqliteStore } from "../index.js";
import { sow } from "./seed.js";

export async function serve({ port, host, db, seed, token: digest, tokens: file }) {
  const made = createToken();
  const makes = digest === undefined && file === undefined;
  const principal = { sub: "command-line", permissions: ["scim:*"] };
  // Seeds are sown with a token of their own, which nobody gets to see.
  const own = createToken();
  const scim = createScimHandler({
    store: sqliteStore(db),
    auth: bearer({ file, tokens: { ...(makes || digest) && { [digest ?? made.digest]: principal }, [own.digest]: principal } }),
    onError: (error) => console.error(error),
  });
  const sown = seed > 0 ? await sow(scim, own.token, seed) : 0;

  const server = createServer(scim.node()).listen(port, host);
  await once(server, "listening");
  const { address, family, port: listening } = server.address();
  const base = `http://${family === "IPv6" ? `[${address}]` : address}:${listening}/scim/v2`;
  const header = `-H "Authorization: Bearer ${makes ? made.token : "$SCIM_TOKEN"}"`;
  console.log(`SCIM at ${base}, kept in ${db}${sown > 0 ? `, with ${sown} invented users` : ""}`);
  if (makes) console.log(`token   ${made.token}\ndigest  ${made.digest}`);
  console.log(`
curl ${header} "${base}/Users?count=3"
curl ${header} -H "Content-Type: application/scim+json" "${base}/Users" \\
  -d '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"rosa"}'
curl ${header} -G "${base}/Users" --data-urlencode 'filter=userName eq "rosa"'
curl "${base}/ServiceProviderConfig"`);

  const stop = async () => {
    server.close();
    server.closeIdleConnections();
    await scim.close();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}
