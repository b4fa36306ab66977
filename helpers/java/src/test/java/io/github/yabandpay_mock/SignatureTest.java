package io.github.yabandpay_mock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(YabandPaySandbox.class)
class SignatureTest {
    private static final String KEY = "sandbox-secret-key";
    private static final Map<String, Object> PARAMETERS =
            Map.of("user", "016683", "method", "m", "time", 1, "amount", "24.99", "demo", "");

    private static Map<?, ?> vectors() throws IOException {
        Path file = Path.of(System.getProperty("vectors", "../../tests/vectors/signatures.json"));
        return (Map<?, ?>) JsonReader.read(Files.readAllBytes(file));
    }

    /** The signed parameters of a body. */
    private static Map<String, Object> parameters(String body) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        ((Map<?, ?>) JsonReader.read(body)).forEach((name, value) -> parameters.put((String) name, value));
        ((Map<?, ?>) parameters.remove("data")).forEach((name, value) -> parameters.put((String) name, value));
        return parameters;
    }

    @TestFactory
    Stream<DynamicTest> vectorsOfTheSandbox() throws IOException {
        String key = (String) vectors().get("secret_key");
        return ((List<?>) vectors().get("vectors"))
                .stream().map(one -> (Map<?, ?>) one).map(vector -> dynamicTest((String) vector.get("name"), () -> {
                    Map<String, Object> parameters = parameters((String) vector.get("body"));
                    String sign = (String) vector.get("sign");
                    assertTrue(Signature.verify(parameters, sign, key));
                    if (vector.get("empty_values").equals("kept")) {
                        assertEquals(vector.get("string_to_sign"), Signature.stringToSign(parameters));
                        assertEquals(sign, Signature.sign(parameters, key));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> anyOtherSignatureIsWrong() {
        String right = Signature.sign(PARAMETERS, KEY);
        assertTrue(Signature.verify(PARAMETERS, right, KEY));
        return Stream.of(
                        right.toUpperCase(Locale.ROOT),
                        right.substring(1),
                        right + "0",
                        "",
                        "0".repeat(64),
                        "é".repeat(64),
                        "\ud800")
                .map(wrong -> dynamicTest("'" + wrong + "'", () -> assertFalse(Signature.verify(PARAMETERS, wrong, KEY))));
    }

    @Test
    void noSignatureIsWrong() {
        assertFalse(Signature.verify(PARAMETERS, null, KEY));
    }

    @Test
    void anotherKeyIsWrong() {
        String right = Signature.sign(PARAMETERS, KEY);
        assertFalse(Signature.verify(PARAMETERS, right, "another"));
        assertFalse(Signature.verify(PARAMETERS, right, ""));
    }

    @Test
    void keysAreSortedByTheirBytes() {
        Map<String, String> parameters = Map.of("\ue000", "1", "\ud83c\udf75", "2", "a", "3", "B", "4");
        assertEquals("B=4&a=3&\ue000=1&\ud83c\udf75=2", Signature.stringToSign(parameters));
    }

    @Test
    void aKeyOfHmacMayHaveAnyLength() {
        // python3 -c "import hmac; print(hmac.digest(b'', b'a=1', 'sha256').hex())", and with b'k' * 65
        assertEquals("16e9f8daa620c3475f24e3a38edc51d901f692b9e15b01c3c0681bc671b3e1f2", Signature.sign(Map.of("a", "1"), ""));
        assertEquals("d2b033f2f32a96f9e875776f075a45f5e29efd64bd8a4f356dade3e4b8a5b528", Signature.sign(Map.of("a", "1"), "k".repeat(65)));
    }

    @Test
    void theGatewayAcceptsWhatIsSigned(MerchantAccount account) {
        Map<String, Object> data = new LinkedHashMap<>();
        List<Object> odd = Arrays.asList(
                "", "0", 0, -0.0, 0.1 + 0.2, 1e-7, 1e25, 12.0, 123456789.123456789, 1e14, 99999999999999.5, 1e15,
                0.0001, 0.00001, Double.MAX_VALUE, Double.MIN_VALUE, Float.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE,
                new BigInteger("9223372036854775808"), new BigDecimal("2.50"), new BigDecimal("1E+400"), true, false,
                null, List.of(), Map.of(), List.of(1, "2", List.of(Map.of("a/b", "分账 \"\\\b\f\n\r\t\u0001\u007f"))),
                "a&b=c 50% +1 https://x.example/?q=1", "🍵", "\u2028 e\u0301", Collections.singletonMap("a", null));
        for (int index = 0; index < odd.size(); index++) {
            data.put("odd" + index, odd.get(index));
        }
        Random random = new Random(20241127);
        for (int index = 0; index < 1000; index++) {
            data.put("bits" + index, finite(random));
            data.put("tenths" + index, random.nextInt(100_000_000) / 1000.0);
        }
        Answer answer = account.call("v3.QueryOrder", data);
        assertEquals("-3001", answer.code(), answer.message()); // a field is missing, and the signature is right
        assertFalse(answer.status());
    }

    private static double finite(Random random) {
        double value = Double.longBitsToDouble(random.nextLong());
        return Double.isFinite(value) ? value : 0;
    }

    @Test
    void whatIsNoJsonIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Signature.sign(Map.of("a", Double.NaN), KEY));
        assertThrows(IllegalArgumentException.class, () -> Signature.sign(Map.of("a", List.of(Float.POSITIVE_INFINITY)), KEY));
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> Signature.sign(Map.of("a", new Object()), KEY));
        assertEquals("JSON has no java.lang.Object; use String, Number, Boolean, Map, List or null", error.getMessage());
    }
}
