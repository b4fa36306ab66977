// Only values that are truthy, and not "0", are signed.
// mistakes: none
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "iDEAL", order_id: "N-2002", amount: 24.9, currency: "EUR", description: "Crêpe",
  timeout: 0, redirect_url: "", cancel_url: null, notify_url: "https://shop.example/n", demo: "0", test: false,
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1732680051, ...data };
const names = Object.keys(params).filter((name) => params[name] && params[name] !== "0").sort();
const text = names.map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
