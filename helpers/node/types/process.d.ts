/** A sandbox that was started, and its address. */
export class SandboxProcess {
    /**
     * Run a sandbox, and wait until it accepts requests.
     *
     * @param {string[]} command
     * @param {string[]} flags
     * @param {NodeJS.ProcessEnv} environment
     * @param {number} patience in milliseconds
     * @returns {Promise<SandboxProcess>}
     */
    static start(command: string[], flags: string[], environment: NodeJS.ProcessEnv, patience: number): Promise<SandboxProcess>;
    /** @param {string[]} command @param {NodeJS.ProcessEnv} environment */
    constructor(command: string[], environment: NodeJS.ProcessEnv);
    url: string;
    /** Why it does not answer, if it has ended. @returns {string} */
    whyGone(): string;
    /** End it, and wait until it has ended. Throws if it ended with findings or an error. */
    stop(): Promise<void>;
    #private;
}
