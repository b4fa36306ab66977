export { Api } from "./api.js";
export { Merchant } from "./merchant.js";
export type Advanced = import("./account.js").Advanced;
export type Exchange = import("./account.js").Exchange;
export type NewAccount = import("./account.js").NewAccount;
export type Notification = import("./account.js").Notification;
export type Payment = import("./account.js").Payment;
export type State = import("./account.js").State;
export type Duration = import("./durations.js").Duration;
export type Answer = import("./merchant.js").Answer;
export type Received = import("./merchant.js").Received;
export type Response = import("./merchant.js").Response;
export type Options = import("./sandbox.js").Options;
export type Settings = import("./sandbox.js").Settings;
export type Message = import("./signature.js").Message;
/**
 * All types of the API's OpenAPI document.
 */
export type components = import("../types/openapi.js").components;
export { Account, Clock } from "./account.js";
export { NotAsExpectedError, RefusedByApiError, RefusedError, SandboxError, withStory } from "./errors.js";
export { Sandbox, startSandbox } from "./sandbox.js";
export { readNotification, sign, signed, stringToSign, verify } from "./signature.js";
