import { Controller, Get, Module } from "@nestjs/common";

@Controller()
class Hello {
  @Get("hello")
  hello(): string {
    return "hello";
  }
}

@Module({ controllers: [Hello] })
export class App {}
