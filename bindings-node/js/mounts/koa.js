// A middleware for Koa; what lies elsewhere goes on to the next.

import { readNode } from "../body.js";
import { place } from "./node.js";

export function koa({ base, handle }) {
  return async function scim(context, next) {
    const head = place(base, context.req, context.url, context.mountPath, context);
    if (head === undefined) return next();
    const params = { ...context.params, ...head.params };
    const answered = await handle({ ...head, params }, (limit) => readNode(context.req, limit, context.request.body));
    if (answered === undefined) {
      context.respond = false;
      return void context.res.destroy();
    }
    context.body = answered.body.length === 0 ? null : Buffer.from(answered.body);
    context.status = answered.status;
    context.set(answered.headers);
  };
}
