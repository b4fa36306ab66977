// Runs a command for as long as this program's standard input is open. It closes when the process that started this
// one ends, however it ends, so that no sandbox outlives its tests.

import { spawn, spawnSync } from "node:child_process";

const PATIENCE = 10_000;
const isWindows = process.platform === "win32";
let isStopping = false;
const [program, ...rest] = process.argv.slice(2);
const child = spawn(program, rest, {
  stdio: ["ignore", "inherit", "inherit"],
  detached: !isWindows,
  windowsHide: true,
});

child.on("error", (error) => {
  process.stderr.write(`${program} cannot be run: ${error.message}\n`);
  process.exit(127);
});
child.on("exit", (status) => {
  const isObeying = isStopping && (isWindows || status === null); // that it ended because it had to is no failure
  process.exit(isObeying ? 0 : (status ?? 1));
});
process.stdin.on("end", stop).on("error", stop).resume();
process.on("SIGTERM", stop);

function stop() {
  isStopping = true;
  end("SIGTERM");
  setTimeout(() => end("SIGKILL"), PATIENCE);
}

/** End the command with the processes that it has started. @param {NodeJS.Signals} signal */
function end(signal) {
  if (child.pid === undefined) return;
  if (isWindows) {
    spawnSync("taskkill", ["/pid", String(child.pid), "/t", "/f"], { windowsHide: true });
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}
