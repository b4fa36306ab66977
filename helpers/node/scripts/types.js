// Writes types/: those of the API from its OpenAPI document, and those of this package from its sources. With --check,
// says which are out of date instead. Needs the command `yabandpay-mock`, or YABANDPAY_MOCK_COMMAND.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSandbox } from "../lib/sandbox.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TYPES = join(ROOT, "types");

/** Run a program of a development dependency. */
function run(program, ...rest) {
  execFileSync(process.execPath, [join(ROOT, "node_modules", program), ...rest], { cwd: ROOT, stdio: "inherit" });
}

async function writeDocument(file) {
  const sandbox = await startSandbox({ url: "" });
  const response = await fetch(`${sandbox.url}/_sandbox/openapi.json`);
  writeFileSync(file, await response.text());
  await sandbox.stop();
}

function contents(folder) {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

const folder = mkdtempSync(join(tmpdir(), "yabandpay-types-"));
try {
  const made = join(folder, "types");
  await writeDocument(join(folder, "openapi.json"));
  run("openapi-typescript/bin/cli.js", join(folder, "openapi.json"), "--output", join(made, "openapi.d.ts"));
  if (!process.argv.includes("--check")) cpSync(made, TYPES, { recursive: true });
  run("typescript/bin/tsc", "--project", ROOT, "--outDir", made);
  if (process.argv.includes("--check")) {
    const [fresh, kept] = [contents(made), contents(TYPES)];
    const outdated = Object.keys({ ...fresh, ...kept }).filter((name) => fresh[name] !== kept[name]);
    if (outdated.length > 0) throw new Error(`Out of date: ${outdated.join(", ")}. Run \`npm run types\`.`);
  } else {
    rmSync(TYPES, { recursive: true });
    cpSync(made, TYPES, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
