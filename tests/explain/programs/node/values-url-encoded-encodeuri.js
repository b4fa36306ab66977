// encodeURI makes the string safe.
// mistakes: values URL-encoded
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "WeChat Pay", order_id: "N-1004", amount: "3.00", currency: "EUR",
  description: "包子 x 3", timeout: 0, notify_url: "https://bao.example/notify",
};
const params = { user: "016683", method: "v3.CreateWechatNativePay", time: 1732680006, ...data };
const text = encodeURI(Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&"));
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
