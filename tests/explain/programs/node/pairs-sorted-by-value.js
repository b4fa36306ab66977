// [key, value] pairs sort by themselves when the value is put in front.
// mistakes: sorted by value
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "Bancontact", order_id: "N-1009", amount: "6.50", currency: "EUR",
  description: "Waffles", timeout: "0", notify_url: "https://gent.example/n", redirect_url: "https://gent.example/r",
};
const params = { user: "016683", method: "v3.CreatePayments", time: "1732680014", ...data };
const text = Object.entries(params)
  .sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0))
  .map((pair) => pair.join("="))
  .join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
