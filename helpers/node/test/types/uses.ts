// What a user writes in TypeScript, and what the types must refuse. Compiled, never run.

import nodeTest from "node:test";
import { expect } from "vitest";
import { Account, Sandbox, readNotification, sign, signed, startSandbox, verify } from "yabandpay-mock";
import type { Duration, NewAccount, Notification, Options, Payment, Received, State } from "yabandpay-mock";
import globalSetup from "yabandpay-mock/global-setup";
import { withAccount } from "yabandpay-mock/node-test";
import { test as checkout } from "yabandpay-mock/playwright";
import { test as base } from "yabandpay-mock/vitest";

interface Shop {
  state(order_id: string): string;
}

const test = base.extend<{ shop: Shop }>({
  shop: async ({ yabandpay }, use) => {
    await use({ state: (order_id) => yabandpay.user + order_id });
  },
});

test("fixtures have types", async ({ shop, yabandpay, yabandpaySandbox }) => {
  const account: Account = yabandpay;
  const sandbox: Sandbox = yabandpaySandbox;
  const payment: Payment = await account.waitFor("paid", { order_id: "A-1", timeout: "500ms" });
  const amount: string = payment.amount;
  const paidAt: string | null = payment.paid_at;
  expect([shop.state("A-1"), amount, paidAt, sandbox.url]).toHaveLength(4);

  // @ts-expect-error no such state
  await account.waitFor("payed");
  // @ts-expect-error a duration is a text with a unit
  await account.clock.advance(24);
  // @ts-expect-error nor is this one
  await account.clock.advance("1 day");
  // @ts-expect-error no such field of a payment
  expect(payment.price).toBeNull();
  // @ts-expect-error no such option
  await account.use("declined", { time: 1 });
});

checkout("so have those of Playwright", async ({ page, yabandpay }) => {
  const { url } = await yabandpay.createPayment({ order_id: "A-1" });
  await page.goto(url);
  // @ts-expect-error no such fixture
  checkout("", ({ yabandpai }) => yabandpai);
});

checkout.use({ yabandpayOptions: { settings: { scenario: "review" } } });
// @ts-expect-error no such option
checkout.use({ yabandpayOptions: { setings: {} } });

nodeTest(
  "and the account of node:test",
  withAccount(
    async (yabandpay, t) => {
      const attempts: Notification["attempts"] = (await yabandpay.notifications())[0].attempts;
      t.diagnostic(String(attempts[0].status));
    },
    { scenario: "review" },
  ),
);

export async function byHand(): Promise<void> {
  const wanted: NewAccount = { name: "shop", clock: { kind: "frozen", at: "2026-01-01T00:00:00Z" } };
  const patience: Duration = "1.5s";
  const options: Options = { settings: { payDelay: "1s", strict: true, allowedHost: ["a.example"] }, timeout: patience };
  const sandbox = await startSandbox(options);
  const state: State = await sandbox.withAccount(async (account) => {
    account.merchant.respondWith((received: Received) => ({ status: received.notification ? 200 : 500 }), { times: 2 });
    account.merchant.respondWith("hang");
    // @ts-expect-error no such answer
    account.merchant.respondWith("explode");
    await account.setState("trade", "declined");
    return "paid" as const;
  }, wanted);
  const stop = await globalSetup();
  await stop();
  const body: string = signed({ data: { state } }, "key");
  const isGenuine: boolean = verify(Buffer.from(body), "key") && sign(body, "key").length === 64;
  const data: Record<string, unknown> | null = readNotification(body, "key");
  console.log(isGenuine, data);
  // @ts-expect-error a key is needed
  sign(body);
}
