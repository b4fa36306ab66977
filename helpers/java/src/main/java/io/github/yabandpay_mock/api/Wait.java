// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * What to wait for, and how long at most.
 *
 * @param what {@code what}: {@link Requests} or {@link InState} or {@link Quiet}
 * @param timeout {@code timeout}; optional, by default {@code 10s}
 */
public record Wait(Object what, String timeout) {
    /**
     * A Wait with what is required.
     *
     * @param what {@code what}: {@link Requests} or {@link InState} or {@link Quiet}
     * @return the record
     */
    public static Wait of(Object what) {
        return new Wait(what, null);
    }

    /**
     * A copy with another value.
     *
     * @param timeout {@code timeout}; optional, by default {@code 10s}
     * @return the copy
     */
    public Wait withTimeout(String timeout) {
        return new Wait(what, timeout);
    }
}
