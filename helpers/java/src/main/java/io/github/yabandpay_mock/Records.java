package io.github.yabandpay_mock;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Turns JSON into records and back: {@code tradeId} is {@code trade_id} there. */
final class Records {
    private static final Pattern CAPITAL = Pattern.compile("[A-Z]");

    private Records() {}

    /** A record from an object; names that it does not know are left out, and lists that are missing are empty. */
    static <T> T read(Class<T> type, Object json) {
        return type.cast(value(type, json));
    }

    /** A value as JSON, in which records are objects without the components that are null. */
    static String write(Object value) {
        return JsonWriter.write(plain(value));
    }

    private static Object value(Type type, Object json) {
        if (type instanceof ParameterizedType generic) {
            Type[] inner = generic.getActualTypeArguments();
            return generic.getRawType() == List.class ? list(inner[0], json) : map(inner[1], json);
        }
        if (json == null || type == Object.class) {
            return json;
        }
        if (type == Instant.class) {
            return Instant.parse((String) json);
        }
        if (type == long.class || type == Long.class) {
            return ((Number) json).longValue();
        }
        if (type == double.class || type == Double.class) {
            return ((Number) json).doubleValue();
        }
        return type instanceof Class<?> kind && kind.isRecord() ? record(kind, (Map<?, ?>) json) : json;
    }

    private static List<Object> list(Type item, Object json) {
        return json == null ? List.of() : ((List<?>) json).stream().map(one -> value(item, one)).toList();
    }

    private static Map<String, Object> map(Type member, Object json) {
        Map<String, Object> read = new LinkedHashMap<>();
        if (json != null) {
            ((Map<?, ?>) json).forEach((name, one) -> read.put((String) name, value(member, one)));
        }
        return read;
    }

    private static Object record(Class<?> type, Map<?, ?> json) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = Arrays.stream(components)
                .map(one -> value(one.getGenericType(), json.get(nameOf(one))))
                .toArray();
        try {
            Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    private static Object plain(Object value) {
        if (value instanceof Record) {
            Map<String, Object> members = new LinkedHashMap<>();
            for (RecordComponent one : value.getClass().getRecordComponents()) {
                Object member = member(one, value);
                if (member != null) {
                    members.put(nameOf(one), plain(member));
                }
            }
            return members;
        }
        return value instanceof List<?> items ? items.stream().map(Records::plain).toList() : value;
    }

    private static Object member(RecordComponent component, Object record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    /** The name in JSON; an underscore at the end is of a name that Java takes for itself. */
    private static String nameOf(RecordComponent component) {
        String name = component.getName();
        String plain = name.endsWith("_") ? name.substring(0, name.length() - 1) : name;
        return CAPITAL.matcher(plain).replaceAll(found -> "_" + found.group().toLowerCase(Locale.ROOT));
    }
}
