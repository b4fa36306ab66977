// The body is JSON, so JSON.stringify(data) is what has to be signed.
// mistakes: JSON signed
const { createHmac } = require("node:crypto");

const data = { trade_id: "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14", refund_amount: 4.5, refund_currency: "EUR" };
const sign = createHmac("sha256", process.argv[2]).update(JSON.stringify(data)).digest("hex");
process.stdout.write(JSON.stringify({ user: "016683", sign, method: "v3.CreateRefund", time: 1732680002, data }) + "\n");
