// Only plain values can be signed.
// mistakes: field left out
const crypto = require("crypto");

const data = {
  command: "createSplitPayment", trade_id: "67943b0b-ca6b-aa96-5fb1-e354975f1ec4", split_solution_id: "S19", currency: "EUR",
  notify_url: "https://market.example/split", nonce_string: "p0q9w8e7r6", split_completed: "0", reference_id: "N-3019",
  receivers: [{ mid: 111, split_amount: 2.5, description: "分账/1" }, { mid: 222, split_amount: 1 }],
};
const params = { user: "9212776037", method: "v3.SplitPayment", time: 1733000219, ...data };
const names = Object.keys(params).filter((name) => typeof params[name] !== "object");
const text = names.sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
