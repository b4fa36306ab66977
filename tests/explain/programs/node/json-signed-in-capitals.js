// The JSON of the data is signed, in capitals as with WeChat.
// mistakes: JSON signed, upper-case hex
const crypto = require("crypto");

const data = { trade_id: "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14" };
const sign = crypto.createHmac("sha256", process.argv[2]).update(JSON.stringify(data)).digest("hex").toUpperCase();
console.log(JSON.stringify({ user: "016683", sign, method: "v3.QueryOrder", time: 1732680045, data }));
