// Date.now() is the time.
// mistakes: time differs
const crypto = require("crypto");

Date.now = () => 1732680023318;

const data = { trade_id: "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14" };
const params = { user: "016683", method: "v3.QueryOrder", time: Date.now(), ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: "016683", sign, method: "v3.QueryOrder", time: Math.floor(Date.now() / 1000), data }));
