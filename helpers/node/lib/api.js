// Calls a sandbox over HTTP. Uses node:http, as tests often replace `fetch`.

import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { NotAsExpectedError, RefusedByApiError, SandboxError } from "./errors.js";

/** @typedef {import("../types/openapi.js").components["schemas"]} Schemas */
/** A problem that the API reports (RFC 9457). @typedef {Schemas["Problem"]} Problem */
/** @typedef {{ status: number, headers: Record<string, string | string[] | undefined>, body: string }} Answer */

const API = "/_sandbox/api";
const UNMET = [408, 409];

/** The address of a sandbox without a slash at its end. @param {string} url @returns {string} */
export function addressOf(url) {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new SandboxError(
      `Expected the address of a sandbox such as http://127.0.0.1:8765, not ${JSON.stringify(url)}.`,
    );
  }
  return url.replace(/\/+$/, "");
}

/**
 * Send a request and read the answer.
 *
 * @param {string} verb
 * @param {string} url
 * @param {Record<string, string>} [headers]
 * @param {string} [body]
 * @returns {Promise<Answer>}
 */
export function send(verb, url, headers = {}, body = undefined) {
  const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const options = { method: verb, headers: { ...headers, ...length }, agent: false };
  return new Promise((resolve, reject) => {
    const request = url.startsWith("https:") ? requestHttps(url, options) : requestHttp(url, options);
    request.on("error", reject);
    request.on("response", (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    request.end(body);
  });
}

/** The sandbox's own API, which its page `/_sandbox/openapi.json` describes. */
export class Api {
  #token;
  #whyGone;

  /**
   * @param {string} url
   * @param {string} [token] the control token of the sandbox, if it has one
   * @param {() => string} [whyGone] says why a sandbox that was started does not answer
   */
  constructor(url, token = "", whyGone = () => "") {
    this.url = addressOf(url);
    this.#token = token;
    this.#whyGone = whyGone;
  }

  /**
   * Call an operation such as `("GET", "/scenarios")`; returns what it answers.
   *
   * @param {"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} verb
   * @param {string} path below `/_sandbox/api`
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  async call(verb, path, body = undefined) {
    const answer = await this.#sent(verb, path, body === undefined ? undefined : JSON.stringify(body));
    return answer ? JSON.parse(answer) : null;
  }

  /** What an operation tells as plain text. @param {string} path @returns {Promise<string>} */
  text(path) {
    return this.#sent("GET", path);
  }

  /**
   * Call an operation that waits or checks; throws a NotAsExpectedError if it was in vain.
   *
   * @param {string} path
   * @param {unknown} body
   * @returns {Promise<any>}
   */
  async expect(path, body) {
    try {
      return await this.call("POST", path, body);
    } catch (error) {
      if (!(error instanceof RefusedByApiError) || !UNMET.includes(error.problem.status)) throw error;
      throw new NotAsExpectedError([error.problem.detail, ...(error.problem.nearest ?? []).map(nearMiss)].join("\n"));
    }
  }

  /** @param {string} verb @param {string} path @param {string} [body] */
  async #sent(verb, path, body = undefined) {
    /** @type {Record<string, string>} */
    const headers = { "Content-Type": "application/json" };
    if (this.#token) headers.Authorization = `Bearer ${this.#token}`;
    let answer;
    try {
      answer = await send(verb, this.url + API + path, headers, body);
    } catch (error) {
      throw new SandboxError(`The sandbox at ${this.url} did not answer: ${reasonOf(error)}${this.#whyGone()}`);
    }
    if (answer.status >= 400) throw this.#refusal(answer);
    return answer.body;
  }

  /** @param {Answer} answer */
  #refusal({ status, body }) {
    const problem = problemIn(body);
    if (!problem) {
      const detail = `${this.url} answered HTTP ${status}; expected a sandbox of the same version as this package.`;
      return new RefusedByApiError({ title: "No sandbox", status, detail, type: "about:blank", nearest: [] });
    }
    if (status === 401)
      problem.detail += " Set YABANDPAY_MOCK_CONTROL_TOKEN, or use startSandbox({ controlToken: … }).";
    return new RefusedByApiError(problem);
  }
}

/** Why there was no answer. @param {unknown} error @returns {string} */
export function reasonOf(error) {
  const { message, code } = /** @type {NodeJS.ErrnoException} */ (error);
  return message || code || String(error);
}

/** @param {string} body @returns {Problem | null} */
function problemIn(body) {
  try {
    const problem = JSON.parse(body);
    return typeof problem?.detail === "string" ? problem : null;
  } catch {
    return null;
  }
}

/** @param {any} nearest */
function nearMiss(nearest) {
  if (nearest.differs) return `  near miss: request ${nearest.exchange}, but ${nearest.differs.join(" and ")}`;
  return `  there is ${Object.entries(nearest)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")}`;
}
