// A value with & or = in it would break the string.
// mistakes: values URL-encoded
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "iDEAL", order_id: "N-1003", amount: "45.00", currency: "EUR",
  description: "Chair (oak) – it's solid!", timeout: 60, redirect_url: "https://stoel.example/?page=thanks&id=1003",
  notify_url: "https://stoel.example/notify",
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1732680005, ...data };
const text = Object.keys(params).sort().map((key) => key + "=" + encodeURIComponent(params[key])).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
