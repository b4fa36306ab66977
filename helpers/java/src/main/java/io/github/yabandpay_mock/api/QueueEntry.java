// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * A scenario for the next {@code times} calls that match {@code method} and {@code reference}, in which
 * {@code *} matches any text. {@code reference} is the merchant's reference, such as the order_id of a payment.
 *
 * @param scenario {@code scenario}
 * @param times {@code times}; optional
 * @param method {@code method}; optional
 * @param reference {@code reference}; optional
 */
public record QueueEntry(String scenario, Long times, String method, String reference) {
    /**
     * A record without what is optional.
     *
     * @param scenario {@code scenario}
     * @return the record
     */
    public static QueueEntry of(String scenario) {
        return new QueueEntry(scenario, null, null, null);
    }

    /**
     * A copy with another value.
     *
     * @param times {@code times}; optional
     * @return the copy
     */
    public QueueEntry withTimes(long times) {
        return new QueueEntry(scenario, times, method, reference);
    }

    /**
     * A copy with another value.
     *
     * @param method {@code method}; optional
     * @return the copy
     */
    public QueueEntry withMethod(String method) {
        return new QueueEntry(scenario, times, method, reference);
    }

    /**
     * A copy with another value.
     *
     * @param reference {@code reference}; optional
     * @return the copy
     */
    public QueueEntry withReference(String reference) {
        return new QueueEntry(scenario, times, method, reference);
    }
}
