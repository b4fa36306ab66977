"""What became of an order after its state: its refunds, and the delivery of its last notification."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.notifications.notification import DELIVERY, UNDER_WAY, next_attempt
from mockserver.domain.refunds import UNSUCCESSFUL
from mockserver.pages.rendering import translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mockserver.domain.notifications.notification import Notification
    from mockserver.domain.payments.payment import Payment
    from mockserver.domain.unit_of_work import Deliveries

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000


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
    sent = view.notifications(order.trade_id)
    last = sent[-1] if sent else None
    text = "" if last is None else _delivery(last, view, retry_plan, now)
    is_bad = last is not None and last.state != "accepted" and bool(view.attempts(last.number))
    return OrderOutcome(order, text, is_bad, "" if last is None else last.state, *_refunds(order, last))


def _refunds(order: Payment, last: Notification | None) -> tuple[str, str]:
    """The refunds of an order in words, and their state: that of the last one if the shop heard that it failed."""
    if last is not None and last.type == "refund" and last.notified_state in UNSUCCESSFUL:
        return last.notified_state, last.notified_state
    if not order.refunded.times:
        return "", ""
    return translated("refunded in part") if order.refundable > 0 else translated("refunded in full"), "refunded"


def _delivery(last: Notification, view: Deliveries, retry_plan: Sequence[int], now: int) -> str:
    if last.state != "pending":
        return translated(DELIVERY[last.state])
    attempts = view.attempts(last.number)
    if not attempts:
        return translated(UNDER_WAY)
    at = next_attempt(attempts, retry_plan, now)
    if at is None or at <= now:
        return translated("not acknowledged, next try at once")
    return translated("not acknowledged, next try in {time}", time=short_duration(at - now))


def short_duration(milliseconds: int) -> str:
    """A duration in its largest unit, such as `4 min`."""
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE), ("s", _SECOND)):
        if milliseconds >= size:
            return f"{round(milliseconds / size)} {unit}"
    return "1 s"
