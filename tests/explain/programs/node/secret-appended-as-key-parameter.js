// The key goes to the end of the string, as with WeChat, and SHA-256 hashes it.
// mistakes: secret appended
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "WeChat Pay", order_id: "N-1024", amount: "12.12", currency: "EUR",
  description: "Rice cooker", timeout: 15, notify_url: "https://rijst.example/n",
};
const params = { user: "016683", method: "v3.CreateWechatNativePay", time: 1732680036, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHash("sha256").update(`${text}&key=${process.argv[2]}`).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
