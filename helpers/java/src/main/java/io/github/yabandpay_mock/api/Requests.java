// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.util.Map;

/**
 * Requests by method, code of the answer, trade_id or fields of data; {@code *} matches any text. A wait ends
 * when there are {@code count} of them.
 *
 * @param type {@code type}: requests
 * @param method {@code method}; optional
 * @param code {@code code}; optional
 * @param tradeId {@code trade_id}; optional
 * @param data {@code data}; optional
 * @param count {@code count}; optional
 */
public record Requests(
        String type,
        String method,
        String code,
        String tradeId,
        Map<String, String> data,
        Long count) {
    /**
     * A record without what is optional.
     *
     * @return the record
     */
    public static Requests of() {
        return new Requests("requests", null, null, null, null, null);
    }

    /**
     * A copy with another value.
     *
     * @param method {@code method}; optional
     * @return the copy
     */
    public Requests withMethod(String method) {
        return new Requests(type, method, code, tradeId, data, count);
    }

    /**
     * A copy with another value.
     *
     * @param code {@code code}; optional
     * @return the copy
     */
    public Requests withCode(String code) {
        return new Requests(type, method, code, tradeId, data, count);
    }

    /**
     * A copy with another value.
     *
     * @param tradeId {@code trade_id}; optional
     * @return the copy
     */
    public Requests withTradeId(String tradeId) {
        return new Requests(type, method, code, tradeId, data, count);
    }

    /**
     * A copy with another value.
     *
     * @param data {@code data}; optional
     * @return the copy
     */
    public Requests withData(Map<String, String> data) {
        return new Requests(type, method, code, tradeId, data, count);
    }

    /**
     * A copy with another value.
     *
     * @param count {@code count}; optional
     * @return the copy
     */
    public Requests withCount(long count) {
        return new Requests(type, method, code, tradeId, data, count);
    }
}
