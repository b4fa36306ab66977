package io.github.yabandpay_mock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NotificationTest {
    private static final Map<String, String> DATA = Map.of("state", "paid", "trade_id", "t", "user", "u", "time", "1");

    private static byte[] body(String key) {
        String sign = Signature.sign(DATA, key);
        return JsonWriter.write(Map.of("sign", sign, "data", DATA)).getBytes(StandardCharsets.UTF_8);
    }

    private static String problem(byte[] body) {
        return assertThrows(InvalidNotificationException.class, () -> Notification.verified(body, "k")).getMessage();
    }

    private static String problem(String body) {
        return problem(body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aFieldThatWasNotSentIsEmpty() {
        assertEquals(new Notification("", "t", "", "paid", "", Map.copyOf(DATA)), Notification.verified(body("k"), "k"));
    }

    @Test
    void whatIsWrongIsNamed() {
        assertEquals("The notification's signature does not match its data.", problem(body("another key")));
        assertEquals("The notification is not valid JSON: expected a value at character 1.", problem(""));
        assertEquals("The notification is not valid JSON: expected a value at character 1.", problem("resultData="));
        assertEquals("The notification is not valid JSON: it is not UTF-8.", problem(new byte[] {'{', (byte) 0xff}));
        for (String body : new String[] {
            "[]", "{}", "{\"sign\":\"a\"}", "{\"sign\":\"a\",\"data\":{}}", "{\"sign\":1,\"data\":{\"a\":1}}",
            "{\"data\":{\"a\":1}}", "{\"sign\":\"a\",\"data\":[1]}", "%7B%7D",
        }) {
            assertEquals("The notification has no sign and data.", problem(body), body);
        }
    }
}
