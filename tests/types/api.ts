// What the types promise: this file is compiled, never run. A line after `@ts-expect-error` must
// be refused.

import {
  Migration,
  ScimError,
  applyPatch,
  caret,
  codes,
  filter,
  filterFrom,
  isValid,
  lintSchema,
  load,
  migrate,
  profiles,
  project,
  schema,
  schemaChanges,
  validate,
  type EnterpriseUser,
  type Explanation,
  type Expression,
  type Group,
  type Issue,
  type Outcome,
  type PatchMessage,
  type Profile,
  type Resource,
  type Schema,
  type StandardJSONSchemaV1,
  type StandardSchemaV1,
  type User,
} from "@scimforge/node";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<T extends true>(): T {
  return true as T;
}

const rosa: User = {
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName: "rosa",
  emails: [{ value: "rosa@north.test", type: "work", primary: true }, { value: "r@home.example", type: "gym" }],
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "Ovens" },
};
// @ts-expect-error: a user has a userName
const nameless: User = { schemas: [] };
// @ts-expect-error: active is a boolean
const texted: User = { ...rosa, active: "false" };
const bakers: Group = { schemas: [], displayName: "Bakers", members: [{ value: "u-1", type: "User" }] };

// schema(): the document's type follows the name.
const users = schema("User");
holds<Same<typeof users, Schema<User>>>();
const groups = schema("Group");
const department: string | undefined =
  users.applyPatch(rosa, { schemas: [], Operations: [] }).resource[
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
  ]?.department;
const members = groups.applyPatch(bakers, "{}").resource.members;
// @ts-expect-error: there is no such built-in schema
schema("Persons");
const exported: Record<string, unknown> = users.toJsonSchema({ draft: "07", mode: "response" });
// @ts-expect-error: there is no such draft
users.toJsonSchema({ draft: "draft-07" });
const standardised: StandardJSONSchemaV1 = users;
standardised["~standard"].jsonSchema.input({ target: "draft-2020-12" });
const doubts: Issue[] = lintSchema({ id: "urn:acme:Badge", attributes: [{ name: "pin" }] });
const breaking: boolean = schemaChanges("{}", { attributes: [] }).changes.some(({ verdict }) => verdict === "breaking");
interface Device extends Resource {
  serial: string;
}
const devices = schema<Device>({
  resourceType: { name: "Device", endpoint: "/Devices", schema: "urn:example:Device" },
  schemas: [{ id: "urn:example:Device", name: "Device", attributes: [{ name: "serial", required: true }] }],
});
// @ts-expect-error: an attribute has a type of the RFC's list
schema({ resourceType: { name: "X", endpoint: "/X", schema: "urn:x" }, schemas: [{ attributes: [{ name: "a", type: "date" }] }] });
const serial: string | undefined = devices.project("{}").serial;

// validate(): text, bytes or an object; issues are read by their code.
const issues: Issue[] = [
  ...users.validate(rosa, { mode: "replace", original: rosa, profile: "strict", maxIssues: 3 }),
  ...users.validate(new Uint8Array(0)),
  ...users.validateAt(rosa, ["emails", 0, "value"]),
  ...users.validateAt(rosa, "/emails/0/value"),
  ...validate("{}"),
];
const first = issues[0];
if (first?.span !== undefined) {
  const [from, to]: [number, number] = first.span;
  console.log(from, to);
}
// @ts-expect-error: unchecked access may be undefined
console.log(issues[0].code);
// @ts-expect-error: there is no such mode
users.validate(rosa, { mode: "update" });
const valid: boolean = users.isValid(rosa) && isValid(rosa);
const bent: Profile = { base: "rfc", booleanText: true };
// @ts-expect-error: there is no such profile
const unknown: Profile = "azure";

