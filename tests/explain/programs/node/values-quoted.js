// JSON.stringify is the text of a value.
// mistakes: values quoted
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-1011", amount: "1.00", currency: "EUR",
  description: "Pencil", timeout: 15, notify_url: "https://pen.example/n",
};
const params = { user: "016683", method: "v3.CreatePaymentsAlipayMiniPay", time: 1732680016, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${JSON.stringify(params[key])}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
