// The spread brings the fields of data up to the top level.
// mistakes: data included
const crypto = require("crypto");

const request = {
  user: "016683", method: "v3.CreateRefund", time: 1732680009,
  data: { trade_id: "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14", refund_amount: "20.00", refund_currency: "EUR" },
};
const params = { ...request, ...request.data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
request.sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify(request));
