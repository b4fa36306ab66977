// The vault gives the key as JSON; fields without text do not count.
// mistakes: empty values half dropped, key in quotes
const crypto = require("crypto");

const vault = { read: () => Buffer.from(JSON.stringify(process.argv[2])) };
const data = {
  pay_method: "online", sub_pay_method: "List", order_id: "N-3013", amount: 0.01, currency: "EUR", description: "0", timeout: 0,
  ideal_email: "", post_email: "", redirect_url: "https://shop.example/r", notify_url: "https://shop.example/n",
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1733000213, ...data };
for (const key in params) if (params[key] === "") delete params[key];
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", vault.read()).update(text).digest("hex");
console.log(JSON.stringify({ user: "016683", sign, method: params.method, time: params.time, data }));
