// URLSearchParams sorts and joins.
// mistakes: values URL-encoded
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "WeChat Pay", order_id: "N-1002", amount: "11.00", currency: "EUR",
  description: "Pasta (500 g) + sauce", timeout: "15", redirect_url: "https://pasta.example/done?ref=N-1002&ok=1",
  notify_url: "https://pasta.example/notify",
};
const head = { user: "016683", method: "v3.CreatePayments", time: "1732680004" };
const query = new URLSearchParams({ ...head, ...data });
query.sort();
const sign = crypto.createHmac("sha256", process.argv[2]).update(query.toString()).digest("hex");
console.log(JSON.stringify({ ...head, sign, data }));
