import type { Profile } from "../types.js";

/**
 * What can be granted; `scim.operations()` lists it. Resource types of yours have operations of the
 * same kind (`Devices:list`), and a table of permissions its own names.
 */
export type Permission =
  | "scim:*"
  | `${"Users" | "Groups"}:${"*" | "create" | "list" | "view" | "update" | "delete"}`
  | "Groups:members"
  | `Me:${"*" | "create" | "view" | "update" | "delete"}`
  | "Bulk:run"
  | "All:list"
  | "Discovery:view"
  | (string & {});

/** Who asks. More members than these are yours. */
export interface Principal {
  /** A name for logs and audit. */
  sub?: string | undefined;
  /** Whose data: part of every key, so that tenants never see each other. Default: the empty name. */
  tenant?: string | undefined;
  /** Such as `["Users:list", "Groups:*"]`, or `["scim:*"]` for everything. Default: nothing. */
  permissions?: Permission[] | undefined;
  /** The resource that the one who asks is, for `/Me`. */
  subject?: { type: string; id: string } | undefined;
  /** What is tolerated of this client. Default: what the settings say. */
  profile?: Profile | undefined;
  /** Whose allowance a request is taken from. Default: tenant and `sub` together. */
  credential?: string | undefined;
  [name: string]: unknown;
}

/** What a principal is read from. */
export interface RequestHead {
  method: string;
  /** Below the base path, as the client wrote it. */
  path: string;
  /** What stands in the path for the names of the base path. `tenant` has to be that of the principal. */
  params: Record<string, string>;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  authorization: string | undefined;
  /** The client's, where the mount knows it; behind proxies what `trustProxy` says. */
  address: string | undefined;
  /**
   * What the mount got: `req` of node:http and Express (`raw.user`, `raw.socket.getPeerCertificate()`),
   * the request of Fastify, the context of Koa and Hono, the `Request` of fetch.
   */
  raw: any;
}

/** Answers a principal, or nothing for 401. What it throws is 401 too, and goes to `onError`. */
export type Authenticate = (
  head: RequestHead,
) => Principal | null | undefined | Promise<Principal | null | undefined>;

export interface Authenticator {
  authenticate: Authenticate;
  /** For WWW-Authenticate. */
  challenge?: string | undefined;
  /** For ServiceProviderConfig. */
  schemes?: AuthenticationScheme[] | undefined;
}

/** RFC 7643 section 5. */
export interface AuthenticationScheme {
  type: "oauth" | "oauth2" | "oauthbearertoken" | "httpbasic" | "httpdigest" | (string & {});
  name: string;
  description: string;
  specUri?: string;
  documentationUri?: string;
  primary?: boolean;
}

export interface TokenPrincipal extends Principal {
  /** From then on the token is refused. */
  expiresAt?: string | Date | undefined;
}

export interface BearerSettings {
  /** Digests of tokens ({@link tokenDigest}) and who they stand for. Several may be valid at once. */
  tokens?: Record<`sha256:${string}`, TokenPrincipal> | undefined;
  /**
   * A file of tokens, which `npx @scimforge/node token make --file …` writes: `{ "tokens": … }` as
   * above. What is made, rotated or revoked there counts within a second, without a restart.
   */
  file?: string | undefined;
  /** For tokens that live in a database: finds the principal of a digest. */
  lookup?: ((digest: string) => TokenPrincipal | null | undefined | Promise<TokenPrincipal | null | undefined>) | undefined;
  /** Is told that a token was used, at most once a minute for each. */
  used?: ((digest: string, time: Date) => unknown) | undefined;
  realm?: string | undefined;
}

/**
 * Bearer tokens. Digests are compared in constant time; no token is kept.
 *
 * @example
 * bearer({ tokens: { [tokenDigest(token)]: { sub: "okta", tenant: "acme", permissions: ["scim:*"] } } });
 */
export function bearer(settings: BearerSettings): Authenticator;

export interface PasswordPrincipal extends Principal {
  /** As {@link passwordHash} makes it. */
  password: string;
}

export interface BasicSettings {
  /** Names and who they stand for. */
  users?: Record<string, PasswordPrincipal> | undefined;
  /** For users that live in a database. */
  lookup?: ((name: string) => PasswordPrincipal | null | undefined | Promise<PasswordPrincipal | null | undefined>) | undefined;
  realm?: string | undefined;
}

/**
 * HTTP Basic, for clients that know nothing else. Only over TLS. Passwords are kept as argon2id.
 *
 * @example
 * const password = await passwordHash("three lanterns at the quay");
 * const auth = basic({ users: { hr: { password, permissions: ["Users:*"] } } });
 * auth.challenge; // 'Basic realm="scim", charset="UTF-8"'
 */
export function basic(settings: BasicSettings): Authenticator;

/**
 * The argon2id PHC string of a password, with a salt of its own.
 *
 * @example
 * (await passwordHash("three lanterns at the quay")).startsWith("$argon2id$"); // true
 */
export function passwordHash(password: string): Promise<string>;

/**
 * Whether a password is the one that an argon2id PHC string was made of: of {@link passwordHash}, or
 * of those that stores keep of users.
 *
 * @example
 * const hash = await passwordHash("three lanterns at the quay");
 * await passwordMatches(hash, "three lanterns at the pier"); // false
 */
export function passwordMatches(hash: string, password: string): Promise<boolean>;

export interface JwtSettings {
  /** The `iss` that tokens have. */
  issuer: string;
  /** The `aud` that tokens for this server have. */
  audience: string | string[];
  /** A URL, or the document. Default: what the issuer's own metadata name. */
  jwks?: string | URL | { keys: object[] } | undefined;
  /** The permissions that a scope stands for. Default: scopes are permissions. */
  scopes?: Record<string, Permission[]> | undefined;
  /** The claim that names the tenant; a token without it is refused. */
  tenant?: string | undefined;
  /** The resource that the one who asks is, for `/Me`. */
  subject?: (claims: Record<string, unknown>) => { type: string; id: string } | null | undefined;
  profile?: Profile | undefined;
  /** Signature algorithms. Default: the asymmetric ones. */
  algorithms?: string[] | undefined;
  realm?: string | undefined;
  /** The package `jose`, where it does not lie beside this one. */
  jose?: object | undefined;
}

/**
 * JWT access tokens of an authorization server, checked with the package `jose`, which you install.
 *
 * @example
 * jwt({
 *   issuer: "https://login.example.test",
 *   audience: "https://scim.example.test",
 *   tenant: "org_id",
 *   scopes: { "scim.read": ["Users:list", "Users:view"], "scim.write": ["scim:*"] },
 * });
 */
export function jwt(settings: JwtSettings): Authenticator;

/**
 * Lets everybody in, to everything: for tests, or behind a proxy that has asked already.
 *
 * @example
 * const scim = createScimHandler({ store: memoryStore(), auth: none() });
 * (await scim.fetch(new Request("http://127.0.0.1/scim/v2/Users"))).status; // 200
 */
export function none(): Authenticator;

/**
 * `sha256:` and 64 hex digits.
 *
 * @example
 * tokenDigest("try-me").startsWith("sha256:"); // true
 */
export function tokenDigest(token: string): `sha256:${string}`;

/**
 * A token of 256 bits for a client, and the digest to keep of it.
 *
 * @example
 * const made = createToken();
 * made.token.startsWith("scim_"); // true
 * tokenDigest(made.token) === made.digest; // true
 */
export function createToken(): { token: string; digest: `sha256:${string}` };
