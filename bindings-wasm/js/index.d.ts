import type * as scimforge from "./types.js";

export * from "./types.js";

/** Node alone has it; as has it `types()` of a schema, which throws here. */
export const lintSchema: undefined;
/** Node alone has it. */
export const schemaChanges: undefined;
/** Node alone has it; as has it a schema, which throws here. */
export const explainPatch: undefined;
/** Node alone has it; as has it a schema, which throws here. */
export const inverse: undefined;

/** Node alone has it; as has it `filterFrom()` of a schema, `explain()` and `simplified()` of a filter, which throw here. */
export const filterFrom: undefined;
/** Node alone has it. */
export const caret: undefined;

/** Where the WebAssembly comes from; by default from beside this module. */
export type WasmSource = string | URL | Request | Response | WebAssembly.Module | ArrayBuffer | Uint8Array;

export interface LoadOptions {
  /** The file, or a function that gives it (and may be asynchronous). */
  wasm?: WasmSource | (() => WasmSource | Promise<WasmSource>) | undefined;
  /**
   * `full` (the default) has everything. `validator` is about a third of the size and has
   * schemas, validation and form fields: no filters, PATCH, projection, server or migration.
   */
  bundle?: "full" | "validator" | undefined;
}

/** What the full bundle offers. */
export type Api = Omit<
  typeof scimforge,
  "load" | "lintSchema" | "schemaChanges" | "explainPatch" | "inverse" | "filterFrom" | "caret"
>;

/** What the validator bundle offers. */
export interface ValidatorApi extends Pick<Api, "ScimError" | "validate" | "isValid" | "codes" | "profiles" | "version"> {
  schema<N extends scimforge.BuiltinName>(name: N): ValidatorSchema<scimforge.BuiltinResources[N]>;
  schema<R = scimforge.Resource>(documents: scimforge.Input<scimforge.SchemaDocuments>): ValidatorSchema<R>;
}

/** A schema in the validator bundle. */
export type ValidatorSchema<R = scimforge.Resource> = Omit<
  scimforge.Schema<R>,
  | "filter"
  | "filterFrom"
  | "applyPatch"
  | "applyPatchText"
  | "explainPatch"
  | "inverse"
  | "diff"
  | "project"
  | "toJsonSchema"
  | "types"
  | "~standard"
> &
  scimforge.StandardSchemaV1<unknown, R>;

/**
 * Fetches and starts a bundle, once: later calls give the same API. Everything else in this
 * package needs it first.
 *
 * @example
 * const { schema } = await load();
 * schema("User").validate({ userName: "rosa" });
 */
export function load(options?: LoadOptions & { bundle?: "full" | undefined }): Promise<Api>;
export function load(options: LoadOptions & { bundle: "validator" }): Promise<ValidatorApi>;
