"""What became of an order after its state: its refunds, and the delivery of its last notification."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.refunds import UNSUCCESSFUL
from mockserver.pages.rendering import translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mockserver.domain.notifications.notification import Notification
    from mockserver.domain.payments.payment import Payment
    from mockserver.domain.unit_of_work import Deliveries


class OrderOutcome(NamedTuple):
    """The order, what became of its last notification in words, and whether that is in trouble.

    `delivery` is the state of the notification. `refunds` are those of the order in words, and `refund_state` is the
    one that says whether they are good. All are empty if there is nothing to say.
    """

    order: Payment
    text: str
    is_bad: bool
    delivery: str
    refunds: str
    refund_state: str


def outcome_of(order: Payment, view: Deliveries, retry_plan: Sequence[int], now: int) -> OrderOutcome:
    """What became of an order until an instant."""
    refunds = _refunds(order, next(reversed(view.notifications(order.trade_id)), None))
    delivery = view.last(order.trade_id, retry_plan, now)
    if delivery is None:
        return OrderOutcome(order, "", False, "", *refunds)
    return OrderOutcome(order, delivery.in_words(now, translated), delivery.is_bad, delivery.state, *refunds)


def _refunds(order: Payment, last: Notification | None) -> tuple[str, str]:
    """The refunds of an order in words, and their state: that of the last one if the shop heard that it failed."""
    if last is not None and last.type == "refund" and last.notified_state in UNSUCCESSFUL:
        return last.notified_state, last.notified_state
    if not order.refunded.times:
        return "", ""
    return translated("refunded in part") if order.refundable > 0 else translated("refunded in full"), "refunded"
