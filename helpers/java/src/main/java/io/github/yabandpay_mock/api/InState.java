// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

/**
 * A payment in a state: the one of a trade_id, the newest one of an order_id, or the newest of all. With an
 * order_id, the wait ends early if there is no such payment because the request was rejected, unless a scenario
 * rejected it: clients repeat such a request.
 *
 * @param type {@code type}: state
 * @param state {@code state}
 * @param tradeId {@code trade_id}; optional
 * @param orderId {@code order_id}; optional
 */
public record InState(String type, String state, String tradeId, String orderId) {
    /**
     * A record without what is optional.
     *
     * @param state {@code state}
     * @return the record
     */
    public static InState of(String state) {
        return new InState("state", state, null, null);
    }

    /**
     * A copy with another value.
     *
     * @param tradeId {@code trade_id}; optional
     * @return the copy
     */
    public InState withTradeId(String tradeId) {
        return new InState(type, state, tradeId, orderId);
    }

    /**
     * A copy with another value.
     *
     * @param orderId {@code order_id}; optional
     * @return the copy
     */
    public InState withOrderId(String orderId) {
        return new InState(type, state, tradeId, orderId);
    }
}
