// Signs and calls YabandPay. Needs Node 18 or newer and no packages; pay.mjs and notify.mjs show how to use it.

import { createHmac, timingSafeEqual } from "node:crypto";

const GATEWAY = process.env.YABANDPAY_URL ?? "http://127.0.0.1:8765";
const USER = process.env.YABANDPAY_USER ?? "016683";
const SECRET_KEY = process.env.YABANDPAY_SECRET_KEY ?? "sandbox-secret-key";

/** HMAC-SHA256 of the key=value pairs, sorted by key, with unencoded values. */
export function sign(fields) {
  const text = Object.keys(fields).sort().map((key) => `${key}=${fields[key] ?? ""}`).join("&");
  return createHmac("sha256", SECRET_KEY).update(text).digest("hex");
}

/** The data of a notification; null if its signature is invalid. */
export function verified(body) {
  try {
    const { sign: given, data } = JSON.parse(body);
    const [expected, received] = [Buffer.from(sign(data)), Buffer.from(given)];
    return expected.length === received.length && timingSafeEqual(expected, received) ? data : null;
  } catch {
    return null;
  }
}

/** The gateway's response. Throws if there is none; the gateway may still have processed the request. */
export async function call(method, data) {
  const envelope = { user: USER, method, time: Math.floor(Date.now() / 1000) };
  const response = await fetch(`${GATEWAY}/Payments`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...envelope, sign: sign({ ...envelope, ...data }), data }),
    signal: AbortSignal.timeout(30_000),
  });
  return response.json();
}
