// Runs a command after six seconds.
import { spawn } from "node:child_process";

const [program, ...rest] = process.argv.slice(2);
setTimeout(() => {
  spawn(program, rest, { stdio: "inherit" }).on("exit", (status) => process.exit(status ?? 1));
}, 6000);
