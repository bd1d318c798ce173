// What the types of the browser package promise: compiled, never run. A line after
// `@ts-expect-error` must be refused.

import {
  caret,
  load,
  MemoryServer,
  schema,
  ScimError,
  type Api,
  type Issue,
  type ServerApi,
  type User,
  type ValidatorSchema,
} from "@scimforge/browser";
import { buildForm, formView, type FormView } from "@scimforge/browser/form";
import { loadSync } from "@scimforge/browser/sync";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const api: Api = await load({ wasm: () => fetch("/full.wasm") });
const issues: Issue[] = api.schema("User").validate({ userName: "rosa" });
api.filterFrom({ attribute: "title", operator: "pr" }).simplified().explain({}).matches satisfies boolean;
// @ts-expect-error nor the schema tools
api.lintSchema;
api.schema("User").sort([{ userName: "rosa" }], { sortBy: "userName" });
// @ts-expect-error the full bundle has no server
api.MemoryServer;
issues.length satisfies number;

const withServer: ServerApi = await load({ bundle: "server" });
const server: MemoryServer = new withServer.MemoryServer();
server.handle({ method: "GET", target: "/Users" }).status satisfies number;
withServer.migrate("ldif", "");
withServer.lintSchema({ attributes: [] }) satisfies Issue[];
withServer.schema("User").types() satisfies string;
// @ts-expect-error until that bundle is loaded there is none
new MemoryServer();

const small = await load({ bundle: "validator" });
const users: ValidatorSchema<User> = small.schema("User");
users.fields();
// @ts-expect-error the validator bundle has no filters
users.filter("title pr");
// @ts-expect-error and no server
small.MemoryServer;
caret({ span: [0, 5] }, "title") satisfies string | undefined;
// @ts-expect-error there is no such bundle
load({ bundle: "tiny" });

const view = formView(users);
const isForUsers: Same<typeof view, FormView<User>> = true;
isForUsers satisfies true;
const form = buildForm(document.body, view, {
  value: { userName: "rosa" },
  validate: { mode: "replace" },
  skip: ["name.formatted"],
  message: ({ code }) => code,
  onSubmit: ({ resource }) => resource.emails?.[0]?.value satisfies string | undefined,
});
form.show({ displayName: "Rosa" });
// @ts-expect-error a user has no such attribute
form.show({ displayNames: "Rosa" });

loadSync(new Uint8Array()).schema("Group").validate({});
schema("Group") satisfies ReturnType<Api["schema"]>;
new ScimError([]).code satisfies string;
