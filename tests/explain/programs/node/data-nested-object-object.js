// The parameters of the request are sorted and joined, data like the others.
// mistakes: data nested
const crypto = require("crypto");

const request = {
  user: "016683", method: "v3.QueryOrder", time: 1732680007,
  data: { trade_id: "5902ea82-df87-bc30-3eef-c9cd1c64555c" },
};
const text = Object.keys(request).sort().map((key) => `${key}=${request[key]}`).join("&");
request.sign = crypto.createHmac("sha256", process.argv[2]).update(text).digest("hex");
console.log(JSON.stringify(request));
