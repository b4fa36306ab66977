// decodeURIComponent undoes what the form did to the values.
// mistakes: values URL-decoded
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "WeChat Pay", order_id: "N-1010", amount: "19.00", currency: "EUR",
  description: "T-shirt", timeout: 0, notify_url: "https://shirt.example/n",
  redirect_url: "https://shirt.example/thanks?name=Jos%C3%A9&next=%2Fshop",
};
const params = { user: "016683", method: "v3.CreatePaymentsWechatH5Pay", time: 1732680015, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${decodeURIComponent(params[key])}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
