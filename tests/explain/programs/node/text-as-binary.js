// The string is binary data for the hash.
// mistakes: other character set
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "iDEAL", order_id: "N-1019", amount: "4.25", currency: "EUR",
  description: "Café crème à emporter", timeout: 0, redirect_url: "https://cafe.example/r", notify_url: "https://cafe.example/n",
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1732680028, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text, "binary").digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
