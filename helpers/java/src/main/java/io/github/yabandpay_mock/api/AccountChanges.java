// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * The fields to change; a field that is left out keeps its value.
 *
 * @param secretKey {@code secret_key}; optional
 * @param name {@code name}; optional
 * @param role {@code role}; optional
 * @param scenario {@code scenario}; optional
 */
public record AccountChanges(String secretKey, String name, String role, String scenario) {
    /**
     * A record without what is optional.
     *
     * @return the record
     */
    public static AccountChanges of() {
        return new AccountChanges(null, null, null, null);
    }

    /**
     * A copy with another value.
     *
     * @param secretKey {@code secret_key}; optional
     * @return the copy
     */
    public AccountChanges withSecretKey(String secretKey) {
        return new AccountChanges(secretKey, name, role, scenario);
    }

    /**
     * A copy with another value.
     *
     * @param name {@code name}; optional
     * @return the copy
     */
    public AccountChanges withName(String name) {
        return new AccountChanges(secretKey, name, role, scenario);
    }

    /**
     * A copy with another value.
     *
     * @param role {@code role}; optional
     * @return the copy
     */
    public AccountChanges withRole(String role) {
        return new AccountChanges(secretKey, name, role, scenario);
    }

    /**
     * A copy with another value.
     *
     * @param scenario {@code scenario}; optional
     * @return the copy
     */
    public AccountChanges withScenario(String scenario) {
        return new AccountChanges(secretKey, name, role, scenario);
    }
}
