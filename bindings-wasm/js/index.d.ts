import type * as scimforge from "./types.js";

export * from "./types.js";

/** In the `server` bundle: `undefined` until that is loaded, and without it. */
export const MemoryServer: typeof scimforge.MemoryServer | undefined;
export type MemoryServer = scimforge.MemoryServer;

/** Where the WebAssembly comes from; by default from beside this module. */
export type WasmSource = string | URL | Request | Response | WebAssembly.Module | ArrayBuffer | Uint8Array;

export interface LoadOptions {
  /** The file, or a function that gives it (and may be asynchronous). */
  wasm?: WasmSource | (() => WasmSource | Promise<WasmSource>) | undefined;
  /**
   * - `full` (the default): everything that works on documents, and migration.
   * - `server`: `full`, and what developers need of servers and for other servers: the server in
   *   memory, `emit()` and `emitPatch()`, the schema linter, comparison and TypeScript export.
   * - `validator`: schemas, validation and form fields. No filters, PATCH, projection or migration.
   */
  bundle?: Bundle | undefined;
}

/** What is fetched: each has what those before it have. */
export type Bundle = "validator" | "full" | "server";

/** What the full bundle offers. */
export type Api = Omit<typeof scimforge, "load" | "MemoryServer" | "securityEvent" | "lintSchema" | "schemaChanges" | "schema"> & {
  schema<N extends scimforge.BuiltinName>(name: N): FullSchema<scimforge.BuiltinResources[N]>;
  schema<R = scimforge.Resource>(documents: scimforge.Input<scimforge.SchemaDocuments>): FullSchema<R>;
};

/** A schema in the full bundle. */
export type FullSchema<R = scimforge.Resource> = Omit<scimforge.Schema<R>, "types" | "emit" | "emitPatch">;

/** What the server bundle offers. */
export type ServerApi = Omit<typeof scimforge, "load">;

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
  | "document"
  | "sort"
  | "applyPatch"
  | "applyPatchText"
  | "explainPatch"
  | "inverse"
  | "diff"
  | "emit"
  | "emitPatch"
  | "project"
  | "toJsonSchema"
  | "types"
  | "emit"
  | "emitPatch"
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
export function load(options: LoadOptions & { bundle: "server" }): Promise<ServerApi>;
export function load(options: LoadOptions & { bundle: "validator" }): Promise<ValidatorApi>;
