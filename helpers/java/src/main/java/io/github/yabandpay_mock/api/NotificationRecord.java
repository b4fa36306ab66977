// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.time.Instant;
import java.util.List;

/**
 * A notification and its attempts; {@code defect} is what the merchant should notice, such as
 * {@code wrong signature}.
 *
 * @param number {@code number}
 * @param timeline {@code timeline}
 * @param type {@code type}
 * @param notifiedState {@code notified_state}
 * @param createdAt {@code created_at}
 * @param url {@code url}
 * @param body {@code body}
 * @param form {@code form}
 * @param state {@code state}
 * @param defect {@code defect}
 * @param attempts {@code attempts}
 */
public record NotificationRecord(
        long number,
        String timeline,
        String type,
        String notifiedState,
        Instant createdAt,
        String url,
        String body,
        String form,
        String state,
        String defect,
        List<AttemptRecord> attempts) {}
