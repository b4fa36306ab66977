// For node:test: an account for each test, on a sandbox that the tests of a file share.

import { after } from "node:test";
import { startSandbox } from "./sandbox.js";

/** @typedef {import("node:test").TestContext} TestContext */
/** @typedef {import("./account.js").Account} Account */
/** @typedef {import("./account.js").NewAccount} NewAccount */

/** @type {Promise<import("./sandbox.js").Sandbox> | undefined} */
let shared;

after(async () => {
  const sandbox = await shared?.catch(() => undefined);
  await sandbox?.stop();
});

/**
 * A test function that has an account. If it fails, the error tells the account's story.
 *
 *     test("a paid order", withAccount(async (yabandpay) => { … }));
 *
 * @param {(yabandpay: Account, t: TestContext) => unknown} run
 * @param {NewAccount} [wanted]
 * @returns {(t: TestContext) => Promise<void>}
 */
export function withAccount(run, wanted = {}) {
  return async (t) => {
    shared ??= startSandbox();
    const sandbox = await shared;
    await sandbox.withAccount((account) => run(account, t), { name: t.name, ...wanted });
  };
}
