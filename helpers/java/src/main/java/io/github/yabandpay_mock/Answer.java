package io.github.yabandpay_mock;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The gateway's answer to a request.
 *
 * @param status whether the gateway accepted the request
 * @param code {@code 200}, or a code such as {@code -403}
 * @param message why a request was refused
 * @param data the fields of the answer; empty if the request was refused
 */
public record Answer(boolean status, String code, String message, Map<String, Object> data) {
    static Answer read(String body) {
        if (!(json(body) instanceof Map<?, ?> answer)) {
            throw new IllegalStateException("The gateway's answer is no JSON object: " + body);
        }
        Map<String, Object> data = new LinkedHashMap<>();
        if (answer.get("data") instanceof Map<?, ?> fields) {
            fields.forEach((name, value) -> data.put((String) name, value));
        }
        return new Answer(
                Boolean.TRUE.equals(answer.get("status")),
                String.valueOf(answer.get("code")),
                String.valueOf(answer.get("message")),
                data);
    }

    private static Object json(String body) {
        try {
            return JsonReader.read(body);
        } catch (IllegalArgumentException error) {
            return null;
        }
    }

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
