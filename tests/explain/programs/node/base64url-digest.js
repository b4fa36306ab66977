// base64url is safe everywhere.
// mistakes: base64
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-3015", amount: "3", currency: "EUR", description: "100 % coton & « lin »",
  demo: JSON.stringify({ cart: [1, 2], note: null }), timeout: 0, notify_url: "https://lin.example/n",
};
const params = new Map(Object.entries({ user: "016683", method: "v3.CreatePaymentsAlipayWeb", time: 1733000215, ...data }));
const text = [...params.keys()].sort().map((key) => `${key}=${params.get(key)}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("base64url");
console.log(JSON.stringify({ user: "016683", sign, method: params.get("method"), time: params.get("time"), data }));
