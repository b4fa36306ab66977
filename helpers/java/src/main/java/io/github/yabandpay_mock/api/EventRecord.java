// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.time.Instant;

/**
 * One event of a timeline; {@code reference} is the number of its exchange or notification.
 *
 * @param timeline {@code timeline}
 * @param at {@code at}
 * @param kind {@code kind}
 * @param text {@code text}
 * @param reference {@code reference}; may be null
 */
public record EventRecord(String timeline, Instant at, String kind, String text, Long reference) {}
