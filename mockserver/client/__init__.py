"""The reference client: signs, calls the gateway, and verifies notifications on the merchant's side.

    client = YabandPay("016683", "sandbox-secret-key", base_url="http://127.0.0.1:8765")
    payment = client.create_alipay_mini_payment(
        order_id="2024-1", amount="24.99", currency="EUR", description="Tea",
        notify_url="https://shop.example/notify",
    )
    order = client.query_order(payment.trade_id)

Without `base_url`, the client calls the real gateway. requests is imported on the first call.
"""

from __future__ import annotations

from mockserver.client.caller import (
    DEFAULT_TIMEOUT,
    GATEWAY_URL,
    InternalGatewayError,
    InvalidNotificationError,
    MissingFieldError,
    NoAnswerError,
    RefusedError,
    SignatureError,
    UnexpectedAnswerError,
    UnsupportedPayMethodError,
    YabandPayError,
)
from mockserver.client.finance import Balance, FinanceCalls, Payout, Receiver, Returner, Split
from mockserver.client.notification import BAD, OK, Notification, verify_notification
from mockserver.client.orders import Order, OrderCalls, OrderPage, Refund
from mockserver.client.payments import Card, CreatedPayment, OnlineOrder, PaymentCalls, ScannedOrder, ShopOrder
from mockserver.signing.signature import signed_request

__all__ = [
    "BAD",
    "DEFAULT_TIMEOUT",
    "GATEWAY_URL",
    "OK",
    "Balance",
    "Card",
    "CreatedPayment",
    "InternalGatewayError",
    "InvalidNotificationError",
    "MissingFieldError",
    "NoAnswerError",
    "Notification",
    "OnlineOrder",
    "Order",
    "OrderPage",
    "Payout",
    "Receiver",
    "Refund",
    "RefusedError",
    "Returner",
    "ScannedOrder",
    "ShopOrder",
    "SignatureError",
    "Split",
    "UnexpectedAnswerError",
    "UnsupportedPayMethodError",
    "YabandPay",
    "YabandPayError",
    "signed_request",
    "verify_notification",
]
__tracebackhide__ = True  # pytest shows the line of the test instead


class YabandPay(PaymentCalls, OrderCalls, FinanceCalls):
    """A client of the gateway, for one merchant account."""

    def verify_notification(self, body: bytes) -> Notification:
        """Verify and parse the raw body of a notification; then answer `OK`, or `BAD` on the error.

        Raises:
            InvalidNotificationError: it is malformed or its signature is wrong.
        """
        return verify_notification(body, self._secret_key)
