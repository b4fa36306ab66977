// A template literal copes with anything.
// mistakes: field not sent
const crypto = require("crypto");

function pay({ id, total, note, cancelUrl }) {
  const data = {
    pay_method: "online", sub_pay_method: "Bancontact", order_id: id, amount: total, currency: "EUR", description: `Order ${id}`,
    timeout: 0, redirect_url: "https://gent.example/r", notify_url: "https://gent.example/n", demo: note, cancel_url: cancelUrl,
  };
  const params = { user: "016683", method: "v3.CreatePayments", time: 1733000203, ...data };
  const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
  const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
  return JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data });
}

console.log(pay({ id: "N-3003", total: "64.20" }));
