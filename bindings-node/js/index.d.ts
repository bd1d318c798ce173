export * from "./types.js";
export * from "./audit.js";
export * from "./auth/index.js";
export * from "./events.js";
export * from "./postgres/builders.js";
export * from "./server.js";
