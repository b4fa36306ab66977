// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.util.List;

/**
 * The requests are as expected; {@code matched} are the exchanges that match, each once.
 *
 * @param matched {@code matched}; optional
 */
public record Verified(List<ExchangeRecord> matched) {}
