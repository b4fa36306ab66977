// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * How a clock runs: from an ISO 8601 instant {@code at}, by a {@code step} such as 10s at each request, or at a
 * {@code rate}.
 *
 * @param kind {@code kind}: frozen, real, scaled, stepped
 * @param at {@code at}; optional
 * @param step {@code step}; optional
 * @param rate {@code rate}; optional
 */
public record NewClock(String kind, String at, String step, Double rate) {
    /**
     * A record without what is optional.
     *
     * @param kind {@code kind}: frozen, real, scaled, stepped
     * @return the record
     */
    public static NewClock of(String kind) {
        return new NewClock(kind, null, null, null);
    }

    /**
     * A copy with another value.
     *
     * @param at {@code at}; optional
     * @return the copy
     */
    public NewClock withAt(String at) {
        return new NewClock(kind, at, step, rate);
    }

    /**
     * A copy with another value.
     *
     * @param step {@code step}; optional
     * @return the copy
     */
    public NewClock withStep(String step) {
        return new NewClock(kind, at, step, rate);
    }

    /**
     * A copy with another value.
     *
     * @param rate {@code rate}; optional
     * @return the copy
     */
    public NewClock withRate(double rate) {
        return new NewClock(kind, at, step, rate);
    }
}
