// The entry points for places without a server, and the form view, in Node.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const CORE = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

export async function nodeTests(test, dist) {
  const entry = (name) => import(pathToFileURL(join(dist, name)).href);

  await test("the entry for Node reads its files", async () => {
    const { load } = await entry("node.js");
    const api = await load();
    assert.equal(await load(), api);
    assert.equal(api.schema("User").isValid({ schemas: [CORE], userName: "ada" }), true);
  });

  await test("the types say what is there", async () => {
    const here = fileURLToPath(new URL(".", import.meta.url));
    const compiler = join(here, "../node_modules/typescript/bin/tsc");
    const { stdout, status } = spawnSync(process.execPath, [compiler, "--project", here], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  await test("the synchronous entry starts from bytes", async () => {
    const { loadSync } = await entry("sync.js");
    const api = loadSync(await readFile(join(dist, "full/scimforge_bg.wasm")));
    assert.equal(api.filter('userName eq "ADA"').matches({ userName: "ada" }), true);
  });

  await test("a document is read once, and documents are sorted", async () => {
    const { schema } = await (await entry("node.js")).load();
    const users = schema("User");
    const rosa = users.document('{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Rosa","nickName":7}');
    assert.deepEqual(rosa.validate().map(({ code, span }) => [code, span]), [["wrong-type", [87, 88]]]);
    assert.equal(rosa.isValid(), false);
    assert.equal(rosa.matches(users.filter('userName eq "rosa"')), true);
    assert.deepEqual(rosa.project({ attributes: ["userName"] }), { schemas: [CORE], userName: "Rosa" });
    const patched = rosa.applyPatch({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [{ op: "remove", path: "nickName" }],
    });
    assert.deepEqual([patched.changed, patched.resource.nickName, rosa.toJSON().nickName], [true, undefined, 7]);
    const bea = { userName: "bea", id: "2" };
    assert.deepEqual(users.sort([rosa, bea, '{"userName":"Ada"}'], { sortBy: "userName" }), ['{"userName":"Ada"}', bea, rosa]);
    assert.throws(() => users.sort(["{}", "["], { sortBy: "userName" }), { code: "invalid-json" });
  });

  await test("text is what it was, whatever its letters need", async () => {
    const { schema } = await (await entry("node.js")).load();
    const users = schema("User");
    for (const displayName of ["Ada", "Åsa Öberg", "李小龍", "🦀".repeat(400), `${"a".repeat(300)}é${"🦀é".repeat(300)}`]) {
      const rosa = { schemas: [CORE], userName: "rosa", displayName };
      assert.equal(users.document(JSON.stringify(rosa)).toJSON().displayName, displayName);
    }
    assert.equal(users.document("{}").toString(), "{}");
    assert.throws(() => users.document(""), { code: "invalid-json" });
    assert.throws(() => users.document('"\ud800"'), { code: "lone-surrogate" });
  });

  await test("the form view converts both ways and places issues", async () => {
    const { schema } = await (await entry("node.js")).load();
    const { formView } = await entry("form.js");
    const view = formView(schema("User"));

    const resource = {
      schemas: [CORE, ENTERPRISE],
      userName: "ada",
      active: true,
      emails: [{ value: "ada@mail.example", primary: true }],
      [ENTERPRISE]: { department: "Tides" },
    };
    const values = view.toForm(resource);
    assert.deepEqual(values.enterprise, { department: "Tides" });
    assert.equal("schemas" in values, false);
    assert.deepEqual(view.fromForm(values), resource);

    // What HTML forms say: empty texts, "on", list items that nobody filled in.
    const typed = {
      userName: "ada",
      nickName: "",
      active: "on",
      name: { givenName: "", familyName: "" },
      emails: [{ value: "" }, { value: "ada@mail.example", primary: true }, {}, { value: "b@mail.example", primary: true }],
      enterprise: { department: "" },
    };
    assert.deepEqual(view.fromForm(typed), {
      schemas: [CORE],
      userName: "ada",
      active: true,
      emails: [
        { value: "ada@mail.example", primary: true },
        { value: "b@mail.example", primary: true },
      ],
    });
    const [primary] = view.validate(typed).filter(({ code }) => code === "multiple-primary");
    assert.equal(primary.path[0], "emails");

    // The third item of the form is the second of the resource.
    const wrong = view.validate({ userName: "ada", emails: [{}, { value: "a@mail.example" }, { value: 7 }] });
    assert.deepEqual(wrong.map(({ code, path }) => [code, path]), [["wrong-type", ["emails", 2, "value"]]]);
    assert.equal(wrong[0].pointer, "/emails/1/value");
    const manager = view.validate({ userName: "ada", enterprise: { department: 4 } });
    assert.deepEqual(manager[0].path, ["enterprise", "department"]);
    const at = view.validateAt({ userName: "ada", enterprise: { department: 4 } }, ["enterprise", "department"]);
    assert.deepEqual(at.map(({ path }) => path), [["enterprise", "department"]]);

    const standard = view["~standard"].validate({ nickName: "Ada" });
    assert.deepEqual(standard.issues.map(({ path }) => path), [["userName"]]);
    assert.deepEqual(view["~standard"].validate({ userName: "ada" }), { value: { schemas: [CORE], userName: "ada" } });

    assert.throws(() => formView(schema("User"), { aliases: { title: ENTERPRISE } }), /taken/);
    assert.throws(() => formView(schema("User"), { aliases: { badge: "urn:example:none" } }), /no extension/);
    assert.throws(() => formView(schema("User"), { aliases: { "a.b": ENTERPRISE } }), /plain name/);
    const renamed = formView(schema("User"), { aliases: { work: ENTERPRISE } });
    assert.deepEqual(renamed.toForm(resource).work, { department: "Tides" });
  });
}
