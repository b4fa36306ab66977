/** The address of a sandbox without a slash at its end. @param {string} url @returns {string} */
export function addressOf(url: string): string;
/**
 * Send a request and read the answer.
 *
 * @param {string} verb
 * @param {string} url
 * @param {Record<string, string>} [headers]
 * @param {string} [body]
 * @returns {Promise<Answer>}
 */
export function send(verb: string, url: string, headers?: Record<string, string>, body?: string): Promise<Answer>;
/** Why there was no answer. @param {unknown} error @returns {string} */
export function reasonOf(error: unknown): string;
/** The sandbox's own API, which its page `/_sandbox/openapi.json` describes. */
export class Api {
    /**
     * @param {string} url
     * @param {string} [token] the control token of the sandbox, if it has one
     * @param {() => string} [whyGone] says why a sandbox that was started does not answer
     */
    constructor(url: string, token?: string, whyGone?: () => string);
    url: string;
    /**
     * Call an operation such as `("GET", "/scenarios")`; returns what it answers.
     *
     * @param {"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} verb
     * @param {string} path below `/_sandbox/api`
     * @param {unknown} [body]
     * @returns {Promise<any>}
     */
    call(verb: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<any>;
    /** What an operation tells as plain text. @param {string} path @returns {Promise<string>} */
    text(path: string): Promise<string>;
    /**
     * Call an operation that waits or checks; throws a NotAsExpectedError if it was in vain.
     *
     * @param {string} path
     * @param {unknown} body
     * @returns {Promise<any>}
     */
    expect(path: string, body: unknown): Promise<any>;
    #private;
}
export type Schemas = import("../types/openapi.js").components["schemas"];
/**
 * A problem that the API reports (RFC 9457).
 */
export type Problem = Schemas["Problem"];
export type Answer = {
    status: number;
    headers: Record<string, string | string[] | undefined>;
    body: string;
};
