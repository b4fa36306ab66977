// new URLSearchParams(request) is the request as a string.
// mistakes: data nested, values URL-encoded
const crypto = require("crypto");

const request = {
  user: "016683", method: "v3.CreateRefund", time: 1732680043,
  data: { trade_id: "5902ea82-df87-bc30-3eef-c9cd1c64555c", refund_amount: "2.25", refund_currency: "EUR" },
};
const query = new URLSearchParams({ ...request, data: JSON.stringify(request.data) });
query.sort();
request.sign = crypto.createHmac("sha256", process.argv[2]).update(`${query}`).digest("hex");
console.log(JSON.stringify(request));
