// A merchant account for one test, and its clock.

import { send } from "./api.js";
import { PATIENCE } from "./durations.js";
import { RefusedError, SandboxError } from "./errors.js";
import { signed } from "./signature.js";

/** @typedef {import("./api.js").Api} Api */
/** @typedef {import("./durations.js").Duration} Duration */
/** @typedef {import("./merchant.js").Merchant} Merchant */
/** @typedef {import("../types/openapi.js").components["schemas"]} Schemas */
/** A payment of an account. @typedef {Schemas["PaymentRecord"]} Payment */
/** A request to the gateway and its answer. @typedef {Schemas["ExchangeRecord"]} Exchange */
/** A notification and the attempts to deliver it. @typedef {Schemas["NotificationRecord"]} Notification */
/** What happened while a clock was advanced. @typedef {Schemas["AdvanceRecord"]} Advanced */
/** The state of a payment.
 * @typedef {"paid" | "authorized" | "pending" | "processing" | "verify" | "declined" | "failed" | "expired" | "cancelled"} State
 */
/** How a clock runs. @typedef {Pick<Schemas["NewClock"], "kind"> & Partial<Schemas["NewClock"]>} NewClock */
/** The fields of a new account; all have a default.
 * @typedef {Partial<Omit<Schemas["NewAccount"], "clock">> & { clock?: NewClock }} NewAccount
 */

const MOST = 1000;

/** The clock of an account, which shows the machine's time until it is changed. */
export class Clock {
  #api;
  #path;

  /** @param {Api} api @param {string} path */
  constructor(api, path) {
    this.#api = api;
    this.#path = path;
  }

