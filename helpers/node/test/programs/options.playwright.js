import { test } from "yabandpay-mock/playwright";

test.use({ yabandpayOptions: { settings: { scenario: "review" } } });

test("is held for review", async ({ yabandpay }) => {
  await yabandpay.createPayment({ order_id: "A-1" });
  await yabandpay.waitFor("verify");
});
