// A template literal writes any value.
// mistakes: null as text
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "WeChat Pay", order_id: "N-1015", amount: "8.00", currency: "EUR",
  description: "Noodles", timeout: 0, sub_app_id: "wx8888888888888888", sub_open_id: null, notify_url: "https://mian.example/n",
};
const params = { user: "016683", method: "v3.CreatePaymentsWechatMiniPay", time: 1732680020, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
