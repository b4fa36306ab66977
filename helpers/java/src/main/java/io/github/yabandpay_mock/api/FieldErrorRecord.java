// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * A field with a mistake: a description of its value, the rule and its source, and the most similar valid value.
 *
 * @param field {@code field}
 * @param value {@code value}
 * @param rule {@code rule}
 * @param source {@code source}
 * @param nearest {@code nearest}
 * @param hint {@code hint}
 */
public record FieldErrorRecord(
        String field,
        String value,
        String rule,
        String source,
        String nearest,
        String hint) {}
