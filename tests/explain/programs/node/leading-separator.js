// reduce() builds the string piece by piece.
// mistakes: stray separator
const crypto = require("crypto");

const data = { trade_id: "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14" };
const params = { user: "016683", method: "v3.CancelPayment", time: 1732680025, ...data };
const text = Object.keys(params).sort().reduce((joined, key) => `${joined}&${key}=${params[key]}`, "");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
