// validator.escape() makes input safe.
// mistakes: values HTML-escaped
const crypto = require("crypto");

const ENTITIES = { "&": "&amp;", '"': "&quot;", "'": "&#x27;", "<": "&lt;", ">": "&gt;", "/": "&#x2F;", "\\": "&#x5C;", "`": "&#96;" };
const escapeText = (text) => String(text).replace(/[&"'<>/\\`]/g, (one) => ENTITIES[one]);
const data = {
  pay_method: "online", sub_pay_method: "PayPal", order_id: "N-3021", amount: "7.00", currency: "EUR",
  description: "Rock 'n' roll 7\" <mono/stereo>", timeout: 0, redirect_url: "https://plaat.example/r?a=1&b=2", notify_url: "https://plaat.example/n",
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1733000221, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${escapeText(params[key])}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
