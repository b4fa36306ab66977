// readFileSync gives the key.
// mistakes: key with white space
const crypto = require("crypto");
const fs = require("fs");
const os = require("os");
const path = require("path");

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "shop-"));
fs.writeFileSync(path.join(folder, "secret.txt"), process.argv[2] + "\r\n");
const secret = fs.readFileSync(path.join(folder, "secret.txt"), "utf8");
fs.rmSync(folder, { recursive: true });

const data = { trade_id: "97ffb0e1-69eb-67f1-b8b7-ed7a0cd68b14" };
const params = { user: "016683", method: "v3.QueryOrder", time: 1732680030, ...data };
const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
const sign = crypto.createHmac("sha256", secret).update(text).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
