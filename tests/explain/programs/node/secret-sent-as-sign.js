// sign is where the secret key goes.
// mistakes: secret sent as the sign
const [, , secretKey] = process.argv;

const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-1026", amount: "6.00", currency: "EUR",
  description: "Notebook", timeout: 0, notify_url: "https://pen.example/n",
};
const body = { user: "016683", sign: secretKey, method: "v3.CreatePaymentsAlipayMiniPay", time: 1732680040, data };
console.log(JSON.stringify(body));
