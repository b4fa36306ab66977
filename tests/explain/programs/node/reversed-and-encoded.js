// sort().reverse() and encodeURIComponent().
// mistakes: sorted backwards, values URL-encoded
const crypto = require("crypto");

const data = {
  trade_id: "0b8f7c52-9f0e-4b8e-a7b1-5c2d1e0f3a49", refund_amount: 2.5, refund_currency: "EUR",
  refund_description: "½ price: 50% off!", notify_url: "https://korting.example/n?x=1",
};
const params = { user: "016683", method: "v3.CreateRefund", time: 1733000207, ...data };
const text = Object.keys(params).sort().reverse().map((key) => `${key}=${encodeURIComponent(params[key])}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
