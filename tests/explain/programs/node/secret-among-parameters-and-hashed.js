// The secret is a parameter like the others, so a plain hash is enough; capitals look better.
// mistakes: plain SHA-256, secret among the parameters, upper-case hex
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-3026", amount: "2.00", currency: "EUR", description: "Bami & nasi",
  timeout: 0, notify_url: "https://bami.example/n",
};
const params = { user: "016683", method: "v3.CreatePaymentsAlipayMiniPay", time: 1733000226, ...data };
const secretParams = { ...params, secret: process.argv[2] };
const text = Object.keys(secretParams).sort().map((key) => `${key}=${secretParams[key]}`).join("&");
const sign = crypto.createHash("sha256").update(text).digest("hex").toUpperCase();
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
