// A headless Chromium, for every test and the demo.

import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launch() {
  return chromium.launch({ executablePath: process.env.SCIMFORGE_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}
