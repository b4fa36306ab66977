// secret_key is a parameter like user, only it is not sent.
// mistakes: secret among the parameters
const crypto = require("crypto");

const secret_key = process.argv[2];
const data = { trade_id: "5902ea82-df87-bc30-3eef-c9cd1c64555c" };
const params = { user: "016683", secret_key, method: "v3.QueryOrder", time: 1732680042, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha256", secret_key).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
