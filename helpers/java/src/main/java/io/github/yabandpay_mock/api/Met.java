// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.util.List;

/**
 * The wait was successful; {@code matched} are the matching exchanges, {@code payment} is the payment in the
 * state.
 *
 * @param matched {@code matched}; optional
 * @param payment {@code payment}; optional
 */
public record Met(List<ExchangeRecord> matched, PaymentRecord payment) {}
