/** The clock of an account, which shows the machine's time until it is changed. */
export class Clock {
    /** @param {Api} api @param {string} path */
    constructor(api: Api, path: string);
    /** The account's time. @returns {Promise<Date>} */
    now(): Promise<Date>;
    /**
     * Advance the clock, and do everything that falls due on the way: payers pay, orders expire, and notifications are
     * sent and repeated before this returns.
     *
     * @param {Duration} by
     * @returns {Promise<Advanced>}
     */
    advance(by: Duration): Promise<Advanced>;
    /** Advance the clock to an instant. @param {Date | string} to @returns {Promise<Advanced>} */
    advanceTo(to: Date | string): Promise<Advanced>;
    /** Stop the clock, now or at a later instant. Nothing falls due until it is advanced. @param {Date | string} [at] */
    freeze(at?: Date | string): Promise<void>;
    /** Run the clock this many times as fast as the machine's. @param {number} rate */
    scale(rate: number): Promise<void>;
    #private;
}
/**
 * A separate account of a sandbox. The application under test uses its `url`, `user` and `secretKey`. The sandbox's API
 * refuses options that it does not know, so all are handed on.
 */
export class Account {
    /** @param {Api} api @param {Schemas["AccountRecord"]} record @param {Merchant} merchant */
    constructor(api: Api, record: Schemas["AccountRecord"], merchant: Merchant);
    /** The address of the gateway, without `/Payments`. */
    url: string;
    user: string;
    secretKey: string;
    name: string;
    /** Calls the sandbox's own API. */
    api: import("./api.js").Api;
    /** Records the notifications that are sent to its `url`. */
    merchant: import("./merchant.js").Merchant;
    clock: Clock;
    /**
     * Select a scenario: for all further requests, or for the next `times` that match. In `method` and in `reference`,
     * the merchant's reference such as the order_id, `*` matches any text.
     *
     * @param {string} scenario
     * @param {{ times?: number, method?: string, reference?: string }} [options]
     */
    use(scenario: string, { times, method, reference, ...unknown }?: {
        times?: number;
        method?: string;
        reference?: string;
    }): Promise<void>;
    /**
     * Wait until a payment is in a state, and return it: the newest of the account, unless `order_id` or `trade_id` names
     * one. Ends early if the request for the order was rejected, unless a scenario rejected it.
     *
     * @param {State} state
     * @param {{ order_id?: string, trade_id?: string, timeout?: Duration }} [options]
     * @returns {Promise<Payment>}
     */
    waitFor(state: State, { timeout, ...which }?: {
        order_id?: string;
        trade_id?: string;
        timeout?: Duration;
    }): Promise<Payment>;
    /**
     * Wait until `count` requests match, and return them. `*` matches any text in `method` and in the fields of `data`.
     *
     * @param {string} method
     * @param {{ data?: Record<string, string>, code?: string, count?: number, timeout?: Duration }} [options]
     * @returns {Promise<Exchange[]>}
     */
    waitForRequests(method: string, { timeout, ...which }?: {
        data?: Record<string, string>;
        code?: string;
        count?: number;
        timeout?: Duration;
    }): Promise<Exchange[]>;
    /** Wait until no notification is being sent or due for a repetition. @param {{ timeout?: Duration }} [options] */
    waitUntilQuiet({ timeout, ...unknown }?: {
        timeout?: Duration;
    }): Promise<void>;
    /**
     * Check how many requests so far match, by default at least one, and return them. `exactly: 0` expects none.
     *
     * @param {string} method
     * @param {{ data?: Record<string, string>, code?: string, exactly?: number, atLeast?: number, atMost?: number }} [options]
     * @returns {Promise<Exchange[]>}
     */
    expectRequests(method: string, { exactly, atLeast, atMost, ...which }?: {
        data?: Record<string, string>;
        code?: string;
        exactly?: number;
        atLeast?: number;
        atMost?: number;
    }): Promise<Exchange[]>;
    /**
     * Change the state of a payment, as the payer or the gateway would.
     *
     * @param {string} trade_id
     * @param {State} state
     * @returns {Promise<Payment>}
     */
    setState(trade_id: string, state: State): Promise<Payment>;
    /** The payments, oldest first, at most a thousand. @returns {Promise<Payment[]>} */
    payments(): Promise<Payment[]>;
    /** The requests and their answers, oldest first, at most a thousand. @returns {Promise<Exchange[]>} */
    requests(): Promise<Exchange[]>;
    /** The notifications and their attempts, oldest first, at most a thousand. @returns {Promise<Notification[]>} */
    notifications(): Promise<Notification[]>;
    /**
     * Call a method of the gateway such as `v3.QueryOrder`, signed with the account's key, as an application would.
     * Returns the data of the answer. Throws a RefusedError if the gateway refuses the request.
     *
     * @param {string} method
     * @param {Record<string, any>} data
     * @returns {Promise<Record<string, any>>}
     */
    call(method: string, data: Record<string, any>): Promise<Record<string, any>>;
    /**
     * Create a payment with a page for the payer, in place of your application: `url` is the page. Notifications go to
     * `merchant`. `fields` of v3.CreatePayments replace the defaults, or add to them.
     *
     * @param {Record<string, any>} [fields]
     * @returns {Promise<Record<string, any>>}
     */
    createPayment(fields?: Record<string, any>): Promise<Record<string, any>>;
    /**
     * What happened in the account so far: its requests, orders and notifications. Never throws.
     *
     * @returns {Promise<string>}
     */
    story(): Promise<string>;
    /** Throw the first error of a function that was given to the merchant. */
    check(): void;
    /** Delete the account and everything in it, and close the merchant. */
    close(): Promise<void>;
    #private;
}
export type Api = import("./api.js").Api;
export type Duration = import("./durations.js").Duration;
export type Merchant = import("./merchant.js").Merchant;
export type Schemas = import("../types/openapi.js").components["schemas"];
/**
 * A payment of an account.
 */
export type Payment = Schemas["PaymentRecord"];
/**
 * A request to the gateway and its answer.
 */
export type Exchange = Schemas["ExchangeRecord"];
/**
 * A notification and the attempts to deliver it.
 */
export type Notification = Schemas["NotificationRecord"];
/**
 * What happened while a clock was advanced.
 */
export type Advanced = Schemas["AdvanceRecord"];
/**
 * The state of a payment.
 */
export type State = "paid" | "authorized" | "pending" | "processing" | "verify" | "declined" | "failed" | "expired" | "cancelled";
/**
 * How a clock runs.
 */
export type NewClock = Pick<Schemas["NewClock"], "kind"> & Partial<Schemas["NewClock"]>;
/**
 * The fields of a new account; all have a default.
 */
export type NewAccount = Partial<Omit<Schemas["NewAccount"], "clock">> & {
    clock?: NewClock;
};
