import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { startSandbox } from "yabandpay-mock";
import { send } from "../lib/api.js";
import { findCommand } from "../lib/command.js";

const COMMAND = findCommand(undefined, process.env)
  .map((word) => `'${word}'`)
  .join(" ");
const PROGRAM = fileURLToPath(new URL("programs/start-and-wait.js", import.meta.url));

function setEnvironment(variables) {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** Runs a part of a test with variables of the environment; undefined removes one. */
async function withEnvironment(variables, run) {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  setEnvironment(variables);
  try {
    return await run();
  } finally {
    setEnvironment(before);
  }
}

/** A folder that is removed after the test. */
function folderOf(t) {
  const folder = mkdtempSync(join(tmpdir(), "test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A sandbox that is stopped after the test. */
async function started(t, options) {
  const sandbox = await startSandbox({ url: "", ...options });
  t.after(() => sandbox.stop());
  return sandbox;
}

async function answers(url) {
  return fetch(`${url}/_sandbox/api/health/live`).then(
    () => true,
    () => false,
  );
}

async function untilGone(url) {
  while (await answers(url)) await new Promise(setImmediate);
}

test("a sandbox starts on a free port, and is gone when it was stopped", async (t) => {
  const folder = folderOf(t);
  const start = () => startSandbox({ url: "" });
  const [one, other] = await withEnvironment({ TMPDIR: folder }, () => Promise.all([start(), start()]));
  assert.notEqual(one.url, other.url);
  assert.ok(await answers(one.url));
  await one.stop();
  assert.equal(await answers(one.url), false);
  assert.ok(await answers(other.url));
  await other.stop();
  assert.deepEqual(readdirSync(folder), []);
});

for (const [way, end] of Object.entries({
  "is killed": { wait: (child) => child.kill("SIGKILL") },
  "is killed with its process group": { wait: (child) => process.kill(-child.pid, "SIGKILL") },
  "gets Ctrl-C": { wait: (child) => process.kill(-child.pid, "SIGINT") },
  returns: { return: () => {} },
  exits: { exit: () => {} },
  throws: { throw: () => {} },
})) {
  test(`the sandbox ends with a process that ${way}`, async () => {
    const [[word, act]] = Object.entries(end);
    const child = spawn(process.execPath, [PROGRAM, word], { stdio: ["ignore", "pipe", "ignore"], detached: true });
    const closed = once(child, "close");
    const failed = closed.then(() => assert.fail("the program ended before its sandbox was ready"));
    const [url] = await Promise.race([once(createInterface(child.stdout), "line"), failed]);
    failed.catch(() => {});
    act(child);
    await closed;
    await untilGone(url);
  });
}

test("the settings of a sandbox are the flags of serve", async (t) => {
  const sandbox = await started(t, {
    settings: { scenario: "review", payDelay: "3s", allowedHost: ["a.example", "b.example"], strict: false },
  });
  const settings = await sandbox.api.call("GET", "/settings");
  assert.deepEqual(
    [settings.scenario, settings.pay_delay, settings.strict, settings.log],
    ["review", "3000", "False", "none"],
  );
  const { headers, status } = await send("GET", `${sandbox.url}/_sandbox/api/version`, { Host: "b.example" });
  assert.equal(status, 200, headers["content-type"]);
});

test("variables of the environment are no settings of a sandbox that a test starts", async (t) => {
  await withEnvironment({ YABANDPAY_MOCK_SCENARIO: "declined", YABANDPAY_MOCK_CONTROL_TOKEN: "secret" }, async () => {
    const sandbox = await started(t);
    assert.equal((await sandbox.api.call("GET", "/settings")).scenario, "default");
  });
});

test("a strict sandbox ends with its findings", async () => {
  const sandbox = await startSandbox({ url: "", settings: { strict: true } });
  await sandbox.withAccount((account) => assert.rejects(account.createPayment({ amount: "many" }), { code: "-1000" }));
  await assert.rejects(sandbox.stop(), {
    name: "SandboxError",
    message: /^The sandbox ended with status 1:\n1 findings \(--strict\):\n  refused: /,
  });
});

test("a setting that there is not, and a value that it does not take, are told as serve tells them", async () => {
  await assert.rejects(startSandbox({ url: "", settings: { payDelai: "1s" } }), {
    name: "SandboxError",
    message: /did not start:\n[^]*No such option:? '?--pay-delai'?/,
  });
  await assert.rejects(
    startSandbox({ url: "", settings: { payDelay: "soon" } }),
    /--pay-delay[^]*expected a duration such as 500ms/,
  );
});

test("a port that is taken is told", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address();
  await assert.rejects(startSandbox({ url: "", settings: { port } }), {
    name: "SandboxError",
    message: new RegExp(`did not start:\n[^]*${port}`),
  });
});

test("without the command, the error says how to install it", async (t) => {
  const gone = {
    name: "SandboxError",
    message:
      /^The PATH has no command yabandpay-mock\. Install it[^]*pipx install yabandpay-mock[^]*YABANDPAY_MOCK_COMMAND[^]*uvx yabandpay-mock[^]*YABANDPAY_MOCK_URL/,
  };
  await withEnvironment({ PATH: folderOf(t), YABANDPAY_MOCK_COMMAND: undefined }, () =>
    assert.rejects(startSandbox({ url: "" }), gone),
  );
  await withEnvironment({ YABANDPAY_MOCK_COMMAND: '"/no such/place" serve' }, () =>
    assert.rejects(startSandbox({ url: "" }), /^SandboxError: No program is at \/no such\/place\. Install/),
  );
  await assert.rejects(startSandbox({ url: "", command: [] }), /The command of the sandbox is empty/);
});

test("the command is found on the PATH, and may be several words", async (t) => {
  const folder = folderOf(t);
  const script = join(folder, "yabandpay-mock");
  writeFileSync(script, `#!/bin/sh\nexec ${COMMAND} "$@"\n`);
  chmodSync(script, 0o755);
  await withEnvironment({ PATH: `${folder}:${process.env.PATH}`, YABANDPAY_MOCK_COMMAND: undefined }, () => started(t));
  await withEnvironment({ YABANDPAY_MOCK_COMMAND: `/bin/sh '${script}'` }, () => started(t));
  const apart = join(folderOf(t), "the command");
  copyFileSync(script, apart);
  await withEnvironment({ YABANDPAY_MOCK_COMMAND: apart }, () => started(t));
  await withEnvironment({ YABANDPAY_MOCK_COMMAND: `/bin/sh "${apart}"` }, () => started(t));
});

test("a command without Python says what it printed", async (t) => {
  const script = join(folderOf(t), "yabandpay-mock");
  writeFileSync(script, "#!/usr/bin/no-python-here\n");
  chmodSync(script, 0o755);
  await assert.rejects(startSandbox({ url: "", command: script }), {
    name: "SandboxError",
    message: /did not start:\n.*yabandpay-mock cannot be run: /,
  });
});

test("a command that starts nothing is ended in the end", async () => {
  const idle = [process.execPath, "-e", "console.log('idle'); setInterval(() => {}, 1000)", "--"];
  await assert.rejects(startSandbox({ url: "", command: idle, timeout: "300ms" }), {
    name: "SandboxError",
    message: /^The sandbox was not ready after 300 ms/,
  });
});

test("a running sandbox is used, as the option or the environment says", async (t) => {
  const { url } = await started(t);
  const chosen = await startSandbox({ url: `${url}/` });
  const found = await withEnvironment({ YABANDPAY_MOCK_URL: url, PATH: "" }, () => startSandbox());
  for (const sandbox of [chosen, found]) {
    assert.equal(sandbox.url, url);
    await sandbox.withAccount(async (account) => account.createPayment());
    await sandbox.stop();
  }
  assert.ok(await answers(url), "a sandbox that was running goes on");
  const own = await withEnvironment({ YABANDPAY_MOCK_URL: url }, () => started(t, { url: undefined, settings: {} }));
  assert.notEqual(own.url, url);
  await assert.rejects(startSandbox({ url, settings: {} }), { name: "TypeError", message: /not for the one at `url`/ });
});

test("a wrong control token is refused, and the right one comes from the option or the environment", async (t) => {
  const { url } = await started(t, { controlToken: "secret" });
  for (const options of [{ url }, { url, controlToken: "guess" }]) {
    await assert.rejects(startSandbox(options), {
      name: "RefusedByApiError",
      message: /Set YABANDPAY_MOCK_CONTROL_TOKEN, or use startSandbox\(\{ controlToken: … \}\)\.$/,
    });
  }
  const right = await withEnvironment({ YABANDPAY_MOCK_CONTROL_TOKEN: "secret" }, () => startSandbox({ url }));
  await right.withAccount((account) => account.createPayment());
});

test("an address without a sandbox is told", async (t) => {
  const server = createServer((_, response) => response.writeHead(404).end("another service")).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const other = `http://127.0.0.1:${server.address().port}`;
  await assert.rejects(startSandbox({ url: other, timeout: "1ms" }), {
    message: `No sandbox is ready at ${other} after 1 ms: it answered HTTP 404 another service`,
  });
  await assert.rejects(startSandbox({ url: "http://127.0.0.1:1", timeout: "1ms" }), {
    name: "SandboxError",
    message: /No sandbox is ready at http:\/\/127\.0\.0\.1:1 after 1 ms: .*ECONNREFUSED/,
  });
  await assert.rejects(startSandbox({ url: "localhost:8765" }), {
    message: 'Expected the address of a sandbox such as http://127.0.0.1:8765, not "localhost:8765".',
  });
  await assert.rejects(startSandbox({ timeout: 5 }), {
    name: "TypeError",
    message: "Expected a duration such as '500ms', '2s' or '24h', not 5.",
  });
});

test("a sandbox that has ended says so, with its last words", async (t) => {
  const folder = folderOf(t);
  const script = join(folder, "yabandpay-mock");
  writeFileSync(
    script,
    `#!/bin/sh\n${COMMAND} "$@" & echo $! > "${folder}/pid"; wait $!; echo "last words" >&2; exit 7\n`,
  );
  chmodSync(script, 0o755);
  const sandbox = await startSandbox({ url: "", command: script });
  spawn("/bin/sh", ["-c", `kill $(cat "${folder}/pid")`]);
  await untilGone(sandbox.url);
  let problem = await sandbox.account().catch((error) => error);
  while (!problem.message.includes("has ended")) problem = await sandbox.account().catch((error) => error);
  assert.equal(problem.name, "SandboxError");
  assert.match(
    problem.message,
    /^The sandbox at .* did not answer: .*\nThe process of the sandbox has ended with status 7\. It printed:\n[^]*last words$/,
  );
  await assert.rejects(sandbox.stop(), {
    name: "SandboxError",
    message: "The sandbox ended with status 7:\nlast words",
  });
});
