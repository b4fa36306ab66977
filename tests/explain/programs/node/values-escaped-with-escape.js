// escape() has always been the function for this.
// mistakes: values URL-encoded
const crypto = require("crypto");

const data = {
  trade_id: "0b8f7c52-9f0e-4b8e-a7b1-5c2d1e0f3a49", refund_amount: "15.00", refund_currency: "EUR",
  refund_description: "退款：Größe passt nicht", m_refund_id: "N-R-3002",
};
const params = { user: "016683", method: "v3.CreateRefund", time: 1733000202, ...data };
const pairs = [];
for (const key of Object.keys(params).sort()) pairs.push(`${key}=${escape(params[key])}`);
const sign = crypto.createHmac("sha256", process.argv[2]).update(pairs.join("&")).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
