// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.util.List;

/**
 * A page of a list; {@code total} counts the items of all pages. A search counts those on its page. A search
 * that may find more goes on with {@code next} as {@code before}; it is absent at the end.
 *
 * @param total {@code total}
 * @param items {@code items}
 * @param next {@code next}; optional
 */
public record ListedPaymentRecordPage(long total, List<ListedPaymentRecord> items, String next) {}
