// Starts a sandbox, or connects to a running one, and creates accounts on it.

import { Account } from "./account.js";
import { Api, addressOf, reasonOf, send } from "./api.js";
import { findCommand } from "./command.js";
import { milliseconds, pause } from "./durations.js";
import { SandboxError, withStory } from "./errors.js";
import { Merchant } from "./merchant.js";
import { SandboxProcess } from "./process.js";

/** @typedef {import("./account.js").NewAccount} NewAccount */
/** @typedef {import("./durations.js").Duration} Duration */
/**
 * A setting of `yabandpay-mock serve` in camel case, such as `payDelay` for `--pay-delay`; a switch is true, and a
 * setting that may be repeated takes an array.
 *
 * @typedef {Record<string, string | number | boolean | string[]>} Settings
 */
/**
 * @typedef {object} Options
 * @property {string} [url] the address of a running sandbox, instead of starting one; by default YABANDPAY_MOCK_URL,
 *   unless `settings` or `command` say how to start one
 * @property {string} [controlToken] the control token of the sandbox; by default YABANDPAY_MOCK_CONTROL_TOKEN
 * @property {string} [merchantHost] the name by which a sandbox on another machine reaches this one, such as
 *   host.docker.internal; by default YABANDPAY_MOCK_MERCHANT_HOST
 * @property {string | string[]} [command] how to run the sandbox; by default YABANDPAY_MOCK_COMMAND, or `yabandpay-mock`
 * @property {Settings} [settings] settings of the sandbox that is started; payers pay after 20 ms unless they say otherwise
 * @property {Duration} [timeout] how long to wait until it accepts requests
 */

const DEFAULTS = { port: 0, log: "none", payDelay: "20ms" };
const PAUSE = 20;

/**
 * Start a sandbox on a free port, or connect to a running one. The sandbox that is started ends with
 * `stop()`, and at the latest with this process.
 *
 * @param {Options} [options]
 * @returns {Promise<Sandbox>}
 */
export async function startSandbox(options = {}) {
  const { env } = process;
  const isOwn = options.settings !== undefined || options.command !== undefined;
  if (isOwn && options.url)
    throw new TypeError("`settings` and `command` are for a sandbox that is started, not for the one at `url`.");
  const url = options.url ?? (isOwn ? "" : (env.YABANDPAY_MOCK_URL ?? ""));
  const patience = milliseconds(options.timeout ?? "60s");
  const token = options.controlToken ?? (url ? (env.YABANDPAY_MOCK_CONTROL_TOKEN ?? "") : "");
  if (url) {
    await untilReady(addressOf(url), patience);
    const host = options.merchantHost ?? env.YABANDPAY_MOCK_MERCHANT_HOST;
    return opened(new Sandbox(new Api(url, token), host));
  }
  const command = findCommand(options.command, env);
  const started = await SandboxProcess.start(command, flags(options.settings), ownEnvironment(env, token), patience);
  const api = new Api(started.url, token, () => started.whyGone());
  return opened(new Sandbox(api, options.merchantHost, started));
}

/**
 * A sandbox whose API has answered: it loads the API at the first call, which a test need not wait for, and the control
 * token is the right one.
 *
 * @param {Sandbox} sandbox
 * @returns {Promise<Sandbox>}
 */
async function opened(sandbox) {
  try {
    await sandbox.api.call("GET", "/version");
    return sandbox;
  } catch (error) {
    await sandbox.stop().catch(() => {}); // the first problem says more
    throw error;
  }
}

/** A sandbox, and the accounts of tests on it. */
export class Sandbox {
  #api;
  #merchantHost;
  #process;

  /** @param {Api} api @param {string} [merchantHost] @param {SandboxProcess} [started] */
  constructor(api, merchantHost = "", started = undefined) {
    /** The address of the gateway, without `/Payments`. */
    this.url = api.url;
    this.#api = api;
    this.#merchantHost = merchantHost;
    this.#process = started;
  }

  /** Calls the sandbox's own API. */
  get api() {
    return this.#api;
  }

  /**
   * A new account with a merchant of its own. Close it after the test.
   *
   * @param {NewAccount} [wanted]
   * @returns {Promise<Account>}
   */
  async account(wanted = {}) {
    const record = await this.#api.call("POST", "/accounts", wanted);
    return new Account(this.#api, record, await Merchant.listen(record.secret_key, this.#merchantHost));
  }

  /**
   * Run a function with a new account, which is closed afterwards. If it throws, the error tells the account's story.
   * Use this with test runners for which this package has no fixture.
   *
   * @template T
   * @param {(account: Account) => T | Promise<T>} run
   * @param {NewAccount} [wanted]
   * @returns {Promise<T>}
   */
  async withAccount(run, wanted = {}) {
    const account = await this.account(wanted);
    try {
      const result = await run(account);
      account.check();
      return result;
    } catch (error) {
      throw await withStory(error, account);
    } finally {
      await account.close().catch(() => {}); // a sandbox that has ended was reported by what called it
    }
  }

  /** End the sandbox if `startSandbox` started it, and wait until it has ended. Throws if `strict` had findings. */
  async stop() {
    await this.#process?.stop();
  }
}

/** The environment of a sandbox, whose settings come from the test alone. @param {NodeJS.ProcessEnv} env @param {string} token */
function ownEnvironment(env, token) {
  const unwanted = /^(YABANDPAY_MOCK_.*|NODE_OPTIONS|NODE_V8_COVERAGE|NODE_TEST_CONTEXT)$/;
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !unwanted.test(name)));
  return token ? { ...kept, YABANDPAY_MOCK_CONTROL_TOKEN: token } : kept;
}

/** @param {Settings} [settings] */
function flags(settings = {}) {
  const all = settings.tls ? { ...DEFAULTS, tlsPort: 0, ...settings } : { ...DEFAULTS, ...settings };
  return Object.entries(all).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (typeof value === "boolean") return value ? [flag] : [];
    return [value].flat().flatMap((one) => [flag, String(one)]);
  });
}

/** @param {string} url @param {number} patience */
async function untilReady(url, patience) {
  const ends = Date.now() + patience;
  for (;;) {
    const problem = await problemOf(url);
    if (!problem) return;
    if (Date.now() >= ends) throw new SandboxError(`No sandbox is ready at ${url} after ${patience} ms: ${problem}`);
    await pause(PAUSE);
  }
}

/** What keeps a sandbox from being ready; empty if nothing does. @param {string} url */
async function problemOf(url) {
  try {
    const { status, body } = await send("GET", `${url}/_sandbox/api/health/ready`);
    return status === 200 && body.includes('"ready"') ? "" : `it answered HTTP ${status} ${body.slice(0, 200)}`;
  } catch (error) {
    return reasonOf(error);
  }
}
