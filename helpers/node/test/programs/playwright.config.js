import { defineConfig } from "@playwright/test";

export default defineConfig({
  testMatch: "*.playwright.js",
  globalSetup: process.env.GLOBAL_SETUP || undefined,
  outputDir: process.env.OUTPUT,
  workers: 2,
  reporter: "list",
  use: { locale: "en-GB", launchOptions: { executablePath: process.env.CHROMIUM || undefined } },
});
