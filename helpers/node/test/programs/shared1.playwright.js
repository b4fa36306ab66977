import { test } from "yabandpay-mock/playwright";

test("one", ({ yabandpay }) => console.log(`used ${yabandpay.url}.`));

test("another", ({ yabandpay }) => console.log(`used ${yabandpay.url}.`));
