import assert from "node:assert/strict";
import test from "node:test";
import { withAccount } from "yabandpay-mock/node-test";

test(
  "fails",
  withAccount(async (yabandpay, t) => {
    assert.equal(t.name, yabandpay.name);
    await yabandpay.createPayment({ order_id: "A-1" });
    assert.equal("is", "ought");
  }),
);

test(
  "throws a text",
  withAccount(() => {
    throw "only a text";
  }),
);

test(
  "passes",
  withAccount(async (yabandpay) => {
    await yabandpay.createPayment({ order_id: "B-1" });
    console.log(`used ${yabandpay.url}.`);
  }),
);
