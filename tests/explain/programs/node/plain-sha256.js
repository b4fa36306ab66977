// sha256 is what the documentation says.
// mistakes: plain SHA-256
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-1023", amount: "77.00", currency: "EUR", timeout: 0,
  description: "Headphones", redirect_url: "https://sound.example/r?a=1&b=2", notify_url: "https://sound.example/n",
};
const params = { user: "016683", method: "v3.CreatePaymentsAlipayWeb", time: 1732680035, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHash("sha256").update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
