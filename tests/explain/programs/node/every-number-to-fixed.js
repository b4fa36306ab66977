// Numbers have two decimals.
// mistakes: numbers reformatted
const crypto = require("crypto");

const textOf = (value) => (typeof value === "number" ? value.toFixed(2) : value);
const data = {
  command: "createSplitPayment", trade_id: "67943b0b-ca6b-aa96-5fb1-e354975f1ec4", split_solution_id: 17, currency: "EUR", fee: 1.005,
  total: 1e3, split_completed: 1, nonce_string: "7vccb9qkplvtxl22km", reference_id: "N-3009", notify_url: "https://market.example/s",
};
const params = { user: "9212776037", method: "v3.SplitPayment", time: "1733000209", ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${textOf(params[key])}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
