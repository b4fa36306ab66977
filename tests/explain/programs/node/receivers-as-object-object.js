// Arrays become text by themselves.
// mistakes: nested value as text
const crypto = require("crypto");

const data = {
  command: "createSplitPayment", trade_id: "5902ea82-df87-bc30-3eef-c9cd1c64555c", split_solution_id: "S18", currency: "EUR",
  notify_url: "https://market.example/split", nonce_string: "n8zq0m3xk1", split_completed: "1", reference_id: "N-1016",
  receivers: [{ mid: 111, split_amount: 2 }, { mid: 222, split_amount: 1.5 }],
};
const params = { user: "016683", method: "v3.SplitPayment", time: 1732680021, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
