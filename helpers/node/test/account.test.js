import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { signed, startSandbox, withStory } from "yabandpay-mock";

let sandbox;
before(async () => {
  sandbox = await startSandbox();
});
after(() => sandbox.stop());

/** A test with an account. */
const withAccount = (run, wanted) => () => sandbox.withAccount(run, wanted);

test("an account is empty, and gone when it was closed", async () => {
  const account = await sandbox.account({ name: "a test", scenario: "review" });
  assert.deepEqual([account.name, account.url, await account.payments()], ["a test", sandbox.url, []]);
  await account.close();
  await assert.rejects(account.payments(), {
    name: "RefusedByApiError",
    message: new RegExp(`There is no account ${account.user}`),
  });
  await assert.rejects(fetch(account.merchant.url));
});

test(
  "an option that does not exist is refused, as a test could pass without it",
  withAccount(async (account) => {
    await account.createPayment({ order_id: "A-1" });
    const calls = [
      () => account.use("declined", { order_id: "A-1" }),
      () => account.use("declined", { times: 1, orderId: "A-1" }),
      () => account.waitFor("processing", { orderId: "A-2" }),
      () => account.waitForRequests("*", { order_id: "A-1" }),
      () => account.waitUntilQuiet({ within: "1s" }),
      () => account.expectRequests("*", { atleast: 1 }),
    ];
    for (const call of calls) await assert.rejects(call, { name: "RefusedByApiError", message: /unknown field/ });
  }),
);

test("what an account should be is checked", async () => {
  await assert.rejects(sandbox.account({ scenario: "declned" }), {
    name: "RefusedByApiError",
    message: /no scenario 'declned'; did you mean 'declined'\?/,
  });
  await assert.rejects(sandbox.account({ sceanrio: "declined" }), {
    name: "RefusedByApiError",
    message: /unknown field `sceanrio`/,
  });
});

