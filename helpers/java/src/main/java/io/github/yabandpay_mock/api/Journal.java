// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.util.List;

/**
 * The number of requests so far, how many of them the journal has dropped, and the newest ones. A search that
 * may find more goes on with {@code next} as {@code before}; it is absent at the end.
 *
 * @param taken {@code taken}
 * @param dropped {@code dropped}
 * @param items {@code items}
 * @param next {@code next}; optional
 */
public record Journal(long taken, long dropped, List<ExchangeRecord> items, String next) {}
