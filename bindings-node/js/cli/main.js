#!/usr/bin/env node
// npx @scimforge/node serve | token

import { parseArgs } from "node:util";

import { version } from "../index.js";
import { serve } from "./serve.js";
import { token } from "./token.js";

const HELP = `Usage: npx @scimforge/node <command>

  serve            a SCIM server on one SQLite file
    --port <n>     default 8080; 0 for any that is free
    --host <name>  default 127.0.0.1
    --db <file>    default ./scim.db; :memory: for one that is gone with the process
    --seed <n>     n invented users, and a group for every ten, if there are none yet
    --token <sha256:…>  accept the token with this digest, and make none
    --tokens <file>     accept the tokens of this file, and make none
  token            makes a token, and the digest that the server keeps of it
  token make       the same, kept in a file that bearer({ file }) reads
    --file <file>  where the digests are; also of the next three
    --name <name>  whose token it is, such as okta
    --permissions <list>  such as "Users:*,Groups:*", or "scim:*" for everything
    --tenant <name>, --profile <name>, --expires <90d>
  token list
  token rotate <name or digest>  a new one; the old one lasts for --overlap <24h>
  token revoke <name or digest>  refused from now on
  --help, --version
`;

const OPTIONS = {
  port: { type: "string", default: "8080" },
  host: { type: "string", default: "127.0.0.1" },
  db: { type: "string", default: "./scim.db" },
  seed: { type: "string", default: "0" },
  token: { type: "string" },
  tokens: { type: "string" },
  file: { type: "string" },
  name: { type: "string" },
  permissions: { type: "string" },
  tenant: { type: "string" },
  profile: { type: "string" },
  expires: { type: "string" },
  overlap: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
};

async function main(args) {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const [command, ...more] = positionals;
  if (values.version) return console.log(version);
  if (values.help || command === undefined) return console.log(HELP);
  switch (command) {
    case "token":
      return token(more, values);
    case "serve":
      if (more.length > 0) throw new TypeError(`what is \`${more[0]}\`?`);
      return serve({ ...values, port: number("port", values.port, 65_535), seed: number("seed", values.seed, 1_000_000) });
    default:
      throw new TypeError(`there is no command \`${command}\``);
  }
}

function number(name, text, most) {
  if (!/^\d{1,7}$/.test(text) || Number(text) > most) throw new TypeError(`--${name} takes a number up to ${most}`);
  return Number(text);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`scimforge: ${error.message}`);
  const misused = error instanceof TypeError;
  if (misused) console.error("Try `npx @scimforge/node --help`.");
  process.exitCode = misused ? 2 : 1;
});
