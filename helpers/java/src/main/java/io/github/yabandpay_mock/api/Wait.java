// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * What to wait for, and how long at most.
 *
 * @param what {@code what}
 * @param timeout {@code timeout}; optional
 */
public record Wait(Object what, String timeout) {
    /**
     * A record without what is optional.
     *
     * @param what {@code what}
     * @return the record
     */
    public static Wait of(Object what) {
        return new Wait(what, null);
    }

    /**
     * A copy with another value.
     *
     * @param timeout {@code timeout}; optional
     * @return the copy
     */
    public Wait withTimeout(String timeout) {
        return new Wait(what, timeout);
    }
}
