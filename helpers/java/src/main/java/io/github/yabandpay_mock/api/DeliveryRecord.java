// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.time.Instant;

/**
 * What became of the last notification of an order. {@code next_attempt_at} is null if no attempt follows
 * another. The state is {@code pending} until it is {@code accepted} by the shop or {@code given up}. One that a
 * scenario keeps back is {@code held} or {@code dropped}, and {@code refused} is one that the sandbox does not
 * send to its address.
 *
 * @param state {@code state}: accepted, dropped, given up, held, pending, refused
 * @param attempts {@code attempts}
 * @param nextAttemptAt {@code next_attempt_at}; may be null
 */
public record DeliveryRecord(String state, long attempts, Instant nextAttemptAt) {}
