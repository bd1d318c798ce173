// Exported schemas in the hands of others: the TypeScript compiler, libraries that read Standard
// Schema. The shared vectors say what is in them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { ScimError, lintSchema, schema, schemaChanges } from "../../bindings-node/js/index.js";

const TSC = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));

const USE = `
import type { User, UserEmails } from "./user.js";
const email: UserEmails = { value: "rosa@north.test", type: "gym", primary: true };
export const rosa: User = {
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName: "rosa",
  emails: [email, { type: "work" }],
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { manager: { value: "u-9" } },
};
// @ts-expect-error: a user has a userName
export const nameless: User = { schemas: [] };
// @ts-expect-error: active is a boolean
export const texted: User = { ...rosa, active: "false" };
// @ts-expect-error: the server issues the id
rosa.id = "u-1";
`;

test("exported types pass the strictest compiler and mean what they say", async () => {
  const folder = await mkdtemp(join(tmpdir(), "scimforge-types-"));
  try {
    const odd = schema({
      resourceType: { name: "3D kiln", endpoint: "/Kilns", schema: "urn:acme:Kiln" },
      schemas: [
        {
          id: "urn:acme:Kiln",
          attributes: [
            { name: "class", description: "A */ in\nthe middle", canonicalValues: ['"a"', "b\\", "c\u2028"], multiValued: true },
            { name: "a-b", type: "complex", subAttributes: [{ name: "$ref", type: "reference" }] },
            { name: "a_b", type: "complex", subAttributes: [{ name: "new", required: true }] },
            { name: "bare", type: "complex" },
          ],
        },
      ],
    });
    const modules = { user: schema("User"), group: schema("Group"), kiln: odd };
    for (const name of ["ServiceProviderConfig", "ResourceType", "Schema"]) modules[name] = schema(name);
    for (const [name, one] of Object.entries(modules)) await writeFile(join(folder, `${name}.ts`), one.types());
    await writeFile(join(folder, "use.ts"), USE);
    const files = [...Object.keys(modules), "use"].map((name) => `${name}.ts`);
    const strict = ["--strict", "--noEmit", "--exactOptionalPropertyTypes", "--isolatedModules", "--types", ""];
    const settings = ["--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext"];
    const run = promisify(execFile)(process.execPath, [TSC, ...strict, ...settings, ...files], { cwd: folder });
    await run.catch(({ stdout }) => assert.fail(stdout));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("Standard Schema has JSON Schema in two drafts, and throws for others", () => {
  const users = schema("User");
  const { jsonSchema } = users["~standard"];
  const made = jsonSchema.input({ target: "draft-2020-12" });
  assert.deepEqual(made, users.toJsonSchema());
  assert.deepEqual(jsonSchema.output({ target: "draft-07" }), users.toJsonSchema({ draft: "07" }));
  for (const target of ["openapi-3.0", "2020-12", "draft-04"]) {
    assert.throws(() => jsonSchema.input({ target }), ScimError);
  }
});

test("places in the texts of schema documents are in UTF-16 units", () => {
  const good = '{"id":"urn:acme:Kiln","name":"🏺","attributes":[]}';
  const bad = '{"name":"🏺🏺", x';
  assert.equal(lintSchema(bad)[0].span[0], bad.indexOf("x"));
  for (const [old, value] of [[bad, good], [good, bad]]) {
    assert.throws(
      () => schemaChanges(old, value),
      ({ code, issues: [issue] }) => code === "invalid-json" && issue.span[0] === bad.indexOf("x"),
    );
  }
});
