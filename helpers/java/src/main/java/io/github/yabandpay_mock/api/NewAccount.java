// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * An account to create. A field that is left out gets a default, and user, secret_key and seed a random value.
 *
 * @param user {@code user}; optional
 * @param secretKey {@code secret_key}; optional
 * @param name {@code name}; optional
 * @param role {@code role}: cashier, super admin; optional
 * @param scenario {@code scenario}; optional
 * @param seed {@code seed}; optional
 * @param openingBalance {@code opening_balance}; optional
 * @param clock {@code clock}; optional
 */
public record NewAccount(
        String user,
        String secretKey,
        String name,
        String role,
        String scenario,
        String seed,
        String openingBalance,
        NewClock clock) {
    /**
     * A record without what is optional.
     *
     * @return the record
     */
    public static NewAccount of() {
        return new NewAccount(null, null, null, null, null, null, null, null);
    }

    /**
     * A copy with another value.
     *
     * @param user {@code user}; optional
     * @return the copy
     */
    public NewAccount withUser(String user) {
        return new NewAccount(user, secretKey, name, role, scenario, seed, openingBalance, clock);
    }

    /**
     * A copy with another value.
     *
     * @param secretKey {@code secret_key}; optional
     * @return the copy
     */
    public NewAccount withSecretKey(String secretKey) {
        return new NewAccount(user, secretKey, name, role, scenario, seed, openingBalance, clock);
    }

    /**
     * A copy with another value.
     *
     * @param name {@code name}; optional
     * @return the copy
     */
    public NewAccount withName(String name) {
        return new NewAccount(user, secretKey, name, role, scenario, seed, openingBalance, clock);
    }

    /**
     * A copy with another value.
     *
     * @param role {@code role}: cashier, super admin; optional
     * @return the copy
     */
    public NewAccount withRole(String role) {
        return new NewAccount(user, secretKey, name, role, scenario, seed, openingBalance, clock);
    }

    /**
     * A copy with another value.
     *
     * @param scenario {@code scenario}; optional
     * @return the copy
     */
    public NewAccount withScenario(String scenario) {
        return new NewAccount(user, secretKey, name, role, scenario, seed, openingBalance, clock);
    }

    /**
     * A copy with another value.
     *
     * @param seed {@code seed}; optional
     * @return the copy
     */
    public NewAccount withSeed(String seed) {
        return new NewAccount(user, secretKey, name, role, scenario, seed, openingBalance, clock);
    }

    /**
     * A copy with another value.
     *
     * @param openingBalance {@code opening_balance}; optional
     * @return the copy
     */
    public NewAccount withOpeningBalance(String openingBalance) {
        return new NewAccount(user, secretKey, name, role, scenario, seed, openingBalance, clock);
    }

    /**
     * A copy with another value.
     *
     * @param clock {@code clock}; optional
     * @return the copy
     */
    public NewAccount withClock(NewClock clock) {
        return new NewAccount(user, secretKey, name, role, scenario, seed, openingBalance, clock);
    }
}
