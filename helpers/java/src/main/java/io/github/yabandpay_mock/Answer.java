package io.github.yabandpay_mock;

import java.util.Map;

/**
 * The gateway's answer to a request.
 *
 * @param status whether the gateway accepted the request
 * @param code {@code 200}, or a code such as {@code -403}
 * @param message why a request was refused
 * @param data the fields of the answer
 */
public record Answer(boolean status, String code, String message, Map<String, Object> data) {
    /**
     * A field of the answer as text.
     *
     * @param name the name of the field, such as {@code trade_id}
     * @return its text; empty if there is no such field
     */
    public String field(String name) {
        Object value = data.get(name);
        return value == null ? "" : value.toString();
    }
}
