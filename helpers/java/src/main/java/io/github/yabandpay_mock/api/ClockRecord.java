// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * A clock: real, frozen, stepped by {@code step_ms} at each request, or scaled to {@code rate} times the real
 * speed.
 *
 * @param kind {@code kind}
 * @param now {@code now}
 * @param rate {@code rate}
 * @param stepMs {@code step_ms}
 */
public record ClockRecord(String kind, String now, double rate, long stepMs) {}
