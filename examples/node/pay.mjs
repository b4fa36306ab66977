// Creates a payment, prints the response, and queries the payment. With a trade_id, it only queries.
//
//     node pay.mjs
//     node pay.mjs TRADE_ID

import { call } from "./yabandpay.mjs";

async function send(method, data) {
  const answer = await call(method, data);
  console.log(JSON.stringify(answer, null, 2));
  if (answer.status !== true) throw new Error(answer.message);
  return answer.data;
}

try {
  let tradeId = process.argv[2];
  if (!tradeId) {
    const created = await send("v3.CreatePayments", {
      pay_method: "online",
      sub_pay_method: "List", // the payer picks the wallet
      order_id: `node-${Date.now()}`,
      amount: "24.99", // text: the number 1.10 would be sent and signed as 1.1
      currency: "EUR",
      description: "Dragon Well tea 龙井, 100 g",
      timeout: "60",
      notify_url: process.env.NOTIFY_URL ?? "http://127.0.0.1:3000/notify",
      redirect_url: "http://127.0.0.1:3000/",
    });
    console.error(`The payer pays at ${created.url}`);
    tradeId = created.trade_id;
  }
  const { transaction_info: order } = await send("v3.QueryOrder", { trade_id: tradeId });
  console.error(`Order ${order.order_id} is ${order.state}.`);
} catch (error) {
  console.error(`Not done: ${error.message}`);
  process.exitCode = 1;
}
