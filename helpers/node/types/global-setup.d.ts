/** Start the sandbox, and return what ends it. @returns {Promise<() => Promise<void>>} */
export default function setup(): Promise<() => Promise<void>>;
