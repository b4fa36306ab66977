// Arrays as JSON, numbers with 14 digits, true as 1.
// mistakes: none
const crypto = require("crypto");

const textOf = (value) => {
  if (Array.isArray(value)) return JSON.stringify(value);
  if (typeof value === "number") return String(Number(value.toPrecision(14)));
  return value === true ? "1" : value === false || value == null ? "" : value;
};
const data = {
  command: "createSplitPayment", trade_id: "5902ea82-df87-bc30-3eef-c9cd1c64555c", currency: "EUR", total: 0.1 + 0.2,
  split_completed: true, reference: null, orderRef: "B", "3ds": "x",
  receivers: [{ mid: 111, split_amount: 2.5, description: "分账/1" }, { mid: 222, split_amount: 1, description: "\"é\"" }],
};
const params = { user: "016683", method: "v3.SplitPayment", time: 1732680052, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${textOf(params[name])}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
