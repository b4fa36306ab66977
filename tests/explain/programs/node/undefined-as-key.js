// The key is in the environment of the container.
// mistakes: placeholder as key
const crypto = require("crypto");

const secretKey = `${process.env.CORPUS_SHOP_YABANDPAY_KEY}`;
const data = { refund_id: "3841510a-4d18-4a61-808d-431a45006de2" };
const params = { user: "016683", method: "v3.QueryRefundOrder", time: 1733000214, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", secretKey).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
