// Objects are written as JSON and everything else as it is.
// mistakes: data nested
const crypto = require("crypto");

const stringify = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
const request = {
  user: "016683", method: "v3.CreatePayments", time: 1732680008,
  data: {
    pay_method: "online", sub_pay_method: "List", order_id: "N-1005", amount: 59.95, currency: "EUR", description: "Lamp",
    timeout: 0, ideal_email: "", post_email: "", demo: "", cancel_url: "", redirect_url: "https://lamp.example/r",
    notify_url: "https://lamp.example/n",
  },
};
const text = Object.keys(request).sort().map((key) => key + "=" + stringify(request[key])).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text, "utf8").digest("hex");
console.log(JSON.stringify({ ...request, sign }));
