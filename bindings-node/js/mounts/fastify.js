// A plugin for Fastify. The content types of SCIM are its own: the parsers of the application
// around it stay as they are.

import { readNode } from "../body.js";
import { origin } from "./node.js";

export function fastify({ handle }) {
  return async function scim(instance) {
    instance.removeAllContentTypeParsers();
    // Bodies stay unread until it is known who sends them.
    instance.addContentTypeParser("*", (request, payload, done) => done(null));
    // The prefix may hold parameters, so it is counted, not compared.
    const depth = instance.prefix.split("/").filter((segment) => segment !== "").length;

    async function answer(request, reply) {
      const { raw } = request;
      const cut = split(raw.url, depth);
      const params = { ...request.params };
      delete params["*"];
      const head = { method: raw.method, path: cut.path, target: cut.path + cut.query, headers: raw.headers, params, address: raw.socket?.remoteAddress, raw: request };
      const answered = await handle({ ...head, baseUrl: origin(raw) + cut.mount }, (limit) => readNode(raw, limit));
      if (answered === undefined || raw.destroyed && reply.raw.destroyed) {
        reply.hijack();
        return void reply.raw.destroy();
      }
      reply.code(answered.status).headers(answered.headers);
      return reply.send(answered.body.length === 0 ? undefined : Buffer.from(answered.body));
    }

    instance.all("/", answer);
    instance.all("/*", answer);
  };
}

function split(url, depth) {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  let end = 0;
  for (let count = 0; count < depth && end >= 0; count += 1) end = path.indexOf("/", end + 1);
  const mount = end < 0 ? path : path.slice(0, end);
  return { mount, path: path.slice(mount.length) || "/", query: mark < 0 ? "" : url.slice(mark) };
}
