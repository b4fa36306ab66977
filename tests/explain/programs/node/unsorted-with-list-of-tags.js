// Object.entries() and join() do the whole job.
// mistakes: keys unsorted, nested value as text
const crypto = require("crypto");

const request = { user: "016683", method: "v3.CreatePayments", time: 1733000204 };
const data = {
  pay_method: "online", sub_pay_method: "iDEAL", order_id: "N-3004", amount: 33.3, currency: "EUR", description: "Two books",
  timeout: 15, isbn: ["9789028426337", "9789044648720"], notify_url: "https://boek.example/n", redirect_url: "https://boek.example/r",
};
const text = [...Object.entries(request), ...Object.entries(data)].map((pair) => pair.join("=")).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ ...request, sign, data }));
