// querystring writes the pairs, and unescapes them again.
// mistakes: none
const crypto = require("crypto");
const querystring = require("querystring");

const data = {
  pay_method: "online", sub_pay_method: "iDEAL", order_id: "N-3024", amount: "0.00001", currency: "EUR", Amount: "B", "3ds_initiate": "01",
  description: "a+b=c & 100%25 / ? # 😀 \\ \"q\" 'q' <q>", timeout: "0", notify_url: "https://shop.example/n?x=%E8%8C%B6", demo: "",
};
const params = { user: "016683", method: "v3.CreatePayments", time: "1733000224", ...data };
const sorted = {};
for (const key of Object.keys(params).sort()) sorted[key] = params[key];
const text = querystring.unescape(querystring.stringify(sorted));
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
