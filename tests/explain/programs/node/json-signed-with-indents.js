// The pretty JSON of the log is what gets signed.
// mistakes: JSON signed
const crypto = require("crypto");

const log = [];
const request = {
  user: "9212776037", method: "v3.SplitPayment", time: 1733000205,
  data: { command: "cancelSplitPayment", nonce_string: "0y9nydkzlmivuhs5xz", split_id: "20231229110618372777", reference_id: "N-3005" },
};
log.push(JSON.stringify(request, null, 2));
const sign = crypto.createHmac("sha256", process.argv[2]).update(log.at(-1)).digest("hex");
console.log(JSON.stringify({ ...request, sign }));
