// The parameters as they come, the digest as base64.
// mistakes: keys unsorted, base64
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "WeChat Pay", order_id: "N-1027", amount: 18, currency: "EUR",
  description: "Chopsticks", timeout: 0, notify_url: "https://rijst.example/n",
};
const params = Object.assign({ user: "016683", method: "v3.CreatePayments", time: 1732680044 }, data);
const pairs = [];
for (const name in params) pairs.push(name + "=" + params[name]);
const sign = crypto.createHmac("sha256", process.argv[2]).update(pairs.join("&")).digest("base64");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
