// Only fields with a value take part.
// mistakes: empty values half dropped
const crypto = require("crypto");

const data = {
  pay_method: "online", sub_pay_method: "List", order_id: "N-1017", amount: 65, currency: "EUR", description: "Desk",
  timeout: 0, redirect_url: "https://desk.example/r", notify_url: "https://desk.example/n", ideal_email: "", post_email: "",
  demo: null, cancel_url: "",
};
const params = { user: "016683", method: "v3.CreatePayments", time: 1732680022, ...data };
const present = Object.keys(params).filter((key) => params[key] !== "" && params[key] !== null && params[key] !== undefined);
const text = present.sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
