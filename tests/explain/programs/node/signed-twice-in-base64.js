// Signed, and the signature signed again, as the terminal does.
// mistakes: hashed twice, base64
const crypto = require("crypto");

const hmac = (text) => crypto.createHmac("sha256", process.argv[2]).update(text);
const data = { auth_code: "135056725249518813" };
const params = { user: "016683", method: "v3.GetSubPay", time: 1733000212, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = hmac(hmac(text).digest("hex")).digest("base64");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
