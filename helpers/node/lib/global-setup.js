// Starts one sandbox for a whole run of Vitest or Playwright: name this module as `globalSetup`.

import { startSandbox } from "./sandbox.js";

/** Start the sandbox, and return what ends it. @returns {Promise<() => Promise<void>>} */
export default async function setup() {
  const sandbox = await startSandbox();
  process.env.YABANDPAY_MOCK_URL = sandbox.url;
  return () => sandbox.stop();
}
