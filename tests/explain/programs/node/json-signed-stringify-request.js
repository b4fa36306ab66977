// The whole body is signed, without the sign that is added to it afterwards.
// mistakes: JSON signed
const { createHmac } = require("node:crypto");

function signed(request, key) {
  const sign = createHmac("sha256", key).update(JSON.stringify(request)).digest("hex");
  return { ...request, sign };
}

const request = {
  user: "016683",
  method: "v3.CreatePaymentsAlipayMiniPay",
  time: 1732680003,
  data: {
    pay_method: "online", sub_pay_method: "Alipay", order_id: "mini-8", amount: "9.99", currency: "EUR",
    description: "抹茶 latte", timeout: "0", notify_url: "https://matcha.example/n",
  },
};
console.log(JSON.stringify(signed(request, process.argv[2])));
