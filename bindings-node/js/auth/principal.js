// Who asks, in the words of the engine.

// What stands in settings is checked when they are read, so that a slip is found before a request.
export function checkPrincipal(where, principal) {
  if (principal === null || typeof principal !== "object") throw new TypeError(`${where}: a principal is an object`);
  const { permissions, subject, tenant } = principal;
  if (permissions !== undefined && !isPermissions(permissions)) {
    throw new TypeError(`${where}: \`permissions\` is an array such as ["Users:list", "Groups:*"] or ["scim:*"]`);
  }
  if (tenant !== undefined && typeof tenant !== "string") throw new TypeError(`${where}: \`tenant\` is a string`);
  if (subject !== undefined && (typeof subject?.type !== "string" || typeof subject?.id !== "string")) {
    throw new TypeError(`${where}: \`subject\` is { type, id }`);
  }
  return principal;
}

// A principal that says nothing of permissions has none.
export function environmentOf({ sub, tenant, permissions = [], subject, profile } = {}) {
  return {
    tenant: String(tenant ?? ""),
    principal: sub === undefined || sub === null ? undefined : String(sub),
    permissions,
    subject,
    profile,
  };
}

// Whose allowance a request is taken from.
export function credentialOf({ credential, tenant = "", sub = "" } = {}) {
  return credential ?? JSON.stringify([tenant, sub]);
}

function isPermissions(list) {
  return Array.isArray(list) && list.every((one) => typeof one === "string");
}

export function instant(where, time) {
  if (time === undefined || time === null) return Infinity;
  const millis = new Date(time).getTime();
  if (Number.isNaN(millis)) throw new TypeError(`${where}: \`expiresAt\` is a Date or an ISO time`);
  return millis;
}

// A quoted-string without anything that would end it.
export function realmOf(realm) {
  return `realm="${String(realm).replaceAll(/[^\x20-\x7e]|[\\"]/g, "")}"`;
}
