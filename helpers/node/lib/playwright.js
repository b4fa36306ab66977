// For Playwright: a test function with the fixture `yabandpay`, an account for each test.

import { test as base } from "@playwright/test";
import { finish } from "./finish.js";
import { startSandbox } from "./sandbox.js";

const START_TIMEOUT = 60_000;

/** @typedef {import("./account.js").Account} Account */
/** @typedef {import("./sandbox.js").Options} Options */
/** @typedef {import("./sandbox.js").Sandbox} Sandbox */
/** @typedef {{ yabandpay: Account }} TestFixtures */
/** @typedef {{ yabandpayOptions: Options, yabandpaySandbox: Sandbox }} WorkerFixtures */
/** @typedef {import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions} TestArgs */
/** @typedef {import("@playwright/test").PlaywrightWorkerArgs & import("@playwright/test").PlaywrightWorkerOptions} WorkerArgs */
/** @typedef {import("@playwright/test").Fixtures<TestFixtures, WorkerFixtures, TestArgs, WorkerArgs>} Fixtures */
/** @typedef {import("@playwright/test").TestType<TestArgs & TestFixtures, WorkerArgs & WorkerFixtures>} Test */

/** @type {Fixtures} */
const fixtures = {
  yabandpayOptions: [{}, { option: true, scope: "worker" }],

  yabandpaySandbox: [
    async ({ yabandpayOptions }, use) => {
      const sandbox = await startSandbox(yabandpayOptions);
      await use(sandbox);
      await sandbox.stop();
    },
    { scope: "worker", timeout: START_TIMEOUT },
  ],

  yabandpay: async ({ yabandpaySandbox }, use, testInfo) => {
    const account = await yabandpaySandbox.account({ name: testInfo.title });
    await use(account);
    const isAsExpected = testInfo.status === testInfo.expectedStatus;
    const problem = await finish(account, isAsExpected ? undefined : testInfo.errors.at(-1));
    if (problem) throw problem;
  },
};

/**
 * Playwright's `test` with the fixtures `yabandpay`, an account for the test, and `yabandpaySandbox`, its sandbox. The
 * option `yabandpayOptions` is what `startSandbox` is given. A failed test tells the account's story.
 *
 * @type {Test}
 */
export const test = base.extend(fixtures);

export { expect } from "@playwright/test";
