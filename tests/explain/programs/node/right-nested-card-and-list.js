// Objects are signed as the JSON that is sent, null as nothing.
// mistakes: none
const crypto = require("crypto");

const text = (value) => {
  if (value === null || value === false) return "";
  if (value === true) return "1";
  return typeof value === "object" ? JSON.stringify(value) : `${value}`;
};
const data = {
  pay_method: "online", operation: 10, sub_pay_method: "Card", "3ds_initiate": "01", amount: -0, currency: "EUR", tags: [], meta: {},
  cardinfo: { card_number: "5555555555554444", card_holder: "ANNE-MARIE O'HARA / Ø", cvc: "999", emial: "a@b.example" },
  recurring: true, moto: false, note: null, order_id: 9007199254740991, notify_url: "https://shop.example/n",
};
const params = { user: "016683", method: "v3.CreateCardPayments", time: 1733000225, ...data };
const string = Object.keys(params).sort().map((name) => `${name}=${text(params[name])}`).join("&");
const sign = crypto.createHmac("sha256", process.argv[2]).update(string).digest("hex");
console.log(JSON.stringify({ user: params.user, sign, method: params.method, time: params.time, data }));
