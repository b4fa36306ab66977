// Intl.Collator knows how names are sorted.
// mistakes: keys sorted without case, null as text
const crypto = require("crypto");

const { compare } = new Intl.Collator("en", { sensitivity: "base" });
const data = {
  pay_method: "online", sub_pay_method: "Alipay", order_id: "N-3006", amount: "71.00", currency: "EUR", description: "Wok",
  timeout: 0, Channel: "app", customerNo: null, Terminal: "t1", notify_url: "https://wok.example/n",
};
const params = { user: "016683", method: "v3.CreatePaymentsAlipayAppPay", time: 1733000206, ...data };
const text = Object.keys(params).sort(compare).map((key) => key + "=" + params[key]).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