  /** The account's time. @returns {Promise<Date>} */
  async now() {
    return new Date((await this.#api.call("GET", this.#path)).now);
  }

  /**
   * Advance the clock, and do everything that falls due on the way: payers pay, orders expire, and notifications are
   * sent and repeated before this returns.
   *
   * @param {Duration} by
   * @returns {Promise<Advanced>}
   */
  advance(by) {
    return this.#api.call("POST", `${this.#path}/advance`, { by });
  }

  /** Advance the clock to an instant. @param {Date | string} to @returns {Promise<Advanced>} */
  advanceTo(to) {
    return this.#api.call("POST", `${this.#path}/advance`, { to: instant(to) });
  }

  /** Stop the clock, now or at a later instant. Nothing falls due until it is advanced. @param {Date | string} [at] */
  async freeze(at) {
    await this.#api.call("PUT", this.#path, { kind: "frozen", ...(at === undefined ? {} : { at: instant(at) }) });
  }

  /** Run the clock this many times as fast as the machine's. @param {number} rate */
  async scale(rate) {
    await this.#api.call("PUT", this.#path, { kind: "scaled", rate });
  }
}

/** @param {Date | string} at */
function instant(at) {
  return typeof at === "string" ? at : at.toISOString();
}

/**
 * A separate account of a sandbox. The application under test uses its `url`, `user` and `secretKey`. The sandbox's API
 * refuses options that it does not know, so all are handed on.
 */
export class Account {
  #path;
  #began;

  /** @param {Api} api @param {Schemas["AccountRecord"]} record @param {Merchant} merchant */
  constructor(api, record, merchant) {
    /** The address of the gateway, without `/Payments`. */
    this.url = api.url;
    this.user = record.user;
    this.secretKey = record.secret_key;
    this.name = record.name;
    /** Calls the sandbox's own API. */
    this.api = api;
    /** Records the notifications that are sent to its `url`. */
    this.merchant = merchant;
    this.#path = `/accounts/${encodeURIComponent(record.user)}`;
    this.#began = record.clock.now;
    this.clock = new Clock(api, `${this.#path}/clock`);
  }

  /**
   * Select a scenario: for all further requests, or for the next `times` that match. In `method` and in `reference`,
   * the merchant's reference such as the order_id, `*` matches any text.
   *
   * @param {string} scenario
   * @param {{ times?: number, method?: string, reference?: string }} [options]
   */
  async use(scenario, { times, method = "*", reference = "*", ...unknown } = {}) {
    if (times === undefined && method === "*" && reference === "*") {
      await this.api.call("PATCH", this.#path, { scenario, ...unknown });
    } else {
      const wanted = { scenario, times: times ?? 1, method, reference, ...unknown };
      await this.api.call("POST", `${this.#path}/scenarios`, wanted);
    }
  }

  /**
   * Wait until a payment is in a state, and return it: the newest of the account, unless `order_id` or `trade_id` names
   * one. Ends early if the request for the order was rejected, unless a scenario rejected it.
   *
   * @param {State} state
   * @param {{ order_id?: string, trade_id?: string, timeout?: Duration }} [options]
   * @returns {Promise<Payment>}
   */
  async waitFor(state, { timeout, ...which } = {}) {
    return (await this.#wait({ type: "state", state, ...which }, timeout)).payment;
  }

  /**
   * Wait until `count` requests match, and return them. `*` matches any text in `method` and in the fields of `data`.
   *
   * @param {string} method
   * @param {{ data?: Record<string, string>, code?: string, count?: number, timeout?: Duration }} [options]
   * @returns {Promise<Exchange[]>}
   */
  async waitForRequests(method, { timeout, ...which } = {}) {
    return (await this.#wait({ type: "requests", method, ...which }, timeout)).matched;
  }

  /** Wait until no notification is being sent or due for a repetition. @param {{ timeout?: Duration }} [options] */
  async waitUntilQuiet({ timeout, ...unknown } = {}) {
    await this.#wait({ type: "quiet", ...unknown }, timeout);
  }

  /** @param {object} what @param {Duration} [timeout] @returns {Promise<any>} */
  #wait(what, timeout = PATIENCE) {
    return this.api.expect(`${this.#path}/wait`, { what, timeout });
  }

  /**
   * Check how many requests so far match, by default at least one, and return them. `exactly: 0` expects none.
   *
   * @param {string} method
   * @param {{ data?: Record<string, string>, code?: string, exactly?: number, atLeast?: number, atMost?: number }} [options]
   * @returns {Promise<Exchange[]>}
   */
  async expectRequests(method, { exactly, atLeast, atMost, ...which } = {}) {
    const wanted = {
      requests: [{ type: "requests", method, ...which }],
      exactly,
      at_least: atLeast,
      at_most: atMost,
    };
    return (await this.api.expect(`${this.#path}/verify`, wanted)).matched;
  }

  /**
   * Change the state of a payment, as the payer or the gateway would.
   *
   * @param {string} trade_id
   * @param {State} state
   * @returns {Promise<Payment>}
   */
  setState(trade_id, state) {
    return this.api.call("POST", `${this.#path}/payments/${encodeURIComponent(trade_id)}/state`, { state });
  }

  /** The payments, oldest first, at most a thousand. @returns {Promise<Payment[]>} */
  async payments() {
    return (await this.api.call("GET", `${this.#path}/payments?limit=${MOST}`)).items;
  }

  /** The requests and their answers, oldest first, at most a thousand. @returns {Promise<Exchange[]>} */
  async requests() {
    return (await this.api.call("GET", `${this.#path}/exchanges?limit=${MOST}`)).items.reverse();
  }

  /** The notifications and their attempts, oldest first, at most a thousand. @returns {Promise<Notification[]>} */
  notifications() {
    return this.api.call("GET", `${this.#path}/notifications?limit=${MOST}`);
  }

  /**
   * Call a method of the gateway such as `v3.QueryOrder`, signed with the account's key, as an application would.
   * Returns the data of the answer. Throws a RefusedError if the gateway refuses the request.
   *
   * @param {string} method
   * @param {Record<string, any>} data
   * @returns {Promise<Record<string, any>>}
   */
  async call(method, data) {
    const time = Math.floor((await this.clock.now()).getTime() / 1000);
    const body = signed({ user: this.user, method, time, data }, this.secretKey);
    const answer = await send("POST", `${this.url}/Payments`, { "Content-Type": "application/json" }, body);
    const envelope = envelopeOf(answer);
    if (envelope.status === true) return envelope.data;
    throw new RefusedError(
      String(envelope.code),
      String(envelope.message),
      String(answer.headers["x-sandbox-reason"] ?? ""),
    );
  }

  /**
   * Create a payment with a page for the payer, in place of your application: `url` is the page. Notifications go to
   * `merchant`. `fields` of v3.CreatePayments replace the defaults, or add to them.
   *
   * @param {Record<string, any>} [fields]
   * @returns {Promise<Record<string, any>>}
   */
  createPayment(fields = {}) {
    return this.call("v3.CreatePayments", {
      pay_method: "online",
      sub_pay_method: "Alipay",
      order_id: `order-${Date.now()}`,
      amount: "24.99",
      currency: "EUR",
      description: "Tea",
      timeout: "0",
      notify_url: this.merchant.url,
      redirect_url: this.merchant.url.replace(/\/notify$/, "/return"),
      ...fields,
    });
  }

  /**
   * What happened in the account so far: its requests, orders and notifications. Never throws.
   *
   * @returns {Promise<string>}
   */
  async story() {
    try {
      return (await this.api.text(`${this.#path}/story?since=${encodeURIComponent(this.#began)}`)).trimEnd();
    } catch (error) {
      return `The sandbox at ${this.url} did not tell what happened: ${/** @type {Error} */ (error).message}`;
    }
  }

  /** Throw the first error of a function that was given to the merchant. */
  check() {
    this.merchant.check();
  }

  /** Delete the account and everything in it, and close the merchant. */
  async close() {
    await this.merchant.close();
    await this.api.call("DELETE", this.#path);
  }
}

/** @param {import("./api.js").Answer} answer @returns {Record<string, any>} */
function envelopeOf({ status, body }) {
  try {
    const envelope = JSON.parse(body);
    if (typeof envelope === "object" && envelope !== null && "status" in envelope) return envelope;
  } catch {
    // Some scenarios answer with something else.
  }
  throw new SandboxError(
    `The gateway answered HTTP ${status} without its envelope: ${JSON.stringify(body.slice(0, 200))}`,
  );
}
