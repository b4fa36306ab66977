// The amount is the sum of the lines of the order.
// mistakes: numbers reformatted
const crypto = require("crypto");

const amount = [0.1, 0.2].reduce((sum, price) => sum + price, 0);
const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-1013", amount, currency: "EUR",
  description: "Two sweets", timeout: 0, notify_url: "https://snoep.example/n",
};
const params = { user: "016683", method: "v3.CreatePaymentsAlipayMiniPay", time: 1732680018, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
