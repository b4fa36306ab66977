package io.github.yabandpay_mock;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.Map;

/** Writes compact JSON, with slashes and Unicode unescaped: the form in which nested values are signed. */
final class JsonWriter {
    private final StringBuilder written = new StringBuilder();

    private JsonWriter() {}

    static String write(Object value) {
        JsonWriter writer = new JsonWriter();
        writer.value(value);
        return writer.written.toString();
    }

    /** The JSON number for a Java number, which keeps the digits that were given. */
    static JsonNumber number(Number number) {
        if (number instanceof JsonNumber written) {
            return written;
        }
        if (!Double.isFinite(number.doubleValue()) && !(number instanceof BigDecimal)) {
            throw new IllegalArgumentException("JSON has no " + number + "; send a text or a finite number");
        }
        return new JsonNumber(number.toString());
    }

    private void value(Object value) {
        if (value == null || value instanceof Boolean) {
            written.append(value);
        } else if (value instanceof Number number) {
            written.append(number(number));
        } else if (value instanceof CharSequence text) {
            string(text);
        } else if (value instanceof Map<?, ?> members) {
            object(members);
        } else if (value instanceof Iterable<?> items) {
            array(items);
        } else {
            throw new IllegalArgumentException("JSON has no " + value.getClass().getName()
                    + "; use String, Number, Boolean, Map, List or null");
        }
    }

    private void object(Map<?, ?> members) {
        String separator = "{";
        for (Map.Entry<?, ?> member : members.entrySet()) {
            written.append(separator);
            string(String.valueOf(member.getKey()));
            written.append(':');
            value(member.getValue());
            separator = ",";
        }
        written.append(members.isEmpty() ? "{}" : "}");
    }

    private void array(Iterable<?> items) {
        written.append('[');
        for (Iterator<?> rest = items.iterator(); rest.hasNext(); ) {
            value(rest.next());
            written.append(rest.hasNext() ? "," : "");
        }
        written.append(']');
    }

    private void string(CharSequence text) {
        written.append('"');
        for (int at = 0; at < text.length(); at++) {
            char next = text.charAt(at);
            switch (next) {
                case '"', '\\' -> written.append('\\').append(next);
                case '\b' -> written.append("\\b");
                case '\f' -> written.append("\\f");
                case '\n' -> written.append("\\n");
                case '\r' -> written.append("\\r");
                case '\t' -> written.append("\\t");
                default -> written.append(next < ' ' ? String.format("\\u%04x", (int) next) : next);
            }
        }
        written.append('"');
    }
}