test(
  "an order is paid, and its notification arrives",
  withAccount(async (account) => {
    const payment = await account.createPayment({ order_id: "A-1", amount: "9.50" });
    assert.match(payment.url, /^http:\/\/127\.0\.0\.1:\d+\/checkout\//);
    await account.setState(payment.trade_id, "paid");
    const paid = await account.waitFor("paid", { order_id: "A-1" });
    await account.waitUntilQuiet();
    assert.deepEqual([paid.trade_id, paid.amount, paid.scenario], [payment.trade_id, "9.50", "default"]);
    assert.deepEqual(
      account.merchant.notifications.map(({ order_id, state }) => [order_id, state]),
      [["A-1", "paid"]],
    );
    assert.deepEqual(
      (await account.payments()).map(({ state }) => state),
      ["paid"],
    );
    assert.deepEqual(
      (await account.requests()).map(({ method, code }) => [method, code]),
      [["v3.CreatePayments", "200"]],
    );
    assert.deepEqual(
      (await account.notifications())[0].attempts.map(({ answer }) => answer),
      ["ok"],
    );
    assert.equal((await account.call("v3.QueryOrder", { trade_id: payment.trade_id })).transaction_info.state, "paid");
  }),
);

test(
  "a scenario is for all requests, or for the next ones that match",
  withAccount(async (account) => {
    const states = async (...orders) => {
      for (const order_id of orders) await account.createPayment({ order_id });
      await account.clock.advance("1m");
      const known = new Map((await account.payments()).map(({ order_id, state }) => [order_id, state]));
      return orders.map((order_id) => known.get(order_id));
    };
    await account.use("declined", { reference: "B-*" });
    await account.use("cancelled", { times: 2, method: "v3.CreatePayments" });
    assert.deepEqual(await states("A-1", "B-1", "B-2", "B-3"), ["cancelled", "declined", "cancelled", "processing"]);
    await account.use("success");
    assert.deepEqual(await states("C-1", "C-2"), ["paid", "paid"]);
    await assert.rejects(account.use("sucess"), {
      name: "RefusedByApiError",
      message: /no scenario 'sucess'; did you mean 'success'\?/,
    });
    await assert.rejects(account.use("success", { method: "v3.CreatePayment" }), {
      name: "RefusedByApiError",
      message: /v3\.CreatePayment/,
    });
    await assert.rejects(account.use("success", { times: 0 }), { name: "RefusedByApiError" });
  }),
);

test(
  "the clock is advanced, stopped and sped up",
  withAccount(async (account) => {
    await account.use("never-paid");
    await account.createPayment({ order_id: "A-1" });
    const begin = await account.clock.now();
    const { happened } = await account.clock.advance("24h");
    assert.ok(happened.length > 0);
    assert.deepEqual(
      account.merchant.notifications.map(({ state }) => state),
      ["expired"],
    );
    assert.ok((await account.clock.now()) - begin >= 24 * 3_600_000);
    const later = new Date((await account.clock.now()).getTime() + 3_600_000);
    await account.clock.freeze(later);
    assert.deepEqual(await account.clock.now(), later);
    await account.clock.advanceTo("2099-01-01T00:00:00Z");
    assert.equal((await account.clock.now()).getUTCFullYear(), 2099);
    await account.createPayment({ order_id: "A-2" });
    assert.match((await account.payments())[1].created_at, /^2099-01-01/);
    await account.clock.freeze();
    await account.clock.scale(1000);
    assert.equal((await account.api.call("GET", `/accounts/${account.user}/clock`)).rate, 1000);
    await assert.rejects(account.clock.advance("soon"), {
      name: "RefusedByApiError",
      message: /Expected a duration such as 500ms/,
    });
  }),
);

test(
  "requests are waited for and counted",
  withAccount(async (account) => {
    const waiting = account.waitForRequests("v3.CreatePayments*", { data: { order_id: "A-*" }, count: 2 });
    for (const order_id of ["A-1", "B-1", "A-2"]) await account.createPayment({ order_id });
    assert.equal((await waiting).length, 2);
    assert.equal((await account.expectRequests("v3.*", { exactly: 3, code: "200" })).length, 3);
    await account.expectRequests("v3.*", { atLeast: 2, atMost: 3 });
    await account.expectRequests("v3.QueryOrder", { exactly: 0 });
    await assert.rejects(account.expectRequests("v3.CreatePayments", { data: { order_id: "C-1" } }), {
      name: "NotAsExpectedError",
      message: /near miss: request \d, but .*order_id/,
    });
  }),
);

test(
  "a wait that is in vain tells what there is",
  withAccount(async (account) => {
    await account.createPayment({ order_id: "A-1" });
    await assert.rejects(account.waitFor("paid", { order_id: "B-1", timeout: "10ms" }), {
      name: "NotAsExpectedError",
      message: /^After 10ms, there was no matching order\.\n  there is order_id A-1, trade_id .*, state processing$/,
    });
    await assert.rejects(account.createPayment({ order_id: "C-1", amount: "0.1.2" }));
    await assert.rejects(account.waitFor("paid", { order_id: "C-1" }), {
      name: "NotAsExpectedError",
      message: /near miss: request 2, but it was rejected with -1000/,
    });
  }),
);

test(
  "a refusal has its code, its message and the reason",
  withAccount(async (account) => {
    await assert.rejects(account.createPayment({ notify_url: "" }), {
      name: "RefusedError",
      code: "-3001",
      gatewayMessage: "Required field is missing",
      message: /^-3001 Required field is missing \(.*notify_url/,
    });
    await account.use("unavailable");
    await assert.rejects(account.createPayment(), {
      name: "SandboxError",
      message: /^The gateway answered HTTP 503 without its envelope: /,
    });
  }),
);

test(
  "what an error cannot carry, a new one does",
  withAccount(async (account) => {
    const story = `YabandPay sandbox\naccount ${account.user} at ${account.url}\nThe account received no request.`;
    const own = await withStory(new TypeError("wrong"), account);
    assert.equal(own.name, "TypeError");
    assert.ok(own.message.startsWith(`wrong\n\n${story}`), own.message);
    assert.ok(own.stack.startsWith(`TypeError: wrong\n\n${story}`), own.stack);
    assert.match(own.stack, /account\.test\.js/);
    for (const thrown of ["a text", Object.freeze(new Error("frozen"))]) {
      const made = await withStory(thrown, account);
      assert.equal(made.cause, thrown);
      assert.ok(made.message.includes(story));
    }
  }),
);

test("the error of a test tells the story of its account, and the account is closed", async () => {
  let used;
  const failing = sandbox.withAccount(async (account) => {
    used = account;
    await account.createPayment({ order_id: "A-1" });
    assert.equal("is", "ought");
  });
  await assert.rejects(failing, (error) => {
    assert.match(
      error.message,
      /'is' !== 'ought'[^]*YabandPay sandbox\naccount \d+ at [^]*\nrequests\n  1  v3\.CreatePayments  accepted[^]*\norders\n  A-1  24\.99 EUR  processing/,
    );
    return true;
  });
  assert.match(await used.story(), /did not tell what happened: .*There is no account/);
});

test("requests of unknown users are told too, as they may come from a wrong configuration", async () => {
  await sandbox.withAccount(async (account) => {
    await fetch(`${account.url}/Payments`, {
      method: "POST",
      body: signed({ user: "nobody", method: "v3.QueryOrder", time: 1, data: { order_id: "A-1" } }, "key"),
    });
    assert.match(await account.story(), /requests of unknown users\n  \d+  v3\.QueryOrder  -403/);
  });
});
