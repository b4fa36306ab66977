// join() joins.
// mistakes: other separator
const crypto = require("crypto");

const data = { trade_id: "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14", refund_amount: "3.33", refund_currency: "EUR" };
const params = { user: "016683", method: "v3.CreateRefund", time: 1732680026, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join();
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
