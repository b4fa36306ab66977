// querystring.stringify() writes key=value&key=value.
// mistakes: values URL-encoded
const { createHmac } = require("node:crypto");
const querystring = require("node:querystring");

const data = {
  pay_method: "online", operation: 1, sub_pay_method: "Cards HPP", order_id: "N#3001", "3ds_initiate": "02", form_type: "01",
  amount: 249, currency: "EUR", description: "Bike (28\") + lock = 2 items", timeout: 60, request_id: "11aa22bb33cc44dd55ee66ff",
  redirect_url: "https://fiets.example/bedankt?nr=3001", notify_url: "https://fiets.example/notify",
};
const params = { user: "016683", method: "v3.CreateCardPayments", time: 1733000201, ...data };
const sorted = Object.fromEntries(Object.entries(params).sort(([a], [b]) => (a > b) - (a < b)));
const sign = createHmac("sha256", process.argv[2]).update(querystring.stringify(sorted)).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
