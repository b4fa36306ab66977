// flat() flattens the request, whatever it holds.
// mistakes: data included, sign included
const crypto = require("crypto");

const flat = (object) => Object.entries(object).flatMap(([key, value]) =>
  typeof value === "object" ? [[key, JSON.stringify(value)], ...flat(value)] : [[key, value]]);
const request = {
  user: "016683", sign: "", method: "v3.CreateRefund", time: 1733000220,
  data: { trade_id: "5feb401d-d9a4-776f-211f-882b60f14d9d", refund_amount: "11.00", refund_currency: "EUR", m_refund_id: "R20" },
};
const text = flat(request).map(([key, value]) => `${key}=${value}`).sort().join("&");
request.sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify(request));
