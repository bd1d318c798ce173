import { scim } from "../../../../lib/scim.js";

export const { GET, POST, PUT, PATCH, DELETE } = scim.next();
