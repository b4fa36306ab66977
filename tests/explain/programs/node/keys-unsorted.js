// Object.entries() gives the parameters in the right order.
// mistakes: keys unsorted
const crypto = require("crypto");

const secret = process.argv[2];
const data = {
  pay_method: "online",
  sub_pay_method: "WeChat Pay",
  order_id: "N-1001",
  amount: "24.90",
  currency: "EUR",
  description: "Two mugs",
  notify_url: "https://mugs.example/notify",
  timeout: 0,
};
const request = { user: "016683", method: "v3.CreatePaymentsWechatH5Pay", time: 1732680001 };
const text = Object.entries({ ...request, ...data })
  .map(([key, value]) => `${key}=${value}`)
  .join("&");
request.sign = crypto.createHmac("sha256", secret).update(text).digest("hex");
request.data = data;
console.log(JSON.stringify(request));
