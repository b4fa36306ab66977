// config.js is filled in on the server.
// mistakes: placeholder as key
const crypto = require("crypto");

const config = { user: "016683", secret_key: "YOUR_SECRET_KEY" };
const data = { trade_id: "5902ea82-df87-bc30-3eef-c9cd1c64555c" };
const params = { user: config.user, method: "v3.QueryOrder", time: 1732680034, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha256", config.secret_key).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
