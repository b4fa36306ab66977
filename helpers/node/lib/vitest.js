// For Vitest: a test function with the fixture `yabandpay`, an account for each test.

import { test as base, beforeEach } from "vitest";
import { finish } from "./finish.js";
import { startSandbox } from "./sandbox.js";

const START_TIMEOUT = 60_000;

/** @typedef {import("./account.js").Account} Account */
/** @typedef {import("./sandbox.js").Options} Options */
/** @typedef {import("./sandbox.js").Sandbox} Sandbox */
/** @typedef {{ yabandpay: Account, yabandpaySandbox: Sandbox, yabandpayOptions: Options }} Fixtures */
/** @typedef {import("vitest").TestAPI<Fixtures>} Test */
/**
 * @template T
 * @typedef {(context: Fixtures & import("vitest").TestContext, use: (value: T) => Promise<void>) => Promise<void>} Fixture
 */

/** @type {[Fixture<Sandbox>, { scope: "worker" }]} */
const yabandpaySandbox = [
  async ({ yabandpayOptions }, use) => {
    const sandbox = await startSandbox(yabandpayOptions);
    await use(sandbox);
    await sandbox.stop();
  },
  { scope: "worker" },
];

/** @type {Fixture<Account>} */
const yabandpay = async ({ yabandpaySandbox: sandbox, task, onTestFinished }, use) => {
  const account = await sandbox.account({ name: task.name });
  /** @type {unknown} */
  let problem;
  onTestFinished(() => {
    if (problem) throw problem; // here, as Vitest reports what a fixture throws twice
  });
  await use(account);
  problem = await finish(account, task.result?.state === "fail" ? task.result.errors?.at(-1) : undefined);
};

/**
 * Vitest's `test` with the fixtures `yabandpay`, an account for the test, and `yabandpaySandbox`, its sandbox.
 * Override `yabandpayOptions` to change what `startSandbox` is given. A failed test tells the account's story.
 *
 * @type {Test}
 */
export const test = /** @type {any} */ (base).extend({
  yabandpayOptions: [{}, { scope: "worker" }],
  yabandpaySandbox,
  yabandpay,
});

// The sandbox starts in a hook with a time limit of its own, as starting may take longer than Vitest allows a test.
beforeEach(/** @type {(context: any) => void} */ (({ yabandpaySandbox: _started }) => {}), START_TIMEOUT);
