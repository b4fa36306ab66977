/**
 * Start a sandbox on a free port, or connect to a running one. The sandbox that is started ends with
 * `stop()`, and at the latest with this process.
 *
 * @param {Options} [options]
 * @returns {Promise<Sandbox>}
 */
export function startSandbox(options?: Options): Promise<Sandbox>;
/** A sandbox, and the accounts of tests on it. */
export class Sandbox {
    /** @param {Api} api @param {string} [merchantHost] @param {SandboxProcess} [started] */
    constructor(api: Api, merchantHost?: string, started?: SandboxProcess);
    /** The address of the gateway, without `/Payments`. */
    url: string;
    /** Calls the sandbox's own API. */
    get api(): Api;
    /**
     * A new account with a merchant of its own. Close it after the test.
     *
     * @param {NewAccount} [wanted]
     * @returns {Promise<Account>}
     */
    account(wanted?: NewAccount): Promise<Account>;
    /**
     * Run a function with a new account, which is closed afterwards. If it throws, the error tells the account's story.
     * Use this with test runners for which this package has no fixture.
     *
     * @template T
     * @param {(account: Account) => T | Promise<T>} run
     * @param {NewAccount} [wanted]
     * @returns {Promise<T>}
     */
    withAccount<T>(run: (account: Account) => T | Promise<T>, wanted?: NewAccount): Promise<T>;
    /** End the sandbox if `startSandbox` started it, and wait until it has ended. Throws if `strict` had findings. */
    stop(): Promise<void>;
    #private;
}
export type NewAccount = import("./account.js").NewAccount;
export type Duration = import("./durations.js").Duration;
/**
 * A setting of `yabandpay-mock serve` in camel case, such as `payDelay` for `--pay-delay`; a switch is true, and a
 * setting that may be repeated takes an array.
 */
export type Settings = Record<string, string | number | boolean | string[]>;
export type Options = {
    /**
     * the address of a running sandbox, instead of starting one; by default YABANDPAY_MOCK_URL,
     * unless `settings` or `command` say how to start one
     */
    url?: string | undefined;
    /**
     * the control token of the sandbox; by default YABANDPAY_MOCK_CONTROL_TOKEN
     */
    controlToken?: string | undefined;
    /**
     * the name by which a sandbox on another machine reaches this one, such as
     * host.docker.internal; by default YABANDPAY_MOCK_MERCHANT_HOST
     */
    merchantHost?: string | undefined;
    /**
     * how to run the sandbox; by default YABANDPAY_MOCK_COMMAND, or `yabandpay-mock`
     */
    command?: string | string[] | undefined;
    /**
     * settings of the sandbox that is started; payers pay after 20 ms unless they say otherwise
     */
    settings?: Settings | undefined;
    /**
     * how long to wait until it accepts requests
     */
    timeout?: `${number}ms` | `${number}s` | `${number}m` | `${number}h` | `${number}d` | undefined;
};
import { Api } from "./api.js";
import { Account } from "./account.js";
import { SandboxProcess } from "./process.js";
