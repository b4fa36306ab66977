import { afterEach, expect, vi } from "vitest";
import { test } from "yabandpay-mock/vitest";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("fails", async ({ yabandpay, task }) => {
  expect(yabandpay.name).toBe(task.name);
  await yabandpay.createPayment({ order_id: "A-1" });
  expect("is").toBe("ought");
});

test("fails softly", async ({ yabandpay }) => {
  await yabandpay.createPayment({ order_id: "A-2" });
  expect.soft("is").toBe("ought");
});

test("takes too long", { timeout: 3000 }, async ({ yabandpay }) => {
  await yabandpay.createPayment({ order_id: "A-3" });
  await new Promise(() => {});
});

test("checks too little", async ({ yabandpay }) => {
  expect.assertions(1);
  await yabandpay.createPayment({ order_id: "A-4" });
});

test("has a merchant that fails", async ({ yabandpay }) => {
  yabandpay.merchant.respondWith(() => {
    throw new Error("the shop is on fire");
  });
  await fetch(yabandpay.merchant.url, { method: "POST", body: "{}" });
});

let tries = 0;
test("passes the second time", { retry: 1 }, async ({ yabandpay }) => {
  await yabandpay.createPayment({ order_id: "A-5" });
  tries += 1;
  expect(tries).toBe(2);
});

test.fails("is meant to fail", async ({ yabandpay }) => {
  await yabandpay.createPayment({ order_id: "A-6" });
  expect("is").toBe("ought");
});

test("passes without the time and the HTTP client of the test", async ({ yabandpay, yabandpaySandbox }) => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", () => expect.fail("a mock was called"));
  await yabandpay.use("success");
  await yabandpay.createPayment({ order_id: "A-7" });
  await yabandpay.merchant.waitFor({ state: "paid" });
  await expect(yabandpay.merchant.waitFor({ state: "expired" }, { timeout: "10ms" })).rejects.toThrow("within 10ms");
  await yabandpaySandbox.withAccount((other) => expect(other.user).not.toBe(yabandpay.user));
});
