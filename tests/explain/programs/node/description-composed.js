// normalize() makes equal texts equal.
// mistakes: other Unicode form
const crypto = require("crypto");

const fileName = "Re\u0301sume\u0301 scho\u0308n.pdf";
const data = {
  pay_method: "online", sub_pay_method: "PayPal", order_id: "N-1020", amount: "2.00", currency: "EUR",
  description: `Download of ${fileName}`, timeout: 0, redirect_url: "https://cv.example/r", notify_url: "https://cv.example/n",
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1732680029, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${String(params[key]).normalize()}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
