// What resources look like.

import type { ResourceTypeDocument, SchemaDocument } from "./schemas.js";

/** JSON that the engine reads: an object, JSON text, or JSON bytes in UTF-8. */
export type Input<R = unknown> = R | string | Uint8Array | ArrayBuffer;

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** What every resource has (RFC 7643 section 3.1). */
export interface Resource {
  /** URIs of the schemas whose attributes are in this resource. */
  schemas: string[];
  /** Given by the server, never changed. */
  id?: string;
  /** The client's own key. */
  externalId?: string;
  /** Set by the server. */
  meta?: Meta;
}

/** What the server says about a resource. */
export interface Meta {
  resourceType?: string;
  created?: string;
  lastModified?: string;
  location?: string;
  /** An entity tag such as `W/"3"`. */
  version?: string;
}

/** One value of an attribute with several values (RFC 7643 section 2.4). */
export interface MultiValue<T extends string = string> {
  value?: string;
  display?: string;
  /** What the value is for. Canonical values are suggestions; others are allowed. */
  type?: T | (string & {});
  /** At most one value is the primary one. */
  primary?: boolean;
  $ref?: string;
}

export interface Name {
  formatted?: string;
  familyName?: string;
  givenName?: string;
  middleName?: string;
  honorificPrefix?: string;
  honorificSuffix?: string;
}

export interface Address {
  formatted?: string;
  streetAddress?: string;
  locality?: string;
  region?: string;
  postalCode?: string;
  /** Two letters, ISO 3166-1. */
  country?: string;
  type?: "work" | "home" | "other" | (string & {});
  primary?: boolean;
}

/** A group that a user is in; set by the server. */
export interface GroupMembership {
  value?: string;
  $ref?: string;
  display?: string;
  type?: "direct" | "indirect" | (string & {});
}

/** A member of a group. */
export interface Member {
  value?: string;
  $ref?: string;
  type?: "User" | "Group" | (string & {});
  display?: string;
}

/** The enterprise extension (RFC 7643 section 4.3). */
export interface EnterpriseUser {
  employeeNumber?: string;
  costCenter?: string;
  organization?: string;
  division?: string;
  department?: string;
  manager?: { value?: string; $ref?: string; displayName?: string };
}

/**
 * A user (RFC 7643 section 4.1), with the enterprise extension.
 *
 * @example
 * const rosa: User = {
 *   schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
 *   userName: "rosa",
 *   emails: [{ value: "rosa@mail.example", type: "work", primary: true }],
 * };
 */
export interface User extends Resource {
  userName: string;
  name?: Name;
  displayName?: string;
  nickName?: string;
  profileUrl?: string;
  title?: string;
  userType?: string;
  preferredLanguage?: string;
  locale?: string;
  timezone?: string;
  active?: boolean;
  /** Written only: no answer ever has it. */
  password?: string;
  emails?: MultiValue<"work" | "home" | "other">[];
  phoneNumbers?: MultiValue<"work" | "home" | "mobile" | "fax" | "pager" | "other">[];
  ims?: MultiValue[];
  photos?: MultiValue<"photo" | "thumbnail">[];
  addresses?: Address[];
  groups?: GroupMembership[];
  entitlements?: MultiValue[];
  roles?: MultiValue[];
  x509Certificates?: MultiValue[];
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"?: EnterpriseUser;
}

/** A group (RFC 7643 section 4.2). */
export interface Group extends Resource {
  displayName: string;
  members?: Member[];
}

/** The documents of the built-in resource types. */
export interface BuiltinResources {
  User: User;
  Group: Group;
  ServiceProviderConfig: Resource & { [name: string]: unknown };
  ResourceType: Resource & ResourceTypeDocument;
  Schema: Resource & SchemaDocument;
}

/** The name of a built-in resource type. */
export type BuiltinName = keyof BuiltinResources;
