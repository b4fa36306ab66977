// Generated from the sandbox's OpenAPI document by `make helper-types`.
package io.github.yabandpay_mock.api;

import java.time.Instant;

/**
 * A payment; amounts are in its currency.
 *
 * @param tradeId {@code trade_id}
 * @param orderId {@code order_id}
 * @param method {@code method}
 * @param payMethod {@code pay_method}
 * @param subPayMethod {@code sub_pay_method}
 * @param amount {@code amount}
 * @param tipAmount {@code tip_amount}
 * @param authorizedAmount {@code authorized_amount}
 * @param refundedAmount {@code refunded_amount}
 * @param currency {@code currency}
 * @param description {@code description}
 * @param demo {@code demo}
 * @param state {@code state}
 * @param scenario {@code scenario}
 * @param createdAt {@code created_at}
 * @param expiresAt {@code expires_at}
 * @param paidAt {@code paid_at}; may be null
 * @param redirectUrl {@code redirect_url}
 * @param notifyUrl {@code notify_url}
 */
public record PaymentRecord(
        String tradeId,
        String orderId,
        String method,
        String payMethod,
        String subPayMethod,
        String amount,
        String tipAmount,
        String authorizedAmount,
        String refundedAmount,
        String currency,
        String description,
        String demo,
        String state,
        String scenario,
        Instant createdAt,
        Instant expiresAt,
        Instant paidAt,
        String redirectUrl,
        String notifyUrl) {}
