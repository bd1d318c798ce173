// SCIM beside the controllers of a Nest application, on Express.

import "reflect-metadata";

import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";

import { App } from "./app.js";
import { scim } from "./scim.js";

const app = await NestFactory.create<NestExpressApplication>(App, { logger: ["error", "warn"] });
// The global prefix is for controllers; guards, pipes and interceptors are too. Who asks here, and
// what they may do, the handler says.
app.setGlobalPrefix("api");
app.use("/scim/v2", scim.express());
app.enableShutdownHooks();
await app.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1");
app.getHttpServer().once("close", () => void scim.close());
