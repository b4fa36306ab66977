// The errors of this package, and the story of an account as a part of an error.

/** @typedef {import("./api.js").Problem} Problem */

/** A sandbox did not start, ended, or did not answer. */
export class SandboxError extends Error {
  name = "SandboxError";
}

/** The sandbox's own API refused a request; the message says why and how to mend it. */
export class RefusedByApiError extends Error {
  name = "RefusedByApiError";

  /** @param {Problem} problem */
  constructor(problem) {
    super(`${problem.title}: ${problem.detail}`);
    /** The problem as the API sent it. */
    this.problem = problem;
  }
}

/** A wait or a check failed; the message has the most similar records. */
export class NotAsExpectedError extends Error {
  name = "NotAsExpectedError";
}

/** The gateway refused a request: `code` and `gatewayMessage` are its own, `reason` is the sandbox's explanation. */
export class RefusedError extends Error {
  name = "RefusedError";

  /** @param {string} code @param {string} gatewayMessage @param {string} reason */
  constructor(code, gatewayMessage, reason) {
    const more = reason.replace(gatewayMessage, "").trim();
    super(`${code} ${gatewayMessage}${more && ` (${more})`}`);
    this.code = code;
    this.gatewayMessage = gatewayMessage;
    this.reason = reason;
  }
}

/**
 * The error with the story of an account in its message, for test runners for which this package has no fixture.
 *
 * @param {unknown} error
 * @param {{ story(): Promise<string> }} account
 * @returns {Promise<unknown>} the same error, or a new one with it as `cause` if it can carry no story
 */
export async function withStory(error, account) {
  const told = storyText(await account.story());
  if (error instanceof Error && !Object.isFrozen(error)) return tellIn(error, told);
  return new Error(`${error}\n\n${told}\n`, { cause: error });
}

/** The story of an account under its title. @param {string} story @returns {string} */
export function storyText(story) {
  return `YabandPay sandbox\n${story}`;
}

/**
 * Add a text to the message of an error, and to its stack, which has had the message since the error was made.
 *
 * @template {{ message?: unknown, stack?: unknown }} T
 * @param {T} error
 * @param {string} text
 * @returns {T}
 */
export function tellIn(error, text) {
  const message = String(error.message);
  const stack = typeof error.stack === "string" ? error.stack : "";
  const longer = `${message}\n\n${text}\n`;
  error.message = longer;
  if (stack.includes(message)) error.stack = stack.replace(message, () => longer);
  return error;
}
