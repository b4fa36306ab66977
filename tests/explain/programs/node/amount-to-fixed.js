// toFixed(2) gives the amount as a shopper sees it.
// mistakes: numbers reformatted
const crypto = require("crypto");

const price = 24.9;
const data = {
  pay_method: "online", sub_pay_method: "PayPal", order_id: "N-1012", amount: price, currency: "EUR",
  description: "Umbrella", timeout: 0, redirect_url: "https://rain.example/r", notify_url: "https://rain.example/n",
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1732680017, ...data, amount: price.toFixed(2) };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
