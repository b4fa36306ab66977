// A longer hash is a safer hash.
// mistakes: other hash
const crypto = require("crypto");

const data = { trade_id: "5902ea82-df87-bc30-3eef-c9cd1c64555c" };
const params = { user: "016683", method: "v3.QueryOrder", time: 1732680038, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha512", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
