/**
 * The error with the story of an account in its message, for test runners for which this package has no fixture.
 *
 * @param {unknown} error
 * @param {{ story(): Promise<string> }} account
 * @returns {Promise<unknown>} the same error, or a new one with it as `cause` if it can carry no story
 */
export function withStory(error: unknown, account: {
    story(): Promise<string>;
}): Promise<unknown>;
/** The story of an account under its title. @param {string} story @returns {string} */
export function storyText(story: string): string;
/**
 * Add a text to the message of an error, and to its stack, which has had the message since the error was made.
 *
 * @template {{ message?: unknown, stack?: unknown }} T
 * @param {T} error
 * @param {string} text
 * @returns {T}
 */
export function tellIn<T extends {
    message?: unknown;
    stack?: unknown;
}>(error: T, text: string): T;
/** @typedef {import("./api.js").Problem} Problem */
/** A sandbox did not start, ended, or did not answer. */
export class SandboxError extends Error {
}
/** The sandbox's own API refused a request; the message says why and how to mend it. */
export class RefusedByApiError extends Error {
    /** @param {Problem} problem */
    constructor(problem: Problem);
    /** The problem as the API sent it. */
    problem: {
        title: string;
        status: number;
        detail: string;
        type: string;
        nearest: unknown[];
    };
}
/** A wait or a check failed; the message has the most similar records. */
export class NotAsExpectedError extends Error {
}
/** The gateway refused a request: `code` and `gatewayMessage` are its own, `reason` is the sandbox's explanation. */
export class RefusedError extends Error {
    /** @param {string} code @param {string} gatewayMessage @param {string} reason */
    constructor(code: string, gatewayMessage: string, reason: string);
    code: string;
    gatewayMessage: string;
    reason: string;
}
export type Problem = import("./api.js").Problem;
