// A merchant that receives, verifies and records notifications.

import { createServer } from "node:http";
import { PATIENCE, deadline, milliseconds } from "./durations.js";
import { NotAsExpectedError } from "./errors.js";
import { readNotification } from "./signature.js";

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
  #secretKey;
  #server = createServer((request, response) => {
    this.#take(request, response).catch((error) => this.#fail(error, response));
  });
  /** @type {{ response: Response, left: number }[]} */
  #responses = [];
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /** @type {unknown[]} */
  #failures = [];

  /** The address to use as `notify_url`. */
  url = "";

  /** Everything that arrived, in order. @type {Received[]} */
  received = [];

  /** @param {string} secretKey */
  constructor(secretKey) {
    this.#secretKey = secretKey;
  }

  /**
   * Listen on 127.0.0.1, or on all addresses if a sandbox on another machine knows this one as `knownAs`.
   *
   * @param {string} secretKey
   * @param {string} [knownAs]
   * @returns {Promise<Merchant>}
   */
  static async listen(secretKey, knownAs = "") {
    const merchant = new Merchant(secretKey);
    const server = merchant.#server;
    await new Promise((resolve, reject) => {
      server.once("error", reject).listen(0, knownAs ? undefined : "127.0.0.1", () => resolve(undefined));
    });
    server.unref();
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    merchant.url = `http://${knownAs || "127.0.0.1"}:${port}/notify`;
    return merchant;
  }

  /** The data of all notifications whose signature is right, in order. @returns {Record<string, any>[]} */
  get notifications() {
    return this.received.flatMap(({ notification }) => (notification ? [notification] : []));
  }

  /**
   * Answer the next requests in this way; afterwards again with `ok`, or `bad` where the signature is wrong.
   *
   * @param {Response} response
   * @param {{ times?: number }} [options] `times` is 1 unless it is given; `Infinity` is for all further requests
   */
  respondWith(response, { times = 1 } = {}) {
    if (!(times >= 1)) throw new RangeError(`times must be at least 1, not ${times}.`);
    this.#responses.push({ response, left: times });
  }

  /**
   * Wait for a notification with these fields, such as `{ state: "paid" }`, and return the first; any if none are given.
   *
   * @param {Record<string, any>} [fields]
   * @param {{ timeout?: Duration }} [options]
   * @returns {Promise<Record<string, any>>}
   */
  async waitFor(fields = {}, { timeout = PATIENCE } = {}) {
    const fits = (/** @type {Record<string, any>} */ data) =>
      Object.entries(fields).every(([name, value]) => data[name] === value);
    await this.#until(
      () => this.notifications.some(fits),
      timeout,
      () => `no notification with ${JSON.stringify(fields)}`,
    );
    return /** @type {Record<string, any>} */ (this.notifications.find(fits));
  }

  /**
   * Wait until this many requests have arrived, whether their signature is right or not, and return all.
   *
   * @param {number} count
   * @param {{ timeout?: Duration }} [options]
   * @returns {Promise<Received[]>}
   */
  async waitForCount(count, { timeout = PATIENCE } = {}) {
    await this.#until(
      () => this.received.length >= count,
      timeout,
      () => `not ${count} requests`,
    );
    return [...this.received];
  }

  /** Throw the first error of a function that was given to `respondWith`, once. */
  check() {
    const [failure] = this.#failures.splice(0);
    if (failure !== undefined) throw failure;
  }

  /** Stop listening, and break the connections that are open. @returns {Promise<void>} */
  close() {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** @param {() => boolean} isMet @param {Duration} timeout @param {() => string} describe */
  #until(isMet, timeout, describe) {
    return /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        const finish = (/** @type {() => void} */ settle) => {
          cancel();
          this.#waiting.delete(look);
          settle();
        };
        const look = () => {
          if (this.#failures.length > 0) finish(() => reject(this.#failures.shift()));
          else if (isMet()) finish(resolve);
        };
        const cancel = deadline(milliseconds(timeout), () => {
          const problem = `The merchant received ${describe()} within ${timeout}. It received: ${this.#summary()}.`;
          finish(() => reject(new NotAsExpectedError(problem)));
        });
        this.#waiting.add(look);
        look();
      })
    );
  }

  #summary() {
    const seen = this.received.map(({ notification: data }) =>
      data
        ? `${data.state} of ${data.order_id ?? data.payout_id ?? data.trade_id}`
        : "a request whose signature is wrong",
    );
    return seen.join(", ") || "nothing";
  }

  /** @param {IncomingMessage} request @param {ServerResponse} response */
  async #take(request, response) {
    /** @type {Buffer[]} */
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // the connection broke
    }
    const body = Buffer.concat(chunks);
    const notification = readNotification(body, this.#secretKey);
    /** @type {Received} */
    const received = { path: request.url ?? "", headers: request.headers, body: body.toString(), notification };
    const answer = await this.#answerTo(received);
    this.received.push(received);
    if (answer === "reset") request.socket.destroy();
    else if (answer !== "hang") {
      response.writeHead(answer.status ?? 200, { "Content-Type": "text/plain" }).end(answer.body ?? "ok");
    }
    for (const look of [...this.#waiting]) look();
  }

  /** An answer that cannot be sent, such as one with status 42. @param {unknown} error @param {ServerResponse} response */
  #fail(error, response) {
    this.#failures.push(error);
    response.destroy();
    for (const look of [...this.#waiting]) look();
  }

  /** @param {Received} received @returns {Promise<Answer>} */
  async #answerTo(received) {
    const [next] = this.#responses;
    if (!next) return { body: received.notification ? "ok" : "bad" };
    next.left -= 1;
    if (next.left < 1) this.#responses.shift();
    if (typeof next.response !== "function") return next.response;
    try {
      return await next.response(received);
    } catch (error) {
      this.#failures.push(error ?? new Error("the function of respondWith failed"));
      return { status: 500, body: "the merchant failed" };
    }
  }
}
