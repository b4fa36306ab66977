package io.github.yabandpay_mock;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads JSON as strictly as PHP's {@code json_decode}: objects become maps, arrays lists, and numbers keep their text. */
final class JsonReader {
    private static final int DEEPEST = 512;
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?");
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{4}");
    private static final String ESCAPED = "\"\\/bfnrt";
    private static final String MEANT = "\"\\/\b\f\n\r\t";

    private final String text;
    private int at;

    private JsonReader(String text) {
        this.text = text;
    }

    /** The value of a JSON text, or an exception that says where it is not JSON. */
    static Object read(String text) {
        JsonReader reader = new JsonReader(text);
        Object value = reader.value(1);
        if (reader.peek() != 0 || reader.at < text.length()) {
            throw reader.unexpected("the end");
        }
        return value;
    }

    static Object read(byte[] body) {
        try {
            return read(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString());
        } catch (CharacterCodingException error) {
            throw new IllegalArgumentException("it is not UTF-8", error);
        }
    }

    private Object value(int depth) {
        char next = peek();
        if (depth > DEEPEST && (next == '{' || next == '[')) {
            throw new IllegalArgumentException("it is nested deeper than " + DEEPEST + " levels");
        }
        return switch (next) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> word("true", Boolean.TRUE);
            case 'f' -> word("false", Boolean.FALSE);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> members = new LinkedHashMap<>();
        at++;
        if (!skip('}')) {
            do {
                if (peek() != '"') {
                    throw unexpected("a name in quotes");
                }
                String name = string();
                expect(':');
                members.put(name, value(depth + 1));
            } while (skip(','));
            expect('}');
        }
        return members;
    }

    private List<Object> array(int depth) {
        List<Object> items = new ArrayList<>();
        at++;
        if (!skip(']')) {
            do {
                items.add(value(depth + 1));
            } while (skip(','));
            expect(']');
        }
        return items;
    }

    private String string() {
        StringBuilder read = new StringBuilder();
        at++;
        while (at < text.length() && text.charAt(at) >= ' ') {
            char next = text.charAt(at++);
            if (next == '"') {
                return wellFormed(read);
            }
            read.append(next == '\\' ? escaped() : next);
        }
        throw unexpected("the end of a string");
    }

    private char escaped() {
        char kind = at < text.length() ? text.charAt(at++) : 0;
        if (kind == 'u' && HEX.matcher(text).region(at, text.length()).lookingAt()) {
            at += 4;
            return (char) Integer.parseInt(text, at - 4, at, 16);
        }
        int which = ESCAPED.indexOf(kind);
        if (which < 0) {
            throw unexpected("an escaped character");
        }
        return MEANT.charAt(which);
    }

    private String wellFormed(StringBuilder read) {
        if (read.codePoints().anyMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)) {
            throw unexpected("both halves of a surrogate pair");
        }
        return read.toString();
    }

    private JsonNumber number() {
        Matcher number = NUMBER.matcher(text).region(at, text.length());
        if (!number.lookingAt()) {
            throw unexpected("a value");
        }
        at = number.end();
        return new JsonNumber(number.group());
    }

    private Object word(String word, Object meaning) {
        if (!text.startsWith(word, at)) {
            throw unexpected("a value");
        }
        at += word.length();
        return meaning;
    }

    /** The next character that is no space, or 0 at the end. */
    private char peek() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    private boolean skip(char wanted) {
        boolean found = peek() == wanted;
        at += found ? 1 : 0;
        return found;
    }

    private void expect(char wanted) {
        if (!skip(wanted)) {
            throw unexpected("'" + wanted + "'");
        }
    }

    private IllegalArgumentException unexpected(String expected) {
        return new IllegalArgumentException("expected " + expected + " at character " + (at + 1));
    }
}
