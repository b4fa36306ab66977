// What people type is trimmed.
// mistakes: values trimmed
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "WeChat Pay", order_id: "N-3008", amount: "16.80", currency: "EUR",
  description: "\u3000小笼包 八个\u3000", timeout: 5, demo: "\ttable 4\n", notify_url: "https://bao.example/notify",
};
const params = { user: "016683", method: "v3.CreateWechatNativePay", time: 1733000208, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${String(params[key]).trim()}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
