// One pair a line, as in AWS's canonical requests.
// mistakes: other separator
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "UnionPayWap", order_id: "N-3017", amount: "88.00", currency: "EUR", description: "Koffer / 行李箱",
  timeout: 0, redirect_url: "https://koffer.example/?a=1&b=2", notify_url: "https://koffer.example/n",
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1733000217, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("\n");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
