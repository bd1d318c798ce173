// A PostgreSQL of our own: Debian's programs, a folder and a socket that are gone afterwards.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const HOME = "/usr/lib/postgresql";

export const isInstalled = existsSync(HOME);

// The server refuses to run as root.
function runAs(program, args, cwd) {
  const [file, given] = process.getuid() === 0 ? ["runuser", ["-u", "postgres", "--", program, ...args]] : [program, args];
  return new Promise((resolve, reject) => {
    // Whoever keeps an end of a pipe open would keep us waiting: the server is started here.
    const child = execFile(file, given, { cwd, stdio: "ignore" }, (error, _, complaint) => (error ? reject(new Error(complaint)) : undefined));
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
  });
}

// Starts one, perhaps with more settings (`fsync=on`); the answer is what `pg` connects with, and how to stop it.
export async function startPostgres(more = []) {
  const versions = (await readdir(HOME)).sort((a, b) => Number(b) - Number(a));
  const programs = join(HOME, versions[0], "bin");
  const folder = await mkdtemp(join(tmpdir(), "scimforge-postgres-"));
  await chmod(folder, 0o777);
  const data = join(folder, "data");
  // Texts sort as people expect, so that SQL which leaves that to chance is found out.
  const locale = ["--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8"];
  await runAs(join(programs, "initdb"), ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", ...locale, "-D", data], folder);
  const options = `-F -c listen_addresses='' -k ${folder}${more.map((one) => ` -c ${one}`).join("")}`;
  await runAs(join(programs, "pg_ctl"), ["start", "-w", "-l", join(data, "log"), "-o", options, "-D", data], folder);
  return {
    settings: { host: folder, user: "postgres", database: "postgres" },
    async stop() {
      await runAs(join(programs, "pg_ctl"), ["stop", "-m", "immediate", "-D", data], folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// Starts one for a whole test file; the answer is a pool of `pg`, which ends with it
// after the tests, and what others connect with.
export async function startPool(after, max = 6) {
  const { default: pg } = await import("pg");
  const server = await startPostgres();
  const pool = new pg.Pool({ ...server.settings, max });
  after(async () => {
    await pool.end();
    await server.stop();
  });
  return { pool, settings: server.settings };
}
