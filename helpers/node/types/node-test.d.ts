/**
 * A test function that has an account. If it fails, the error tells the account's story.
 *
 *     test("a paid order", withAccount(async (yabandpay) => { … }));
 *
 * @param {(yabandpay: Account, t: TestContext) => unknown} run
 * @param {NewAccount} [wanted]
 * @returns {(t: TestContext) => Promise<void>}
 */
export function withAccount(run: (yabandpay: Account, t: TestContext) => unknown, wanted?: NewAccount): (t: TestContext) => Promise<void>;
export type TestContext = import("node:test").TestContext;
export type Account = import("./account.js").Account;
export type NewAccount = import("./account.js").NewAccount;
