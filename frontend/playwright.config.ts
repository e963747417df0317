import { defineConfig } from "@playwright/test";
import { findChromium } from "./e2e/chromium.ts";

const { executablePath, env } = await findChromium();
const inherited = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));

export default defineConfig({
  testDir: "e2e",
  fullyParallel: false,
  workers: 1,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  outputDir: "test-results",
  use: {
    baseURL: process.env.BELLWETHER_URL ?? "http://127.0.0.1:8080",
    browserName: "chromium",
    locale: "en-US",
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: { executablePath, env: { ...Object.fromEntries(inherited), ...env }, args: ["--no-sandbox"] },
  },
  projects: [
    { name: "walk", testMatch: ["walk.spec.ts", "alerts.spec.ts"] },
    { name: "accessibility", testMatch: "accessibility.spec.ts" },
    { name: "screenshots", testMatch: "screenshots.spec.ts" },
  ],
});
