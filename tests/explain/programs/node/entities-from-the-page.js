// The order of the parameters is taken from the string on the documentation's page.
// mistakes: entity decoded
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-1018", amount: "1", currency: "EUR",
  description: "YabandPay test", timeout: "0", notify_url: "https://shop.example/notify", redirect_url: "https://shop.example",
};
const time = 1732680027;
const text =
  `amount=${data.amount}¤cy=${data.currency}&description=${data.description}&method=v3.CreatePaymentsAlipayMiniPay` +
  `¬ify_url=${data.notify_url}&order_id=${data.order_id}&pay_method=${data.pay_method}&redirect_url=${data.redirect_url}` +
  `&sub_pay_method=${data.sub_pay_method}&time=${time}&timeout=${data.timeout}&user=016683`;
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: "016683", sign, method: "v3.CreatePaymentsAlipayMiniPay", time, data }));
