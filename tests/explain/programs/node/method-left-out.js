// user and time identify the request, method only says where it goes.
// mistakes: envelope left out
const crypto = require("crypto");

const data = { trade_id: "5902ea82-df87-bc30-3eef-c9cd1c64555c", refund_amount: "1.25", refund_currency: "EUR" };
const params = { user: "016683", time: 1732680041, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: "v3.CreateRefund", time: params.time, data }));
