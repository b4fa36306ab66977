// The webhook's own verification, turned round: data, key of the file, sha256= in front.
// mistakes: envelope left out, key with white space, prefix before the sign
const crypto = require("crypto");

const keyFile = `${process.argv[2]}\n`;
const data = { end_time: 1732665600, start_time: 1732579200, demo: "day & night", page: 1 };
const text = Object.keys(data).sort().map((key) => `${key}=${data[key]}`).join("&");
const sign = `sha256=${crypto.createHmac("sha256", keyFile).update(text).digest("hex")}`;
console.log(JSON.stringify({ user: "016683", sign, method: "v3.BatchQuery", time: 1733000223, data }));
