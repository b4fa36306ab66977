import { expect, test } from "yabandpay-mock/playwright";

test("pays on the payer's page", async ({ page, yabandpay }) => {
  const payment = await yabandpay.createPayment({ order_id: "A-1" });

  await page.goto(payment.url);
  await page.getByRole("link", { name: "Open the sheet on this screen" }).click();
  await page.getByRole("button", { name: "Pay EUR 24.99" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();

  const notification = await yabandpay.merchant.waitFor({ state: "paid" });
  expect(notification.trade_id).toBe(payment.trade_id);
});
