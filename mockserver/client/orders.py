"""Existing orders and their refunds (protocol.md 3.14 to 3.19)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.client.caller import Caller, UnexpectedAnswerError, amount_text, read_as, without_empties

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

__tracebackhide__ = True  # pytest shows the line of the test instead


class Order(NamedTuple):
    """An order. `fields` has all fields of the gateway's answer."""

    trade_id: str
    order_id: str
    amount: str
    currency: str
    state: str
    transaction_id: str
    fields: dict[str, Any]


class OrderPage(NamedTuple):
    """A page of orders; `total` counts the orders of all pages."""

    total: int
    orders: list[Order]


class Refund(NamedTuple):
    """A refund. `fields` has all fields of the gateway's answer."""

    refund_id: str
    m_refund_id: str
    refund_amount: str
    refund_currency: str
    state: str
    fields: dict[str, Any]


class OrderCalls(Caller):
    """The methods for orders and refunds. They raise the errors of `query_order`."""

    def query_order(self, trade_id: str) -> Order:
        """Query an order.

        Raises:
            RefusedError: the gateway rejected the request; InternalGatewayError if there is no such order.
            NoAnswerError: there was no answer.
            UnexpectedAnswerError: the answer is not the gateway's.
        """
        info = self.call("v3.QueryOrder", {"trade_id": trade_id}).get("transaction_info")
        if not isinstance(info, dict):
            raise UnexpectedAnswerError("The answer to v3.QueryOrder has no transaction_info.")
        return read_as(Order, info, fields=info)

    def list_orders(self, *, page: int = 1, limit: int = 20, state: str = "") -> OrderPage:
        """A page of the account's orders, oldest first."""
        return self._list("v3.ListOrder", {"page": str(page), "limit": str(limit), "filter": state})

    def list_orders_by_time(
        self, start_time: int, end_time: int, *, page: int = 1, limit: int = 20, state: str = ""
    ) -> OrderPage:
        """A page of the orders created between two Unix times in seconds, oldest first."""
        span = {"start_time": str(start_time), "end_time": str(end_time)}
        return self._list("v3.ListOrderByTime", {**span, "page": str(page), "limit": str(limit), "state": state})

    def export_payments(self, start_time: int, end_time: int) -> Iterator[dict[str, str]]:
        """The successful payments between two Unix times in seconds, as rows of the gateway's CSV file."""
        return self._export("v3.BatchQuery", start_time, end_time)

    def export_refunds(self, start_time: int, end_time: int) -> Iterator[dict[str, str]]:
        """The refunds between two Unix times in seconds, as rows of the gateway's CSV file."""
        return self._export("v3.TimeRefundOrder", start_time, end_time)

    def cancel_payment(self, trade_id: str) -> Order:
        """Cancel a payment completely, until 00:30 Central European Time of the day after its creation.

        Raises:
            InternalGatewayError: it can no longer be cancelled.
        """
        data = self.call("v3.CancelPayment", {"trade_id": trade_id})
        return read_as(Order, data, fields=data)

    def create_refund(  # noqa: PLR0913 - the protocol's own fields, all named
        self,
        trade_id: str,
        *,
        amount: str | Decimal | int,
        currency: str,
        description: str,
        m_refund_id: str = "",
        notify_url: str = "",
    ) -> Refund:
        """Refund a paid order, completely or in part, within a year.

        Raises:
            InternalGatewayError: the order or the amount cannot be refunded.
            TypeError: the amount is a float.
        """
        fields = {
            "trade_id": trade_id,
            "m_refund_id": m_refund_id,
            "refund_amount": amount_text(amount),
            "refund_currency": currency,
            "refund_description": description,
            "notify_url": notify_url,
        }
        data = self.call("v3.CreateRefund", without_empties(fields))
        return read_as(Refund, data, fields=data)

    def query_refund(self, refund_id: str) -> Refund:
        data = self.call("v3.QueryRefundOrder", {"refund_id": refund_id})
        return read_as(Refund, data, fields=data)

    def _list(self, method: str, fields: Mapping[str, str]) -> OrderPage:
        data = self.call(method, without_empties(fields))
        listed = data.get("transaction_info")
        if not isinstance(listed, list):
            raise UnexpectedAnswerError(f"The answer to {method} has no list in transaction_info.")
        return OrderPage(int(data.get("total_count", 0)), [read_as(Order, one, fields=one) for one in listed])

    def _export(self, method: str, start_time: int, end_time: int) -> Iterator[dict[str, str]]:
        span = {"start_time": str(start_time), "end_time": str(end_time)}
        return csv.DictReader(io.StringIO(self.export(method, span), newline=""))
