// The examples in the types of the Node package, run as they stand there: whatever users call has
// one, and a comment behind an expression, or below it, is what it is.

import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { test } from "node:test";

import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";

import * as scimforge from "../../bindings-node/js/index.js";
import { folder } from "./server.mjs";

// Interfaces whose methods users call; those of the others are theirs to write.
const OURS = new Set(["Schema", "Filter", "ScimDocument", "ScimHandler"]);

/** What is declared in a file, each with its comment: functions, classes, and their methods. */
function declared(text) {
  const found = [];
  let owner, comment;
  for (const line of text.split("\n")) {
    const opening = /^\s*\/\*\*/.test(line);
    if (opening) comment = "";
    if (comment !== undefined && (opening || /^\s*\*/.test(line))) {
      comment += `${line}\n`;
      continue;
    }
    const top = /^export (function|class|interface|type) (\w+)/.exec(line);
    if (top !== null) owner = top[1] === "class" || OURS.has(top[2]) ? top[2] : undefined;
    const method = owner && /^  (\w+)(?:<.*?>)?\(/.exec(line)?.[1];
    const name = top?.[2] ?? (method && method !== "constructor" ? `${owner}.${method}` : undefined);
    // An overload has the comment of the first.
    if (name !== undefined && found.at(-1)?.name !== name) {
      const called = top === null || top[1] === "function" || top[1] === "class" || owner !== undefined;
      found.push({ name, called, comment: comment ?? "" });
    }
    comment = undefined;
  }
  return found;
}

/** The code of the examples in a comment. */
function examples(comment) {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
  return lines
    .join("\n")
    .split(/^@example$/m)
    .slice(1)
    .map((code) => code.split(/^(?:@|\/$)/m)[0].trim());
}

function isExpression(text) {
  try {
    new Function(`return (${text});`);
    return true;
  } catch {
    return false;
  }
}

/** The code with every comment that is an expression compared with what stands before it. */
function checked(code) {
  const lines = code
    .replaceAll(/^(const \w+): \w+ = /gm, "$1 = ")
    .replaceAll(/;\n\/\/ (.*)$/gm, "; // $1")
    .split("\n")
    .map((line) => {
      const [, before, after] = /^(.*?); \/\/ (.*)$/.exec(line) ?? [];
      const checks = before !== undefined && isExpression(after) && isExpression(before.replaceAll("await ", ""));
      return checks ? `same(${before}, ${after});` : line;
    });
  return lines.join("\n");
}

const ldif = "dn: uid=rosa,dc=acme\nobjectClass: person\nuid: rosa\nsn: Lund\n";

/** What the examples take for granted. */
function surroundings(path) {
  const rosa = {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName: "rosa",
    emails: [{ value: "rosa@north.test", type: "work" }],
  };
  const patch = {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "replace", path: 'emails[type eq "work"].value', value: "rosa@south.test" }],
  };
  const request = new Request("https://scim.example.test/v2/Users", { method: "POST", body: JSON.stringify(rosa) });
  const http = { createServer: (listener) => Object.assign(createServer(listener), { listen() {} }) };
  const nothing = () => {};
  return {
    ...scimforge,
    ...{ rosa, patch, ldif, path, request, http, createReadStream, express, fastify, Hono, Koa },
    ...{ typed: 'O"Neil', token: "try-me", file: new Blob([ldif]), save: nothing, respond: nothing },
    console: { log: nothing },
    same: (found, said) => assert.deepEqual(JSON.parse(JSON.stringify(found)), said),
  };
}

const AsyncFunction = (async () => {}).constructor;

const js = new URL("../../bindings-node/js/", import.meta.url);
const files = (await readdir(new URL("types/", js))).map((name) => `types/${name}`);

for (const file of [...files, "auth/index.d.ts", "postgres/builders.d.ts", "server.d.ts"]) {
  const items = declared(await readFile(new URL(file, js), "utf8"));

  test(`${file}: whatever users call has an example`, () => {
    assert.ok(items.length > 0);
    const without = items.filter((item) => item.called && examples(item.comment).length === 0);
    assert.deepEqual(without.map((item) => item.name), []);
  });

  for (const { name, comment } of items) {
    for (const code of examples(comment)) {
      test(`${file}: the example of ${name}`, async (t) => {
        const scratch = await folder(t);
        await writeFile(`${scratch}/people.ldif`, ldif);
        const known = surroundings(`${scratch}/people.ldif`);
        const placed = checked(code).replaceAll('"./', `"${scratch}/`);
        // The names of an example come before those of its surroundings.
        await new AsyncFunction(...Object.keys(known), `{ ${placed}\n}`)(...Object.values(known));
      });
    }
  }
}
