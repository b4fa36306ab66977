// Runs files of tests in each test runner, and reads what these print.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const GLOBAL_SETUP = fileURLToPath(import.meta.resolve("yabandpay-mock/global-setup"));
const PROGRAMS = fileURLToPath(new URL("programs/", import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const VITEST = join(PACKAGE, "node_modules/vitest/vitest.mjs");
const PLAYWRIGHT = join(PACKAGE, "node_modules/@playwright/test/cli.js");

/** Runs node, and returns the status and the output without colours. */
async function run(parameters, variables = {}) {
  const output = mkdtempSync(join(tmpdir(), "test-"));
  const { NODE_TEST_CONTEXT: _context, YABANDPAY_MOCK_URL: _url, FORCE_COLOR: _color, ...kept } = process.env;
  const env = { ...kept, NO_COLOR: "1", CHROMIUM, OUTPUT: join(output, "playwright"), ...variables };
  const child = spawn(process.execPath, parameters, { cwd: PROGRAMS, env, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
  const [status] = await once(child, "close");
  rmSync(output, { recursive: true });
  return { status, printed };
}

/** The stories that were printed, by the order that they are about; a story without an order is under "". */
function stories(printed) {
  const found = printed.matchAll(/YabandPay sandbox\n\s*account \d+ at http:\/\/127\.0\.0\.1:\d+\n(?:.*\S.*\n)*/g);
  const byOrder = {};
  for (const [story] of found) (byOrder[/(\S+)  24\.99 EUR/.exec(story)?.[1] ?? ""] ??= []).push(story);
  return byOrder;
}

/** Checks that a story tells the request and the order of A-1. */
function tells(story, order_id) {
  assert.match(
    story,
    new RegExp(
      `requests\n +1  v3\\.CreatePayments  accepted  trade [^]*\n *orders\n +${order_id}  24\\.99 EUR  processing`,
    ),
  );
}

/** The addresses of the sandboxes that tests have used; none may be left. */
async function used(printed) {
  const urls = [...new Set([...printed.matchAll(/used (\S+)\./g)].map(([, url]) => url))];
  for (const url of urls) await assert.rejects(fetch(url), `${url} is still there`);
  return urls;
}

for (const reporter of ["spec", "tap", "junit"]) {
  test(`node:test shows the story of a failed test (${reporter})`, async () => {
    const { status, printed } = await run(["--test", `--test-reporter=${reporter}`, "failing.node.js"]);
    assert.equal(status, 1, printed);
    const told = stories(printed);
    assert.deepEqual(Object.keys(told).sort(), ["", "A-1"], printed);
    tells(told["A-1"][0], "A-1");
    assert.match(told[""][0], /The account received no request\. Does the application use/);
    assert.match(printed, /only a text/);
    assert.match(printed, /failing\.node\.js:10/);
    const ofJunit = reporter === "junit"; // which does not print what tests print
    assert.equal((await used(printed)).length, ofJunit ? 0 : 1, printed);
  });
}

test("Vitest shows the story of a failed test", async () => {
  const { status, printed } = await run([VITEST, "run", "failing"]);
  assert.equal(status, 1, printed);
  assert.match(printed, /Tests +5 failed \| 2 passed \| 1 expected fail/);
  const told = stories(printed);
  assert.deepEqual(Object.keys(told).sort(), ["", "A-1", "A-2", "A-3", "A-4"], printed);
  for (const [order_id, [story, ...more]] of Object.entries(told)) {
    if (order_id) tells(story, order_id);
    assert.deepEqual(more, []);
  }
  assert.match(
    printed,
    /AssertionError: expected 'is' to be 'ought'[^\n]*\n\nYabandPay sandbox\n[^]*failing\.vitest\.js:12/,
  );
  assert.match(printed, /Error: Test timed out in 3000ms\./);
  assert.match(printed, /Error: the shop is on fire\n\nYabandPay sandbox\n/);
});

for (const flags of [["--pool=forks"], ["--pool=threads"], ["--pool=forks", "--no-isolate", "--maxWorkers=1"]]) {
  test(`no sandbox outlives Vitest (${flags.join(" ")})`, async () => {
    const { status, printed } = await run([VITEST, "run", "shared", ...flags]);
    assert.equal(status, 0, printed);
    assert.equal((await used(printed)).length, flags.includes("--no-isolate") ? 1 : 2, printed);
  });
}

test("all files of Vitest may share a sandbox", async () => {
  const { status, printed } = await run([VITEST, "run", "shared"], { GLOBAL_SETUP });
  assert.equal(status, 0, printed);
  assert.equal((await used(printed)).length, 1, printed);
});

test("a sandbox may take longer to start than a test may take", async () => {
  const command = {
    YABANDPAY_MOCK_COMMAND: `"${process.execPath}" slow-command.js ${process.env.YABANDPAY_MOCK_COMMAND}`,
  };
  for (const limited of [
    [VITEST, "run", "shared1", "--testTimeout=5000"],
    [PLAYWRIGHT, "test", "shared1", "--timeout=5000"],
  ]) {
    const { status, printed } = await run(limited, command);
    assert.equal(status, 0, printed);
  }
});

test("Vitest says why there is no sandbox", async () => {
  const { status, printed } = await run([VITEST, "run", "shared1"], { YABANDPAY_MOCK_COMMAND: "/no/such/command" });
  assert.equal(status, 1, printed);
  assert.match(printed, /SandboxError: No program is at \/no\/such\/command\. Install it/);
});

test("Playwright shows the story of a failed test", async () => {
  const { status, printed } = await run([PLAYWRIGHT, "test", "failing"]);
  assert.equal(status, 1, printed);
  assert.match(printed, /3 failed\n[^]*1 passed/);
  const told = stories(printed);
  assert.deepEqual(Object.keys(told).sort(), ["", "A-1", "A-2"], printed);
  tells(told["A-1"][0], "A-1");
  assert.match(
    printed,
    /Error: expect\(received\)\.toBe\(expected\)[^]*YabandPay sandbox\n[^]*failing\.playwright\.js:6/,
  );
  assert.match(printed, /Test timeout of 10000ms exceeded\./);
  assert.match(printed, /Error: the shop is on fire\n\n +YabandPay sandbox\n/);
});

test("Playwright starts a sandbox with the options of a file", async () => {
  const { status, printed } = await run([PLAYWRIGHT, "test", "options"]);
  assert.equal(status, 0, printed);
});

test("a payer pays in Playwright", { skip: existsSync(CHROMIUM) ? false : "there is no Chromium" }, async () => {
  const { status, printed } = await run([PLAYWRIGHT, "test", "paying"]);
  assert.equal(status, 0, printed);
});

test("no sandbox outlives Playwright, whose workers may share one", async () => {
  const { status, printed } = await run([PLAYWRIGHT, "test", "shared"]);
  assert.equal(status, 0, printed);
  assert.equal((await used(printed)).length, 2, printed);
  const shared = await run([PLAYWRIGHT, "test", "shared"], { GLOBAL_SETUP });
  assert.equal(shared.status, 0, shared.printed);
  assert.equal((await used(shared.printed)).length, 1, shared.printed);
});
