// The end of a test in a runner with fixtures.

import { storyText, tellIn, withStory } from "./errors.js";

/**
 * Tell the story of an account in the failure of its test, and close the account.
 *
 * @param {import("./account.js").Account} account
 * @param {{ message?: unknown, stack?: unknown } | undefined} failure
 * @returns {Promise<unknown>} what fails a test that has not failed yet, such as an error of the merchant
 */
export async function finish(account, failure) {
  try {
    if (failure) tellIn(failure, storyText(await account.story()));
    else account.check();
    await account.close();
    return undefined;
  } catch (error) {
    const problem = failure ? undefined : await withStory(error, account);
    await account.close().catch(() => {}); // the problem says more
    return problem;
  }
}
