// Durations as text, and the waits of this package, which go on when a test replaces the timers.

const { setTimeout: wait, clearTimeout: cancel } = globalThis;
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as `500ms`, `2s`, `1m` or `24h`. @typedef {`${number}${"ms" | "s" | "m" | "h" | "d"}`} Duration */

/** How long a wait takes at most, unless it says otherwise: less than Vitest allows a test. @type {Duration} */
export const PATIENCE = "4s";

/** The milliseconds of a duration. @param {Duration} duration @returns {number} */
export function milliseconds(duration) {
  const found = /^([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)$/.exec(String(duration));
  if (!found)
    throw new TypeError(`Expected a duration such as '500ms', '2s' or '24h', not ${JSON.stringify(duration)}.`);
  return Number(found[1]) * UNITS[/** @type {keyof typeof UNITS} */ (found[2])];
}

/** @param {number} time @returns {Promise<void>} */
export function pause(time) {
  return new Promise((resolve) => {
    wait(resolve, time);
  });
}

/**
 * Call `expired` after a time, unless the returned function is called before.
 *
 * @param {number} time
 * @param {() => void} expired
 * @returns {() => void}
 */
export function deadline(time, expired) {
  const timer = wait(expired, time);
  return () => cancel(timer);
}
