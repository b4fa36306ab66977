package io.github.yabandpay_mock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class JsonTest {
    @Test
    void readsWhatItWrites() {
        String text = "{\"a\":[1,-0,2.50,1e-7,true,false,null,\"\\\"\\\\\\n\\u0001分账🍵/\"],\"b\":{},\"c\":[],\"\":[[{}]]}";
        assertEquals(text, JsonWriter.write(JsonReader.read(text)));
    }

    @Test
    void readsSpacesAndEscapes() {
        Object read = JsonReader.read(" {\t\"a\" :\r\n[ \"\\u5206\\ud83c\\udf75\\/\\b\\f\\t\" , 1 ] } ");
        assertEquals("{\"a\":[\"分🍵/\\b\\f\\t\",1]}", JsonWriter.write(read));
    }

    @Test
    void theLastOfTwoMembersWithOneNameCountsInThePlaceOfTheFirst() {
        assertEquals("{\"a\":3,\"b\":2}", JsonWriter.write(JsonReader.read("{\"a\":1,\"b\":2,\"a\":3}")));
    }

    @TestFactory
    Stream<DynamicTest> refusesWhatIsNoJson() {
        return Map.<String, String>ofEntries(
                        Map.entry("", "expected a value at character 1"),
                        Map.entry("{", "expected a name in quotes at character 2"),
                        Map.entry("{\"a\"}", "expected ':' at character 5"),
                        Map.entry("{\"a\":1,}", "expected a name in quotes at character 8"),
                        Map.entry("[1,]", "expected a value at character 4"),
                        Map.entry("[1 2]", "expected ']' at character 4"),
                        Map.entry("[1", "expected ']' at character 3"),
                        Map.entry("1 1", "expected the end at character 3"),
                        Map.entry("1\0", "expected the end at character 2"),
                        Map.entry("\u00a01", "expected a value at character 1"),
                        Map.entry("\ufeff1", "expected a value at character 1"),
                        Map.entry("01", "expected the end at character 2"),
                        Map.entry("+1", "expected a value at character 1"),
                        Map.entry(".5", "expected a value at character 1"),
                        Map.entry("5.", "expected the end at character 2"),
                        Map.entry("١", "expected a value at character 1"),
                        Map.entry("NaN", "expected a value at character 1"),
                        Map.entry("nul", "expected a value at character 1"),
                        Map.entry("True", "expected a value at character 1"),
                        Map.entry("'a'", "expected a value at character 1"),
                        Map.entry("\"a", "expected the end of a string at character 3"),
                        Map.entry("\"a\nb\"", "expected the end of a string at character 3"),
                        Map.entry("\"\\x\"", "expected an escaped character at character 4"),
                        Map.entry("\"\\u12g4\"", "expected an escaped character at character 4"),
                        Map.entry("\"\\u+123\"", "expected an escaped character at character 4"),
                        Map.entry("\"\\u12", "expected an escaped character at character 4"),
                        Map.entry("\"\\ud83c\"", "expected both halves of a surrogate pair at character 9"))
                .entrySet().stream()
                .map(one -> dynamicTest("'" + one.getKey() + "'", () -> assertEquals(one.getValue(), problem(one.getKey()))));
    }

    private static String problem(String text) {
        return assertThrows(IllegalArgumentException.class, () -> JsonReader.read(text)).getMessage();
    }

    @Test
    void asDeepAsPhpAndNoDeeper() {
        JsonReader.read("[".repeat(512) + "]".repeat(512));
        assertEquals("it is nested deeper than 512 levels", problem("[".repeat(513) + "]".repeat(513)));
        assertEquals("it is nested deeper than 512 levels", problem("{\"a\":".repeat(100_000)));
    }

    @Test
    void bytesMustBeUtf8() {
        assertEquals("é", JsonReader.read("\"é\"".getBytes(StandardCharsets.UTF_8)));
        byte[] wrong = "\"é\"".getBytes(StandardCharsets.ISO_8859_1);
        assertEquals("it is not UTF-8", assertThrows(IllegalArgumentException.class, () -> JsonReader.read(wrong)).getMessage());
    }

    @Test
    void numbersHavePhpsText() {
        List<String> texts = Stream.of(
                        "12.0", "1e-7", "1E400", "-1E400", "-0.0", "-0", "0.0001", "0.00001", "99999999999999.5",
                        "100000000000000.0", "1.5e25", "9223372036854775807", "9223372036854775808")
                .map(source -> new JsonNumber(source).phpText())
                .toList();
        assertEquals(
                List.of(
                        "12", "1.0E-7", "INF", "-INF", "-0", "0", "0.0001", "1.0E-5", "1.0E+14", "1.0E+14", "1.5E+25",
                        "9223372036854775807", "9.2233720368548E+18"),
                texts);
    }
}
