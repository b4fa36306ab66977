"""What became of an order after its state: its refunds, and the delivery of its last notification."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.notifications.notification import next_attempt
from mockserver.pages.rendering import translated
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mockserver.domain.notifications.notification import Notification
    from mockserver.domain.payments.payment import Payment
    from mockserver.domain.unit_of_work import Deliveries

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_DELIVERY = {
    "accepted": message("acknowledged"),
    "given up": message("not acknowledged, no further try"),
    "held": message("notification held back"),
    "dropped": message("notification not sent"),
    "refused": message("notification not sent: the sandbox does not send to its address"),
}


class OrderOutcome(NamedTuple):
    """The order, what became of it in words (empty if nothing did), and whether its notification is in trouble.

    `delivery` is the state of its last notification, empty if there is none.
    """

    order: Payment
    text: str
    is_bad: bool
    delivery: str


def outcome_of(order: Payment, view: Deliveries, retry_plan: Sequence[int], now: int) -> OrderOutcome:
    """What became of an order until an instant."""
    sent = view.notifications(order.trade_id)
    last = sent[-1] if sent else None
    parts = [_refunds(order), "" if last is None else _delivery(last, view, retry_plan, now)]
    is_bad = last is not None and last.state != "accepted" and bool(view.attempts(last.number))
    return OrderOutcome(order, " · ".join(filter(None, parts)), is_bad, "" if last is None else last.state)


def _refunds(order: Payment) -> str:
    if not order.refunded.times:
        return ""
    return translated("refunded in part") if order.refundable > 0 else translated("refunded in full")


def _delivery(last: Notification, view: Deliveries, retry_plan: Sequence[int], now: int) -> str:
    if last.state != "pending":
        return translated(_DELIVERY[last.state])
    attempts = view.attempts(last.number)
    if not attempts:
        return translated("notification under way")
    at = next_attempt(attempts, retry_plan, now)
    if at is None or at <= now:
        return translated("not acknowledged, next try at once")
    return translated("not acknowledged, next try in {time}", time=_short(at - now))


def _short(milliseconds: int) -> str:
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE), ("s", _SECOND)):
        if milliseconds >= size:
            return f"{round(milliseconds / size)} {unit}"
    return "1 s"
