// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * A merchant account. Only the answer that creates it shows the secret key.
 *
 * @param user {@code user}
 * @param secretKey {@code secret_key}
 * @param name {@code name}
 * @param role {@code role}
 * @param scenario {@code scenario}
 * @param seed {@code seed}
 * @param openingBalance {@code opening_balance}
 * @param clock {@code clock}
 */
public record AccountRecord(
        String user,
        String secretKey,
        String name,
        String role,
        String scenario,
        String seed,
        String openingBalance,
        ClockRecord clock) {}
