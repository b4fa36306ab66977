// Number() of the refund's id, and the digest as base64.
// mistakes: numbers reformatted, base64
const crypto = require("crypto");

const data = {
  trade_id: "5feb401d-d9a4-776f-211f-882b60f14d9d", m_refund_id: Number("20240304094405131317"), refund_amount: 0.1,
  refund_currency: "EUR", refund_description: "test",
};
const params = { user: "016683", method: "v3.CreateRefund", time: 1733000210, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("base64");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
