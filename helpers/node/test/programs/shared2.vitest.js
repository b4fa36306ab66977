import { test } from "yabandpay-mock/vitest";

test("one", ({ yabandpay }) => console.log(`used ${yabandpay.url}.`));

test("another", ({ yabandpay }) => console.log(`used ${yabandpay.url}.`));
