// A template literal and the order of the object will do.
// mistakes: keys unsorted, null as text
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "iDEAL", order_id: "N-1028", amount: "54.00", currency: "EUR",
  description: "Coat rack", timeout: 0, cancel_url: null, notify_url: "https://hout.example/n",
  redirect_url: "https://hout.example/r",
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1732680046, ...data };
const text = Object.entries(params).map(([name, value]) => `${name}=${value}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
