import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { signed, startSandbox } from "yabandpay-mock";

let sandbox;
before(async () => {
  sandbox = await startSandbox({ settings: { notifyTimeout: "2s", retryPlan: "15s,30s" } });
});
after(() => sandbox.stop());

const withAccount = (run) => () => sandbox.withAccount(run);

async function pay(account, order_id) {
  const { trade_id } = await account.createPayment({ order_id });
  await account.setState(trade_id, "paid");
}

async function attempts(account) {
  const [notification] = await account.notifications();
  return notification.attempts.map(({ status, error }) => status ?? error);
}

test(
  "everything that arrives is recorded",
  withAccount(async ({ merchant, secretKey }) => {
    const right = signed({ data: { order_id: "A-1", state: "paid" } }, secretKey);
    const wrong = signed({ data: { order_id: "A-2", state: "paid" } }, "another key");
    const answers = [];
    for (const [path, body] of [
      ["", right],
      ["/else", wrong],
      ["?a=b", ""],
    ]) {
      answers.push(
        await (await fetch(merchant.url + path, { method: "POST", body, headers: { "X-Own": path } })).text(),
      );
    }
    assert.deepEqual(answers, ["ok", "bad", "bad"]);
    assert.deepEqual(
      merchant.received.map(({ path, body, headers }) => [path, body, headers["x-own"]]),
      [
        ["/notify", right, ""],
        ["/notify/else", wrong, "/else"],
        ["/notify?a=b", "", "?a=b"],
      ],
    );
    assert.deepEqual(
      merchant.received.map(({ notification }) => notification?.order_id),
      ["A-1", undefined, undefined],
    );
    assert.deepEqual(merchant.notifications, [{ order_id: "A-1", state: "paid" }]);
  }),
);

test(
  "a notification is waited for by its fields",
  withAccount(async (account) => {
    const waiting = account.merchant.waitFor({ order_id: "A-2", state: "paid" });
    await pay(account, "A-1");
    await pay(account, "A-2");
    assert.equal((await waiting).order_id, "A-2");
    assert.equal((await account.merchant.waitFor()).order_id, "A-1");
    assert.equal((await account.merchant.waitForCount(2)).length, 2);
  }),
);

test(
  "a wait that is in vain tells what arrived",
  withAccount(async ({ merchant }) => {
    await assert.rejects(merchant.waitFor({ state: "paid" }, { timeout: "10ms" }), {
      name: "NotAsExpectedError",
      message: 'The merchant received no notification with {"state":"paid"} within 10ms. It received: nothing.',
    });
    await fetch(merchant.url, {
      method: "POST",
      body: signed({ data: { state: "paid", order_id: "A-1" } }, "another key"),
    });
    await assert.rejects(merchant.waitForCount(2, { timeout: "10ms" }), {
      message: "The merchant received not 2 requests within 10ms. It received: a request whose signature is wrong.",
    });
  }),
);

test(
  "the next requests are answered in another way, and then as before",
  withAccount(async (account) => {
    account.merchant.respondWith({ status: 500, body: "broken" }, { times: 2 });
    await pay(account, "A-1");
    await account.merchant.waitForCount(1);
    await account.clock.advance("1m");
    assert.deepEqual(await attempts(account), [500, 500, 200]);
    assert.throws(() => account.merchant.respondWith({}, { times: 0 }), { name: "RangeError" });
  }),
);

test(
  "a merchant that refuses, breaks the connection or never answers is told again",
  withAccount(async (account) => {
    for (const response of [{ body: "bad" }, "reset", "hang"]) account.merchant.respondWith(response);
    await pay(account, "A-1");
    await account.merchant.waitForCount(1);
    await account.clock.advance("15s");
    await account.clock.advance("15s");
    const [refused, reset, late] = await attempts(account);
    assert.equal(refused, 200);
    assert.match(reset, /connection|closed|reset/i);
    assert.match(late, /time|answer/i);
  }),
);

test(
  "a function decides on the answer",
  withAccount(async (account) => {
    account.merchant.respondWith(async ({ notification }) => ({ status: 202, body: notification.order_id }), {
      times: Infinity,
    });
    for (const order_id of ["A-1", "A-2"]) {
      const body = signed({ data: { order_id } }, account.secretKey);
      const answer = await fetch(account.merchant.url, { method: "POST", body });
      assert.deepEqual([answer.status, await answer.text()], [202, order_id]);
    }
  }),
);

test("the error of a function fails the test", async () => {
  const failing = () => {
    throw new Error("the shop is on fire");
  };
  for (const act of [(merchant) => merchant.waitFor({ state: "paid" }), () => {}]) {
    await assert.rejects(
      sandbox.withAccount(async (account) => {
        account.merchant.respondWith(failing);
        const answer = await fetch(account.merchant.url, { method: "POST", body: "{}" });
        assert.equal(answer.status, 500);
        await act(account.merchant);
      }),
      /^Error: the shop is on fire\n\nYabandPay sandbox/,
    );
  }
});

test(
  "an answer that cannot be sent fails the test, not the program",
  withAccount(async ({ merchant }) => {
    merchant.respondWith({ status: 42 });
    await assert.rejects(fetch(merchant.url, { method: "POST", body: "{}" }));
    assert.throws(() => merchant.check(), { code: "ERR_HTTP_INVALID_STATUS_CODE" });
  }),
);

test(
  "a merchant that hangs can be closed",
  withAccount(async (account) => {
    account.merchant.respondWith("hang");
    const answer = fetch(account.merchant.url, { method: "POST", body: "" });
    await account.merchant.waitForCount(1);
    await account.merchant.close();
    await assert.rejects(answer);
    await account.merchant.close();
  }),
);

test("a sandbox on another machine gets the name of this one", async () => {
  const named = await startSandbox({ url: sandbox.url, merchantHost: "localhost" });
  process.env.YABANDPAY_MOCK_MERCHANT_HOST = "localhost";
  const set = await startSandbox({ url: sandbox.url });
  delete process.env.YABANDPAY_MOCK_MERCHANT_HOST;
  for (const remote of [named, set]) {
    await remote.withAccount(async (account) => {
      assert.match(account.merchant.url, /^http:\/\/localhost:\d+\/notify$/);
      await pay(account, "A-1");
      await account.merchant.waitFor({ state: "paid" });
    });
  }
});
