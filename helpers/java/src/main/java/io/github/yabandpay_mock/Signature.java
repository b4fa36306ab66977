package io.github.yabandpay_mock;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The gateway's signature: HMAC-SHA256 over {@code key=value} pairs, in lower-case hexadecimal.
 *
 * <p>A signed request has the parameters {@code user}, {@code method}, {@code time} and every key of {@code data}; a
 * notification has the keys of its {@code data}. Values are texts, numbers, booleans, null, and maps and lists of these.
 */
public final class Signature {
    private static final String ALGORITHM = "HmacSHA256";
    private static final Comparator<String> BY_BYTES =
            (one, other) -> Arrays.compareUnsigned(bytes(one), bytes(other));

    private Signature() {}

    /**
     * Signs parameters; empty values are kept as {@code key=}.
     *
     * @param parameters the parameters, without {@code sign}
     * @param secretKey the account's secret key
     * @return 64 lower-case hexadecimal digits
     */
    public static String sign(Map<String, ?> parameters, String secretKey) {
        return hmac(stringToSign(parameters), secretKey);
    }

    /**
     * Compares a signature, in constant time, with both accepted treatments of empty values: kept, and dropped.
     *
     * @param parameters the parameters, without {@code sign}
     * @param sign the signature that was sent; null is wrong
     * @param secretKey the account's secret key
     * @return whether the signature is correct
     */
    public static boolean verify(Map<String, ?> parameters, String sign, String secretKey) {
        if (sign == null) {
            return false;
        }
        Map<String, Object> filled = new LinkedHashMap<>(parameters);
        filled.values().removeIf(Signature::isEmpty);
        boolean kept = isSame(sign, sign(parameters, secretKey));
        return isSame(sign, sign(filled, secretKey)) || kept;
    }

    /**
     * The string that is signed: sorted by the bytes of the keys, with values as PHP writes them, unescaped.
     *
     * @param parameters the parameters, without {@code sign}
     * @return the pairs, joined with {@code &}
     */
    public static String stringToSign(Map<String, ?> parameters) {
        Map<String, Object> sorted = new TreeMap<>(BY_BYTES);
        sorted.putAll(parameters);
        return sorted.entrySet().stream()
                .map(parameter -> parameter.getKey() + "=" + text(parameter.getValue()))
                .collect(Collectors.joining("&"));
    }

    /**
     * The body of a signed request; send exactly this text.
     *
     * @param user the account's user
     * @param method the gateway's method, such as {@code v3.CreatePayments}
     * @param time the time in seconds since 1970
     * @param data the method's fields
     * @param secretKey the account's secret key
     * @return a JSON text
     */
    public static String signedRequest(
            String user, String method, long time, Map<String, ?> data, String secretKey) {
        Map<String, Object> envelope = new LinkedHashMap<>();
        envelope.put("user", user);
        envelope.put("method", method);
        envelope.put("time", time);
        Map<String, Object> parameters = new LinkedHashMap<>(envelope);
        parameters.putAll(data);
        parameters.keySet().removeAll(Set.of("sign", "data"));
        envelope.put("sign", sign(parameters, secretKey));
        envelope.put("data", data);
        return JsonWriter.write(envelope);
    }

    /** PHP's text of a value. */
    private static String text(Object value) {
        if (value == null || Boolean.FALSE.equals(value)) {
            return "";
        }
        if (Boolean.TRUE.equals(value)) {
            return "1";
        }
        if (value instanceof Number number) {
            return JsonWriter.number(number).phpText();
        }
        return value instanceof CharSequence text ? text.toString() : JsonWriter.write(value);
    }

    /** Whether PHP's {@code empty()} holds. */
    private static boolean isEmpty(Object value) {
        if (value instanceof Map<?, ?> members) {
            return members.isEmpty();
        }
        if (value instanceof Collection<?> items) {
            return items.isEmpty();
        }
        String text = text(value);
        return text.isEmpty() || text.equals("0") || (value instanceof Number && text.equals("-0"));
    }

    private static boolean isSame(String sign, String expected) {
        return MessageDigest.isEqual(bytes(sign), bytes(expected));
    }

    private static String hmac(String text, String secretKey) {
        byte[] key = secretKey.isEmpty() ? new byte[1] : bytes(secretKey); // HMAC fills a short key up with zeros
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return HexFormat.of().formatHex(mac.doFinal(bytes(text)));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException("This JDK has no " + ALGORITHM, error);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
