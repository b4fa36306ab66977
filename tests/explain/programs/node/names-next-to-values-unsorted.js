// Name and value next to each other, in the order they were given.
// mistakes: equals sign left out, keys unsorted
const crypto = require("crypto");

const data = { trade_id: "1c7d3a40-55aa-4be1-93d2-0b1c2d3e4f50", refund_amount: 10, refund_currency: "EUR", m_refund_id: "R27" };
const request = { user: "016683", method: "v3.CreateRefund", time: 1733000227 };
const text = Object.entries({ ...request, ...data }).map((pair) => pair.join("")).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify({ ...request, sign, data }));
