// SCIM beside the controllers of a Nest application, on Fastify.

import "reflect-metadata";

import { NestFactory } from "@nestjs/core";
import { FastifyAdapter, type NestFastifyApplication } from "@nestjs/platform-fastify";

import { App } from "./app.js";
import { scim } from "./scim.js";

const app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), { logger: ["error", "warn"] });
app.setGlobalPrefix("api");
await app.register(scim.fastify(), { prefix: "/scim/v2" });
app.enableShutdownHooks();
await app.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1");
app.getHttpServer().once("close", () => void scim.close());
