// The gateway's signature: HMAC-SHA256 of `key=value` pairs, sorted by key and joined by `&`.

import { createHmac, timingSafeEqual } from "node:crypto";
import { PhpObject, isEmpty, parse, textOf } from "./php.js";

/** @typedef {import("./php.js").PhpValue} PhpValue */
/**
 * A request `{ user, method, time, data }` or a notification `{ data }`: as an object, or as the JSON text or the bytes
 * that were sent. Numbers that JavaScript would change, such as 9007199254740993, are exact in texts and bytes only.
 *
 * @typedef {string | Uint8Array | Record<string, any>} Message
 */

const ENVELOPE = ["user", "method", "time"];

/**
 * The text that is signed. `dropped` leaves out values that PHP calls empty, as some published clients do.
 *
 * @param {Message} message
 * @param {"kept" | "dropped"} [emptyValues]
 * @returns {string}
 */
export function stringToSign(message, emptyValues = "kept") {
  return joined(parameters(opened(message)), emptyValues);
}

/**
 * The signature of a request or of a notification's data, as 64 hexadecimal digits.
 *
 * @param {Message} message
 * @param {string} secretKey
 * @returns {string}
 */
export function sign(message, secretKey) {
  return hmac(stringToSign(message), secretKey);
}

/**
 * The JSON text of a request or a notification with its signature. Send exactly this text.
 *
 * @param {Record<string, any>} message
 * @param {string} secretKey
 * @returns {string}
 */
export function signed(message, secretKey) {
  return JSON.stringify({ ...message, sign: sign(message, secretKey) });
}

/**
 * Whether a request or a notification is signed with this key. Values that PHP calls empty may be left out of the
 * signed text. Takes notifications in all their forms: JSON, percent-encoded, and in the field `resultData`.
 *
 * @param {Message} message
 * @param {string} secretKey
 * @returns {boolean}
 */
export function verify(message, secretKey) {
  try {
    const envelope = opened(message);
    const given = envelope.get("sign");
    return typeof given === "string" && isSignature(parameters(envelope), given, secretKey);
  } catch (error) {
    if (isMalformed(error)) return false;
    throw error;
  }
}

/**
 * The data of a notification if it is signed with this key, else null.
 *
 * @param {string | Uint8Array} body
 * @param {string} secretKey
 * @returns {Record<string, any> | null}
 */
export function readNotification(body, secretKey) {
  try {
    const envelope = opened(body);
    const [data, given] = [envelope.get("data"), envelope.get("sign")];
    if (!(data instanceof PhpObject) || data.size === 0 || typeof given !== "string") return null;
    return isSignature(data, given, secretKey) ? JSON.parse(jsonIn(body)).data : null;
  } catch (error) {
    if (isMalformed(error)) return null;
    throw error;
  }
}

/** @param {unknown} error */
function isMalformed(error) {
  return error instanceof SyntaxError || error instanceof URIError;
}

/** @param {Map<string, PhpValue>} values @param {string} given @param {string} secretKey */
function isSignature(values, given, secretKey) {
  const received = Buffer.from(given);
  return /** @type {const} */ (["kept", "dropped"]).some((emptyValues) => {
    const expected = Buffer.from(hmac(joined(values, emptyValues), secretKey));
    return expected.length === received.length && timingSafeEqual(expected, received);
  });
}

/** @param {string} text @param {string} secretKey */
function hmac(text, secretKey) {
  return createHmac("sha256", secretKey).update(text).digest("hex");
}

/** @param {Message} message @returns {Map<string, PhpValue>} */
function opened(message) {
  const isSent = typeof message === "string" || message instanceof Uint8Array;
  const envelope = parse(isSent ? jsonIn(message) : JSON.stringify(message));
  if (!(envelope instanceof PhpObject)) throw new SyntaxError("A message is a JSON object.");
  return envelope;
}

/**
 * The signed values: of a request user, method, time and its data, whose members take precedence; else the data.
 *
 * @param {Map<string, PhpValue>} envelope
 * @returns {Map<string, PhpValue>}
 */
function parameters(envelope) {
  const data = envelope.get("data");
  const own = ENVELOPE.filter((name) => envelope.has(name));
  if (!(data instanceof PhpObject) && own.length === 0) throw new SyntaxError("A notification has an object `data`.");
  const inside = data instanceof PhpObject ? [...data] : [];
  if (own.length === 0) return new Map(inside);
  const unsigned = (/** @type {[string, PhpValue]} */ [name]) => name !== "sign" && name !== "data";
  const outside = own.map((name) => /** @type {[string, PhpValue]} */ ([name, envelope.get(name) ?? null]));
  return new Map([...outside, ...inside.filter(unsigned)]);
}

/** @param {Map<string, PhpValue>} values @param {"kept" | "dropped"} emptyValues */
function joined(values, emptyValues) {
  return [...values]
    .filter(([, value]) => emptyValues === "kept" || !isEmpty(value))
    .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .join("&");
}

/** The JSON of a body, which may be percent-encoded, or in the field `resultData`. @param {string | Uint8Array} body */
function jsonIn(body) {
  const text = typeof body === "string" ? body : decoded(body);
  if (/^\s*[{[]/.test(text)) return text;
  const field = text.replace(/^resultData=/, "");
  return /^\s*\{/.test(field) ? field : decodeURIComponent(field.replaceAll("+", " "));
}

/** @param {Uint8Array} bytes */
function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SyntaxError("The body is not UTF-8.");
  }
}
