// WeChat's sign: &key= at the end, MD5, capitals.
// mistakes: keys unsorted, secret appended, upper-case hex
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "WeChat Pay", order_id: "N-3018", amount: 6, currency: "EUR", description: "绿豆糕",
  timeout: 300, sub_app_id: "wx7a5355d3d2a904a4", sub_open_id: "opilP5dyazU7pTpyps8TDc53OGyU", notify_url: "https://gao.example/n",
};
const request = { user: "011844", method: "v3.CreatePaymentsWechatMiniPay", time: 1733000218 };
let text = "";
for (const [key, value] of Object.entries({ ...request, ...data })) text += `${key}=${value}&`;
text += `key=${process.argv[2]}`;
const sign = crypto.createHash("md5").update(text).digest("hex").toUpperCase();
console.log(JSON.stringify({ ...request, sign, data }));
