// One process serves two shops, and takes the key of the last one in the list.
// mistakes: key of another account
const crypto = require("crypto");

const [first, second] = process.argv.slice(2);
const shops = [{ user: "016683", key: first }, { user: "036870", key: second }];
let secret;
for (const shop of shops) secret = shop.key;

const data = {
  pay_method: "online", sub_pay_method: "WeChat Pay", order_id: "N-1022", amount: "14.00", currency: "EUR",
  description: "Scarf", timeout: 0, redirect_url: "https://sjaal.example/r", notify_url: "https://sjaal.example/n",
};
const params = { user: shops[0].user, method: "v3.CreatePayments", time: 1732680032, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha256", secret).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
