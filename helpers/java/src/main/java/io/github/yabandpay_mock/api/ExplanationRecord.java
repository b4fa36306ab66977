// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.util.List;

/**
 * Why a request was rejected, and how to fix it; for a wrong sign, both strings and their first difference.
 * {@code first_difference} counts UTF-8 bytes. {@code client_string} is empty if it is unknown; {@code checked}
 * then lists what was ruled out. Long strings are cut to 8 KiB around the first difference, from byte
 * {@code shown_from} on.
 *
 * @param sentence {@code sentence}
 * @param cure {@code cure}
 * @param fields {@code fields}; optional
 * @param mistakes {@code mistakes}; optional
 * @param sandboxString {@code sandbox_string}; optional
 * @param clientString {@code client_string}; optional
 * @param firstDifference {@code first_difference}; optional
 * @param checked {@code checked}; optional
 * @param shownFrom {@code shown_from}; optional
 */
public record ExplanationRecord(
        String sentence,
        String cure,
        List<FieldErrorRecord> fields,
        List<String> mistakes,
        String sandboxString,
        String clientString,
        Long firstDifference,
        List<String> checked,
        Long shownFrom) {}
