/**
 * Tell the story of an account in the failure of its test, and close the account.
 *
 * @param {import("./account.js").Account} account
 * @param {{ message?: unknown, stack?: unknown } | undefined} failure
 * @returns {Promise<unknown>} what fails a test that has not failed yet, such as an error of the merchant
 */
export function finish(account: import("./account.js").Account, failure: {
    message?: unknown;
    stack?: unknown;
} | undefined): Promise<unknown>;
