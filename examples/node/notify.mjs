// Receives notifications, verifies them and prints them. Answers `ok`, or `bad` to a forged one.
//
//     node notify.mjs
//
// A real shop also compares amount and currency with the order, and acts once for each trade_id and state, before it
// answers `ok`. See the example shops in Flask, Django and PHP.

import { createServer } from "node:http";
import { verified } from "./yabandpay.mjs";

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const data = verified(Buffer.concat(chunks).toString());
  if (data) console.log(`Order ${data.order_id} is ${data.state}.`);
  response.writeHead(data ? 200 : 400, { "Content-Type": "text/plain" }).end(data ? "ok" : "bad");
});

server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`Notifications are taken at http://127.0.0.1:${server.address().port}/notify`);
});
