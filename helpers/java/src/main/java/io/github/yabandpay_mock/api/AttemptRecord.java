// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.time.Instant;

/**
 * One attempt to deliver a notification.
 *
 * @param number {@code number}
 * @param at {@code at}
 * @param url {@code url}
 * @param sent {@code sent}
 * @param status {@code status}; may be null
 * @param answer {@code answer}
 * @param error {@code error}
 * @param durationMs {@code duration_ms}
 * @param accepted {@code accepted}
 */
public record AttemptRecord(
        long number,
        Instant at,
        String url,
        String sent,
        Long status,
        String answer,
        String error,
        long durationMs,
        boolean accepted) {}
