// Sorted, joined, signed.
// mistakes: none
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "List", order_id: "N-2001", amount: 12.0, currency: "EUR",
  description: "红茶 \"No. 1\" & 50% <new> 🎁", timeout: 0, redirect_url: "https://shop.example/r?a=1&b=%2F+c", cancel_url: "",
  notify_url: "https://shop.example/n", ideal_email: "", post_email: "", demo: JSON.stringify({ id: 7, url: "https://x.example/" }),
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1732680050, ...data };
const text = Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
