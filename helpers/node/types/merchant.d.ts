/** @typedef {import("./durations.js").Duration} Duration */
/** @typedef {import("node:http").IncomingMessage} IncomingMessage */
/** @typedef {import("node:http").ServerResponse} ServerResponse */
/**
 * A request that the merchant received: `notification` is its data if the signature is right, else null.
 *
 * @typedef {{ path: string, headers: Record<string, string | string[] | undefined>, body: string,
 *   notification: Record<string, any> | null }} Received
 */
/**
 * An answer: status 200 and `ok` unless it says otherwise. `hang` never answers, `reset` breaks the connection, and a
 * function decides after it has seen the request.
 *
 * @typedef {{ status?: number, body?: string } | "hang" | "reset"} Answer
 * @typedef {Answer | ((received: Received) => Answer | Promise<Answer>)} Response
 */
/** Listens on a free port and records what arrives, until it is closed. */
export class Merchant {
    /**
     * Listen on 127.0.0.1, or on all addresses if a sandbox on another machine knows this one as `knownAs`.
     *
     * @param {string} secretKey
     * @param {string} [knownAs]
     * @returns {Promise<Merchant>}
     */
    static listen(secretKey: string, knownAs?: string): Promise<Merchant>;
    /** @param {string} secretKey */
    constructor(secretKey: string);
    /** The address to use as `notify_url`. */
    url: string;
    /** Everything that arrived, in order. @type {Received[]} */
    received: Received[];
    /** The data of all notifications whose signature is right, in order. @returns {Record<string, any>[]} */
    get notifications(): Record<string, any>[];
    /**
     * Answer the next requests in this way; afterwards again with `ok`, or `bad` where the signature is wrong.
     *
     * @param {Response} response
     * @param {{ times?: number }} [options] `times` is 1 unless it is given; `Infinity` is for all further requests
     */
    respondWith(response: Response, { times }?: {
        times?: number;
    }): void;
    /**
     * Wait for a notification with these fields, such as `{ state: "paid" }`, and return the first; any if none are given.
     *
     * @param {Record<string, any>} [fields]
     * @param {{ timeout?: Duration }} [options]
     * @returns {Promise<Record<string, any>>}
     */
    waitFor(fields?: Record<string, any>, { timeout }?: {
        timeout?: Duration;
    }): Promise<Record<string, any>>;
    /**
     * Wait until this many requests have arrived, whether their signature is right or not, and return all.
     *
     * @param {number} count
     * @param {{ timeout?: Duration }} [options]
     * @returns {Promise<Received[]>}
     */
    waitForCount(count: number, { timeout }?: {
        timeout?: Duration;
    }): Promise<Received[]>;
    /** Throw the first error of a function that was given to `respondWith`, once. */
    check(): void;
    /** Stop listening, and break the connections that are open. @returns {Promise<void>} */
    close(): Promise<void>;
    #private;
}
export type Duration = import("./durations.js").Duration;
export type IncomingMessage = import("node:http").IncomingMessage;
export type ServerResponse = import("node:http").ServerResponse;
/**
 * A request that the merchant received: `notification` is its data if the signature is right, else null.
 */
export type Received = {
    path: string;
    headers: Record<string, string | string[] | undefined>;
    body: string;
    notification: Record<string, any> | null;
};
/**
 * An answer: status 200 and `ok` unless it says otherwise. `hang` never answers, `reset` breaks the connection, and a
 * function decides after it has seen the request.
 */
export type Answer = {
    status?: number;
    body?: string;
} | "hang" | "reset";
/**
 * An answer: status 200 and `ok` unless it says otherwise. `hang` never answers, `reset` breaks the connection, and a
 * function decides after it has seen the request.
 */
export type Response = Answer | ((received: Received) => Answer | Promise<Answer>);
