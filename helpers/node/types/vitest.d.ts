/**
 * Vitest's `test` with the fixtures `yabandpay`, an account for the test, and `yabandpaySandbox`, its sandbox.
 * Override `yabandpayOptions` to change what `startSandbox` is given. A failed test tells the account's story.
 *
 * @type {Test}
 */
export const test: Test;
export type Account = import("./account.js").Account;
export type Options = import("./sandbox.js").Options;
export type Sandbox = import("./sandbox.js").Sandbox;
export type Fixtures = {
    yabandpay: Account;
    yabandpaySandbox: Sandbox;
    yabandpayOptions: Options;
};
export type Test = import("vitest").TestAPI<Fixtures>;
export type Fixture<T> = (context: Fixtures & import("vitest").TestContext, use: (value: T) => Promise<void>) => Promise<void>;
