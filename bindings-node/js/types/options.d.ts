// How much is accepted, and how much there may be of it.

import type { Input, Resource } from "./documents.js";
import type { profiles } from "./functions.js";
import type { Bent } from "./issues.js";
import type { PatchMessage } from "./patch.js";

/** The name of a set of tolerances; {@link profiles} lists what each holds. */
export type ProfileName =
  | "strict"
  | "rfc"
  | "lenient"
  | "entra"
  | "entra-legacy"
  | "microsoft-validator"
  | "okta"
  | "onelogin"
  | "google"
  | "jumpcloud"
  | "sailpoint"
  | "salesforce"
  | "wso2"
  | "aws"
  | "github"
  | "google-cloud"
  | "miro";

/** What becomes of attributes that no schema knows; `true` is `ignore` and `false` is `reject`. */
export type UnknownPolicy = "reject" | "ignore" | "keep";

/** Sizes that a call allows. What is not given is as it is by default. */
export interface Limits {
  /** Bytes of a JSON text. Default 64 MiB. */
  jsonBytes?: number | undefined;
  /** Nesting of a JSON text. Default 64, at most 256. */
  jsonDepth?: number | undefined;
  /** Bytes of a filter or path. Default 8 KiB. */
  filterBytes?: number | undefined;
  /** Nesting of a filter. Default 32, at most 64. */
  filterDepth?: number | undefined;
  /** Comparisons in a filter. Default 256. */
  filterTerms?: number | undefined;
  /** Operations in a PATCH. Default 1,000. */
  patchOperations?: number | undefined;
}

/**
 * How much of what real clients send is accepted: the name of a set of tolerances, the names of
 * several for those of all, or a base with changes.
 * Two switches of WSO2 Identity Server are known by its names as well: `keepUserName`
 * (`userNameOverride`) leaves the stored `userName` in a PUT or PATCH of a user; `exactEq`
 * (`enable_filtering_enhancements`) can only be true, since `eq` matches equal values alone.
 *
 * @example
 * const profile: Profile = { base: "rfc", booleanText: true };
 */
export type Profile =
  | ProfileName
  | ProfileName[]
  | {
      base?: ProfileName | ProfileName[] | undefined;
      unknownAttributes?: UnknownPolicy | boolean | undefined;
      [quirk: string]: boolean | ProfileName | ProfileName[] | UnknownPolicy | undefined;
    };

/** What a document is for. */
export type Mode = "create" | "replace" | "patch" | "response" | "import";

export interface ProfileOptions {
  profile?: Profile | undefined;
}

export interface LimitedOptions extends ProfileOptions {
  limits?: Limits | undefined;
}

export interface PatchOptions extends LimitedOptions {
  /** Whether the result has `operations`: what each of them did. Default no. */
  explain?: boolean | undefined;
  /** How many members of a group the PATCH may take away in all; by default any number. */
  maxMemberLoss?: number | undefined;
}

export interface ValidateOptions extends LimitedOptions {
  /** Default `create`. */
  mode?: Mode | undefined;
  /** Default `rfc`. */
  profile?: Profile | undefined;
  /** The stored document, for `replace` and `patch`: immutable attributes are compared with it. */
  original?: Input | undefined;
  /** Default 100. */
  maxIssues?: number | undefined;
}

export interface EmitOptions extends LimitedOptions {
  /** The server's. Default `rfc`. */
  profile?: Profile | undefined;
}

export interface EmitPatchOptions extends EmitOptions {
  /** The resource as it is on the server: with it every form can be found. */
  original?: Input | undefined;
}

/** What a server is sent for a resource. */
export interface EmittedResource<R = Resource> {
  /** The body of the POST or PUT. */
  resource: R;
  /** PATCH messages that must follow it: members beyond those that a create may have. */
  messages: PatchMessage[];
  /** What is otherwise than it was given. */
  trace: Bent[];
}

/** What a server is sent for a change. */
export interface EmittedPatch {
  /** To be sent one after the other; none where nothing is to change. */
  messages: PatchMessage[];
  trace: Bent[];
}

export interface ProjectOptions extends ProfileOptions {
  /** Only these, beside what is always returned. */
  attributes?: string[] | undefined;
  /** All but these. */
  excludedAttributes?: string[] | undefined;
}

export interface JsonSchemaOptions {
  /** Default `2020-12`. */
  draft?: "2020-12" | "07" | undefined;
  /** Default `create`. */
  mode?: Mode | undefined;
}
