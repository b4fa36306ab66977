/**
 * Playwright's `test` with the fixtures `yabandpay`, an account for the test, and `yabandpaySandbox`, its sandbox. The
 * option `yabandpayOptions` is what `startSandbox` is given. A failed test tells the account's story.
 *
 * @type {Test}
 */
export const test: Test;
export { expect } from "@playwright/test";
export type Account = import("./account.js").Account;
export type Options = import("./sandbox.js").Options;
export type Sandbox = import("./sandbox.js").Sandbox;
export type TestFixtures = {
    yabandpay: Account;
};
export type WorkerFixtures = {
    yabandpayOptions: Options;
    yabandpaySandbox: Sandbox;
};
export type TestArgs = import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions;
export type WorkerArgs = import("@playwright/test").PlaywrightWorkerArgs & import("@playwright/test").PlaywrightWorkerOptions;
export type Fixtures = import("@playwright/test").Fixtures<TestFixtures, WorkerFixtures, TestArgs, WorkerArgs>;
export type Test = import("@playwright/test").TestType<TestArgs & TestFixtures, WorkerArgs & WorkerFixtures>;
