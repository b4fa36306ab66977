// Sorting texts properly needs localeCompare.
// mistakes: keys sorted without case
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-1008", amount: "13.37", currency: "EUR",
  description: "USB cable", timeout: 0, orderRef: "shop-2/1008", notify_url: "https://usb.example/n", Remark: "gift",
};
const params = { user: "016683", method: "v3.CreatePaymentsAlipayWeb", time: 1732680012, ...data };
const keys = Object.keys(params).sort((a, b) => a.localeCompare(b, "en"));
const text = keys.map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
