// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.util.List;

/**
 * A problem in the form of RFC 9457; {@code nearest} has the most similar records, if any.
 *
 * @param title {@code title}
 * @param status {@code status}
 * @param detail {@code detail}
 * @param type {@code type}; optional
 * @param nearest {@code nearest}; optional
 */
public record Problem(String title, long status, String detail, String type, List<Object> nearest) {}
