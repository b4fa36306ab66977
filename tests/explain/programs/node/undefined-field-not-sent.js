// A field without a value is an empty text.
// mistakes: field not sent
const crypto = require("crypto");

const order = { id: "N-1007", total: "31.50" };
const data = {
  pay_method: "online", sub_pay_method: "iDEAL", order_id: order.id, amount: order.total, currency: "EUR",
  description: "Order N-1007", timeout: 0, redirect_url: "https://shop.example/ok", notify_url: "https://shop.example/n",
  demo: order.note,
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1732680011, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key] ?? ""}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
