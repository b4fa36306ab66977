// user, method and time come first, then the sorted fields of data.
// mistakes: only data sorted
const crypto = require("crypto");

const { user, method, time } = { user: "016683", method: "v3.CreateRefund", time: 1732680013 };
const data = {
  trade_id: "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14", refund_amount: "5.00", refund_currency: "EUR",
  refund_description: "Damaged", m_refund_id: "RF-13",
};
const sorted = Object.keys(data).sort().map((key) => `${key}=${data[key]}`);
const text = [`user=${user}`, `method=${method}`, `time=${time}`, ...sorted].join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user, sign, method, time, data }));
