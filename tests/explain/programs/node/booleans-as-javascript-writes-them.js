// true is signed as true.
// mistakes: booleans as text
const crypto = require("crypto");

const data = {
  pay_method: "online", operation: "2", sub_pay_method: "Cards HPP", order_id: "N-1014", "3ds_initiate": "01",
  amount: "250.00", currency: "EUR", description: "Deposit", timeout: "0", tokenize: true, test: false,
  request_id: "b4f2c1d0e9a87766554433aa", redirect_url: "https://huur.example/r", notify_url: "https://huur.example/n",
};
const params = { user: "016683", method: "v3.CreateCardPayments", time: 1732680019, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
