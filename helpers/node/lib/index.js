// Tests with the YabandPay sandbox, in any test runner.

export { Account, Clock } from "./account.js";
export { Api } from "./api.js";
export { NotAsExpectedError, RefusedByApiError, RefusedError, SandboxError, withStory } from "./errors.js";
export { Merchant } from "./merchant.js";
export { Sandbox, startSandbox } from "./sandbox.js";
export { readNotification, sign, signed, stringToSign, verify } from "./signature.js";

/** @typedef {import("./account.js").Advanced} Advanced */
/** @typedef {import("./account.js").Exchange} Exchange */
/** @typedef {import("./account.js").NewAccount} NewAccount */
/** @typedef {import("./account.js").Notification} Notification */
/** @typedef {import("./account.js").Payment} Payment */
/** @typedef {import("./account.js").State} State */
/** @typedef {import("./durations.js").Duration} Duration */
/** @typedef {import("./merchant.js").Answer} Answer */
/** @typedef {import("./merchant.js").Received} Received */
/** @typedef {import("./merchant.js").Response} Response */
/** @typedef {import("./sandbox.js").Options} Options */
/** @typedef {import("./sandbox.js").Settings} Settings */
/** @typedef {import("./signature.js").Message} Message */
/** All types of the API's OpenAPI document. @typedef {import("../types/openapi.js").components} components */
