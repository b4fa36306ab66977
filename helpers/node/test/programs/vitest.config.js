import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["*.vitest.js"], globalSetup: process.env.GLOBAL_SETUP || [], testTimeout: 30_000 },
});
