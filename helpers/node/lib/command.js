// Finds the command of the sandbox.

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { SandboxError } from "./errors.js";

const NAME = "yabandpay-mock";
const ADVICE = `Install it with Python 3.10 or newer, for example:

    pipx install ${NAME}

or set YABANDPAY_MOCK_COMMAND to how it is run, such as "uvx ${NAME}", or YABANDPAY_MOCK_URL to the address of a
sandbox that is running already.`;

/**
 * The command of the sandbox and its first arguments: what was given, else YABANDPAY_MOCK_COMMAND, else what the PATH has.
 * A text is a path, which may have spaces, or a program with arguments.
 *
 * @param {string | string[] | undefined} given
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string[]}
 */
export function findCommand(given, environment) {
  const chosen = given ?? (environment.YABANDPAY_MOCK_COMMAND || NAME);
  const [program, ...rest] = Array.isArray(chosen) ? chosen : canRun(chosen.trim()) ? [chosen.trim()] : words(chosen);
  if (program === undefined) throw new SandboxError(`The command of the sandbox is empty. ${ADVICE}`);
  const isPath = /[/\\]/.test(program);
  const places = isPath ? [program] : pathsOf(program, environment);
  const found = places.find(canRun);
  if (found === undefined) {
    const where = isPath ? "No program is at" : "The PATH has no command";
    throw new SandboxError(`${where} ${program}. ${ADVICE}`);
  }
  return [found, ...rest];
}

/** The words of a program with arguments, in which words with spaces stand in quotes. @param {string} line */
function words(line) {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|[^\s"']+/g)].map(([word, double, single]) => double ?? single ?? word);
}

/** @param {string} program @param {NodeJS.ProcessEnv} environment */
function pathsOf(program, environment) {
  const folders = (environment.PATH ?? environment.Path ?? "").split(delimiter).filter(Boolean);
  const endings = process.platform === "win32" ? [".exe", ""] : [""];
  return folders.flatMap((folder) => endings.map((ending) => join(folder, program + ending)));
}

/** @param {string} path */
function canRun(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
