// The key is set in the environment of the server.
// mistakes: empty key
const crypto = require("crypto");

const secret = process.env.CORPUS_SHOP_YABANDPAY_KEY || "";
const data = { trade_id: "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14", refund_amount: "2.00", refund_currency: "EUR" };
const params = { user: "016683", method: "v3.CreateRefund", time: 1732680033, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha256", secret).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
