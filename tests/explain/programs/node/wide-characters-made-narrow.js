// NFKC makes wide characters narrow, for the receipt printer.
// mistakes: other Unicode form
const crypto = require("crypto");

const data = {
  pay_method: "offline", sub_pay_method: "QRcode", order_id: "N-3011", amount: "23.00", currency: "EUR", tip_amount: "0.5",
  description: "拉麺（大）①　ＲＡＭＥＮ", timeout: 5, notify_url: "https://ramen.example/n",
};
const params = { user: "016683", method: "v3.QRcodePayment", time: 1733000211, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&").normalize("NFKC");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
