package io.github.yabandpay_mock;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A verified notification. A field that was not sent is an empty text.
 *
 * @param type payment, refund, splitPayment or splitRefund; empty for a payout
 * @param tradeId the gateway's id
 * @param orderId the merchant's id
 * @param state the state, such as paid
 * @param demo the merchant's own text
 * @param data all signed fields
 */
public record Notification(
        String type, String tradeId, String orderId, String state, String demo, Map<String, Object> data) {
    private static final String FIELD = "resultData=";

    /**
     * Verifies and reads the body of a notification, in any of the gateway's three encodings.
     *
     * @param body the body as it was received
     * @param secretKey the account's secret key
     * @return the notification
     * @throws InvalidNotificationException if it is malformed, or its signature is wrong
     */
    public static Notification verified(byte[] body, String secretKey) {
        Object received;
        try {
            received = JsonReader.read(asJson(body));
        } catch (IllegalArgumentException error) {
            throw new InvalidNotificationException(
                    "The notification is not valid JSON: " + error.getMessage() + ".", error);
        }
        if (!(received instanceof Map<?, ?> envelope)
                || !(envelope.get("data") instanceof Map<?, ?> fields)
                || fields.isEmpty()
                || !(envelope.get("sign") instanceof String sign)) {
            throw new InvalidNotificationException("The notification has no sign and data.");
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> data = (Map<String, Object>) fields;
        if (!Signature.verify(data, sign, secretKey)) {
            throw new InvalidNotificationException("The notification's signature does not match its data.");
        }
        return new Notification(
                text(data, "type"),
                text(data, "trade_id"),
                text(data, "order_id"),
                text(data, "state"),
                text(data, "demo"),
                data);
    }

    private static String text(Map<String, Object> data, String name) {
        Object value = data.get(name);
        return value == null ? "" : value.toString();
    }

    /** The body as JSON: unchanged, percent-decoded, or from the form field resultData. */
    private static byte[] asJson(byte[] body) {
        String text = new String(body, StandardCharsets.ISO_8859_1);
        if (text.stripLeading().startsWith("{") || text.stripLeading().startsWith("[")) {
            return body;
        }
        String field = text.startsWith(FIELD) ? text.substring(FIELD.length()) : text;
        String decoded = field.stripLeading().startsWith("{")
                ? field
                : URLDecoder.decode(field, StandardCharsets.ISO_8859_1);
        return decoded.getBytes(StandardCharsets.ISO_8859_1);
    }
}
