/**
 * The text that is signed. `dropped` leaves out values that PHP calls empty, as some published clients do.
 *
 * @param {Message} message
 * @param {"kept" | "dropped"} [emptyValues]
 * @returns {string}
 */
export function stringToSign(message: Message, emptyValues?: "kept" | "dropped"): string;
/**
 * The signature of a request or of a notification's data, as 64 hexadecimal digits.
 *
 * @param {Message} message
 * @param {string} secretKey
 * @returns {string}
 */
export function sign(message: Message, secretKey: string): string;
/**
 * The JSON text of a request or a notification with its signature. Send exactly this text.
 *
 * @param {Record<string, any>} message
 * @param {string} secretKey
 * @returns {string}
 */
export function signed(message: Record<string, any>, secretKey: string): string;
/**
 * Whether a request or a notification is signed with this key. Values that PHP calls empty may be left out of the
 * signed text. Takes notifications in all their forms: JSON, percent-encoded, and in the field `resultData`.
 *
 * @param {Message} message
 * @param {string} secretKey
 * @returns {boolean}
 */
export function verify(message: Message, secretKey: string): boolean;
/**
 * The data of a notification if it is signed with this key, else null.
 *
 * @param {string | Uint8Array} body
 * @param {string} secretKey
 * @returns {Record<string, any> | null}
 */
export function readNotification(body: string | Uint8Array, secretKey: string): Record<string, any> | null;
export type PhpValue = import("./php.js").PhpValue;
/**
 * A request `{ user, method, time, data }` or a notification `{ data }`: as an object, or as the JSON text or the bytes
 * that were sent. Numbers that JavaScript would change, such as 9007199254740993, are exact in texts and bytes only.
 */
export type Message = string | Uint8Array | Record<string, any>;
