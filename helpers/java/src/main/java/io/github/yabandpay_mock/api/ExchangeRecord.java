// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.time.Instant;
import java.util.List;

/**
 * A request to the gateway and its answer. {@code reason} says why it was refused or changed by a scenario, and
 * is otherwise empty; {@code explanation} is the diagnosis of a refusal. {@code hints} say what looks wrong in
 * an accepted request.
 *
 * @param number {@code number}
 * @param at {@code at}
 * @param user {@code user}
 * @param method {@code method}
 * @param code {@code code}
 * @param tradeId {@code trade_id}
 * @param scenario {@code scenario}
 * @param reason {@code reason}
 * @param stringToSign {@code string_to_sign}
 * @param request {@code request}
 * @param answer {@code answer}
 * @param durationUs {@code duration_us}
 * @param explanation {@code explanation}; may be null
 * @param hints {@code hints}
 * @param path {@code path}
 */
public record ExchangeRecord(
        long number,
        Instant at,
        String user,
        String method,
        String code,
        String tradeId,
        String scenario,
        String reason,
        String stringToSign,
        String request,
        String answer,
        long durationUs,
        ExplanationRecord explanation,
        List<String> hints,
        String path) {}
