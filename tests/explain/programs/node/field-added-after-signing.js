// The notify_url is the same for all orders, so it is added where the request is sent.
// mistakes: field left out
const crypto = require("crypto");

function sign(params, secret) {
  const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
  return crypto.createHmac("sha256", secret).update(text).digest("hex");
}

function send(request) {
  request.data.notify_url = "https://shop.example/webhooks/yabandpay";
  console.log(JSON.stringify(request));
}

const request = { user: "016683", method: "v3.CreatePaymentsAlipayWap", time: 1732680010 };
const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-1006", amount: "2.20", currency: "EUR",
  description: "Postcard", timeout: 0, redirect_url: "https://shop.example/ok",
};
send({ ...request, sign: sign({ ...request, ...data }, process.argv[2]), data });
