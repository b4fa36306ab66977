// Names of payment methods are kept in small letters.
// mistakes: case of values changed
const crypto = require("crypto");

const methods = ["alipay", "ideal", "wechat pay"];
const data = {
  pay_method: "online", sub_pay_method: "WeChat Pay", order_id: "N-3022", amount: "5.20", currency: "EUR", description: "Thermos Cup XL",
  timeout: 0, sub_app_id: "wxc72defa5cec6dfc7", notify_url: "https://Thermos.example/n",
};
const method = methods.find((name) => name === data.sub_pay_method.toLowerCase());
const params = { user: "016683", method: "v3.CreatePaymentsWechatAPPPay", time: 1733000222, ...data, sub_pay_method: method };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
