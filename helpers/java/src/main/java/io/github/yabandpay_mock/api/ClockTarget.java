// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * How far to advance a clock: by a duration such as {@code 1h}, or to an ISO 8601 instant.
 *
 * @param by {@code by}; optional
 * @param to {@code to}; optional
 */
public record ClockTarget(String by, String to) {
    /**
     * A record without what is optional.
     *
     * @return the record
     */
    public static ClockTarget of() {
        return new ClockTarget(null, null);
    }

    /**
     * A copy with another value.
     *
     * @param by {@code by}; optional
     * @return the copy
     */
    public ClockTarget withBy(String by) {
        return new ClockTarget(by, to);
    }

    /**
     * A copy with another value.
     *
     * @param to {@code to}; optional
     * @return the copy
     */
    public ClockTarget withTo(String to) {
        return new ClockTarget(by, to);
    }
}