// filters
const works = filter('emails[type eq "work"]', { schema: users, profile: bent });
const same = users.filterFrom(works.expression, { profile: "strict" }).simplified();
filterFrom({ and: [{ attribute: "title", operator: "eq", value: "Baker" }] }, { schema: "User" }).matches(rosa);
// @ts-expect-error: a comparison has a value
filterFrom({ attribute: "title", operator: "eq" });
function failing(explanation: Explanation): string[] {
  if ("and" in explanation) return explanation.and.flatMap(failing);
  if ("or" in explanation) return explanation.or.flatMap(failing);
  if ("not" in explanation) return failing(explanation.not);
  if ("elements" in explanation) return explanation.filter === undefined ? [] : failing(explanation.filter);
  return explanation.matches ? [] : [`${explanation.scimPath ?? explanation.attribute} at ${explanation.span[0]}`];
}
failing(same.explain(rosa));
const pointed: string | undefined = caret({ span: [0, 5] }, "title pr");
const fits: boolean = works.matches(rosa);
function attributes(expression: Expression): string[] {
  if ("and" in expression) return expression.and.flatMap(attributes);
  if ("or" in expression) return expression.or.flatMap(attributes);
  if ("not" in expression) return attributes(expression.not);
  return [expression.attribute];
}
attributes(works.expression);

// PATCH and projection by the document's own schema
const message: PatchMessage = { schemas: [], Operations: [{ op: "replace", path: "active", value: false }] };
const patched: User = applyPatch(rosa, message).resource;
const shown: Partial<User> = project(rosa, { attributes: ["userName"] });
const told = users.applyPatch(rosa, message, { explain: true, maxMemberLoss: 3 }).operations[0]?.changes[0]?.touched[0];
const effect: "added" | "replaced" | "removed" | "unchanged" | undefined = told?.effect;
const dry: boolean = users.explainPatch(rosa, message, { profile: "strict" }).changed;
const undo = users.inverse(rosa, message);
if (undo.patch !== null) users.applyPatch(rosa, undo.patch);
const lost: string[] = undo.lost;
// @ts-expect-error: without `explain` nothing is told
users.applyPatch(rosa, message).operations;
const text: string = users.applyPatchText(JSON.stringify(rosa), JSON.stringify(message));

// errors
try {
  users.filter("");
} catch (error) {
  if (error instanceof ScimError) console.log(error.code.length, error.status.toFixed(), error.issues.length);
}

// Standard Schema: any library that takes the interface takes a schema.
function accepts<T>(standard: StandardSchemaV1<unknown, T>, value: unknown): T | undefined {
  const result = standard["~standard"].validate(value);
  return result.issues === undefined ? result.value : undefined;
}
const accepted: User | undefined = accepts(users, rosa);

// migration
const { resources, rejected, report } = migrate("ldif", "version: 1\n");
const lines: number[] = rejected.map((outcome) => outcome.line);
const run = new Migration("ldif", {});
run.scan(new Uint8Array(0));
run.endScan();
const outcomes: Outcome[] = [...run.convert("dn: cn=a\n"), ...run.endConvert()];
const enterprise: EnterpriseUser = {};

const tolerated: string[] = profiles().lenient;
const statuses: number[] = codes().map((code) => code.status);
await load();

export {
  accepted, department, dry, effect, enterprise, fits, lines, lost, members, nameless, outcomes, patched, report, resources, serial, shown,
  statuses, text, texted, tolerated, unknown, valid,
};

// Policies, limits, and what is written for servers.
const policy: Profile = { base: "rfc", unknownAttributes: "keep", nonCanonicalValues: false };
// @ts-expect-error: there is no such answer to unknown attributes
const noPolicy: Profile = { unknownAttributes: "drop" };
users.validate(rosa, { profile: policy, limits: { jsonDepth: 16 } });
// @ts-expect-error: there is no such limit
users.filter("title pr", { limits: { terms: 1 } });
const sent: string = users.emit(rosa, { profile: "aws" }).resource.userName;
const written: PatchMessage[] = users.emitPatch({ schemas: [], Operations: [] }, { original: rosa }).messages;
const where: [number, number] | undefined = users.filter("title  pr").trace[0]?.span;
users.applyPatch(rosa, { schemas: [], Operations: [] }, { explain: true, limits: { patchOperations: 10 } }).operations;
users.inverse(rosa, { schemas: [], Operations: [] }, { limits: { patchOperations: 10 } });
users.filterFrom({ attribute: "title", operator: "pr" }, { limits: { filterTerms: 1 } });
