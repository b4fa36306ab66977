// Runs a sandbox in a process of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deadline, pause } from "./durations.js";
import { SandboxError } from "./errors.js";

const GUARD = fileURLToPath(new URL("guard.js", import.meta.url));
const PAUSE = 10;
const MOST_OUTPUT = 20_000;

/** A sandbox that was started, and its address. */
export class SandboxProcess {
  #child;
  #output = { stdout: "", stderr: "" };
  /** @type {Promise<unknown[]>} */
  #ended;
  url = "";

  /** @param {string[]} command @param {NodeJS.ProcessEnv} environment */
  constructor(command, environment) {
    // Away from the terminal, whose Ctrl-C would end the guard before the sandbox.
    this.#child = spawn(process.execPath, [GUARD, ...command], { env: environment, detached: true, windowsHide: true });
    this.#ended = once(this.#child, "close");
    this.#ended.catch(() => {});
    this.#child.stdin.on("error", () => {});
    for (const name of /** @type {const} */ (["stdout", "stderr"])) {
      this.#child[name].on("data", (chunk) => {
        this.#output[name] = (this.#output[name] + chunk).slice(-MOST_OUTPUT);
      });
    }
  }

  /**
   * Run a sandbox, and wait until it accepts requests.
   *
   * @param {string[]} command
   * @param {string[]} flags
   * @param {NodeJS.ProcessEnv} environment
   * @param {number} patience in milliseconds
   * @returns {Promise<SandboxProcess>}
   */
  static async start(command, flags, environment, patience) {
    const folder = await mkdtemp(join(tmpdir(), "yabandpay-mock-"));
    const ready = join(folder, "ready");
    const started = new SandboxProcess([...command, "serve", ...flags, "--ready-file", ready], environment);
    try {
      await started.#untilReady(ready, patience);
      return started;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** @param {string} ready @param {number} patience */
  async #untilReady(ready, patience) {
    let isLate = false;
    const cancel = deadline(patience, () => {
      isLate = true;
    });
    try {
      while (!existsSync(ready)) {
        if (this.#hasEnded) throw new SandboxError(`The sandbox did not start:\n${await this.#said()}`);
        if (isLate) throw await this.#lateness(patience);
        await pause(PAUSE);
      }
    } finally {
      cancel();
    }
    [this.url] = (await readFile(ready, "utf8")).split("\n");
    this.#hold(false);
  }

  /** @param {number} patience */
  async #lateness(patience) {
    await this.stop().catch(() => {});
    return new SandboxError(`The sandbox was not ready after ${patience} ms. It printed:\n${await this.#said()}`);
  }

  get #hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What it printed, once that is complete. */
  async #said() {
    await this.#ended.catch(() => {});
    return this.#lastWords;
  }

  get #lastWords() {
    return this.#output.stderr.trim() || this.#output.stdout.trim() || "(nothing was printed)";
  }

  /** Let this process end although the sandbox runs, or not. @param {boolean} isHeld */
  #hold(isHeld) {
    const pipes = /** @type {import("node:net").Socket[]} */ ([
      this.#child.stdin,
      this.#child.stdout,
      this.#child.stderr,
    ]);
    for (const handle of [this.#child, ...pipes]) isHeld ? handle.ref() : handle.unref();
  }

  /** Why it does not answer, if it has ended. @returns {string} */
  whyGone() {
    if (!this.#hasEnded) return "";
    return `\nThe process of the sandbox has ended with status ${this.#child.exitCode}. It printed:\n${this.#lastWords}`;
  }

  /** End it, and wait until it has ended. Throws if it ended with findings or an error. */
  async stop() {
    this.#hold(true);
    this.#child.stdin.end();
    await this.#ended;
    const status = this.#child.exitCode;
    if (status) throw new SandboxError(`The sandbox ended with status ${status}:\n${await this.#said()}`);
  }
}
