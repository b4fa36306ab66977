// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * No notification is in delivery or waits for a retry.
 *
 * @param type {@code type}: quiet
 */
public record Quiet(String type) {
    /**
     * A record without what is optional.
     *
     * @return the record
     */
    public static Quiet of() {
        return new Quiet("quiet");
    }
}
