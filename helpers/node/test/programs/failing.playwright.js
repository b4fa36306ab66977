import { expect, test } from "yabandpay-mock/playwright";

test("fails", async ({ yabandpay }, testInfo) => {
  expect(yabandpay.name).toBe(testInfo.title);
  await yabandpay.createPayment({ order_id: "A-1" });
  expect("is").toBe("ought");
});

test("takes too long", async ({ yabandpay }) => {
  test.setTimeout(10_000);
  await yabandpay.createPayment({ order_id: "A-2" });
  await new Promise(() => {});
});

test("has a merchant that fails", async ({ yabandpay }) => {
  yabandpay.merchant.respondWith(() => {
    throw new Error("the shop is on fire");
  });
  await fetch(yabandpay.merchant.url, { method: "POST", body: "{}" });
});

test("is meant to fail", async ({ yabandpay }) => {
  test.fail();
  await yabandpay.createPayment({ order_id: "A-3" });
  expect("is").toBe("ought");
});
