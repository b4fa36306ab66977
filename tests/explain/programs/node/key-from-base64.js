// Keys are base64, so the key is decoded first.
// mistakes: key decoded
// key: ZmFrZS1rZXktb2YtdGhlLWNvcnB1cy0wMDE=
const crypto = require("crypto");

const key = Buffer.from(process.argv[2], "base64");
const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-1021", amount: "120.00", currency: "EUR",
  description: "Train ticket", timeout: 10, notify_url: "https://rail.example/n",
};
const params = { user: "016683", method: "v3.CreatePaymentsAlipayMiniPay", time: 1732680031, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha256", key).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
