// Starts a sandbox, prints its address, and ends in the way that it is told, or not at all.
import { startSandbox } from "yabandpay-mock";

const ways = {
  wait: () => setInterval(() => {}, 60_000),
  return: () => {},
  exit: () => process.exit(3),
  throw: () => {
    throw new Error("crashed");
  },
};
const sandbox = await startSandbox();
process.stdout.write(`${sandbox.url}\n`, ways[process.argv[2]]);
