// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.util.List;

/**
 * What happened while a clock was advanced: the number of events, and the first thousand of them in order.
 *
 * @param started {@code started}
 * @param ended {@code ended}
 * @param tasks {@code tasks}
 * @param events {@code events}
 * @param happened {@code happened}
 */
public record AdvanceRecord(
        String started,
        String ended,
        long tasks,
        long events,
        List<EventRecord> happened) {}
