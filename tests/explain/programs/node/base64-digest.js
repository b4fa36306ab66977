// digest("base64") is shorter.
// mistakes: base64
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-1025", amount: "5.55", currency: "EUR",
  description: "Ball pen", timeout: 0, notify_url: "https://pen.example/n",
};
const params = { user: "016683", method: "v3.CreatePaymentsAlipayMiniPay", time: 1732680037, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("base64");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
