/** The milliseconds of a duration. @param {Duration} duration @returns {number} */
export function milliseconds(duration: Duration): number;
/** @param {number} time @returns {Promise<void>} */
export function pause(time: number): Promise<void>;
/**
 * Call `expired` after a time, unless the returned function is called before.
 *
 * @param {number} time
 * @param {() => void} expired
 * @returns {() => void}
 */
export function deadline(time: number, expired: () => void): () => void;
/** A duration such as `500ms`, `2s`, `1m` or `24h`. @typedef {`${number}${"ms" | "s" | "m" | "h" | "d"}`} Duration */
/** How long a wait takes at most, unless it says otherwise: less than Vitest allows a test. @type {Duration} */
export const PATIENCE: Duration;
/**
 * A duration such as `500ms`, `2s`, `1m` or `24h`.
 */
export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;
