/**
 * The command of the sandbox and its first arguments: what was given, else YABANDPAY_MOCK_COMMAND, else what the PATH has.
 * A text is a path, which may have spaces, or a program with arguments.
 *
 * @param {string | string[] | undefined} given
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string[]}
 */
export function findCommand(given: string | string[] | undefined, environment: NodeJS.ProcessEnv): string[];
