"""The orders of an account, the timeline of each, and the notifications."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from flask import abort, request

from mockserver.api.messages import Defect
from mockserver.api.paths import number_in
from mockserver.domain.accounts import MAX_INSTANT
from mockserver.domain.payments.payment import PAYMENT_STATES, Payment
from mockserver.domain.refunds import Refund
from mockserver.domain.unit_of_work import Choice
from mockserver.gateway.example import documented_request
from mockserver.pages.forgeries import accepted_defect
from mockserver.pages.rendering import DashboardPage, address_here, translated
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import Event, Exchange
    from mockserver.domain.unit_of_work import AccountView

_PAGE_SIZE = 50
_MOST_NOTIFICATIONS = 100
_MOST_ACCEPTED = 200


class OrderList(NamedTuple):
    """A page of orders, newest first, and the number of orders and pages."""

    orders: list[Payment]
    total: int
    pages: int


class DeliveredNotification(NamedTuple):
    """A notification with its attempts, and a sentence if the shop accepted what it should not have."""

    notification: Notification
    attempts: list[Attempt]
    warning: str

    @classmethod
    def of(cls, notification: Notification, unit: AccountView) -> DeliveredNotification:
        """A notification of an account."""
        attempts = unit.attempts(notification.number)
        return cls(notification, attempts, accepted_defect(notification, attempts, translated))


class TimelineEntry(NamedTuple):
    """An event, the time since the first one, and the request or notification that it is about."""

    event: Event
    after: str
    exchange: Exchange | None
    delivered: DeliveredNotification | None


def _show_orders(app: Application, account: Account) -> dict[str, Any]:
    text, state = request.args.get("q", "").strip(), request.args.get("state", "")
    number = number_in(request.args.get("page", "1")) or 1
    with app.store.read(account.user) as unit:
        found = _find_orders(unit, text, state if state in set(PAYMENT_STATES) else "", number)
        warnings = _warnings(unit)
    example = documented_request(account.user)["data"]
    return {"found": found, "text": text, "state": state, "number": number, "states": list(PAYMENT_STATES),
            "warnings": warnings, "example": example, "here": address_here(app)}  # fmt: skip


def _find_orders(unit: AccountView, text: str, state: str, number: int) -> OrderList:
    """The orders with this order_id or trade_id, or a page of all; in a state if one is given."""
    if text:
        found = [*unit.group(Payment, text), *filter(None, [unit.get(Payment, text)])]
        listed = [one for one in reversed(found) if state in {"", one.state}]
        return OrderList(listed[:_PAGE_SIZE], len(listed), 1)
    total = unit.count(Payment, Choice(0, MAX_INSTANT, state or None, 0, 1))
    end = total - (number - 1) * _PAGE_SIZE
    begin = max(0, end - _PAGE_SIZE)
    listed = unit.page(Payment, Choice(0, MAX_INSTANT, state or None, begin, end - begin)) if end > 0 else []
    return OrderList(listed[::-1], total, -(-total // _PAGE_SIZE))


def _warnings(unit: AccountView) -> dict[str, str]:
    """What the shop accepted of the newest notifications and should not have, by trade_id."""
    accepted = islice(unit.newest_notifications("accepted"), _MOST_ACCEPTED)
    seen = [DeliveredNotification.of(one, unit) for one in accepted if one.defect]
    return {one.notification.timeline: one.warning for one in seen if one.warning}


def _show_order(app: Application, account: Account, trade_id: str) -> dict[str, Any]:
    with app.store.read(account.user) as unit:
        payment = unit.get(Payment, trade_id)
        timeline = _timeline(unit, trade_id)
        refunds = unit.group(Refund, trade_id)
    if payment is None:
        abort(404, translated("There is no order with the trade_id {trade_id}.", trade_id=trade_id))
    warnings = dict.fromkeys(one.delivered.warning for one in timeline if one.delivered and one.delivered.warning)
    return {"payment": payment, "timeline": timeline, "warnings": warnings, "refunds": refunds,
            "states": list(PAYMENT_STATES), "next_states": sorted(PAYMENT_STATES.after(payment.state)),
            "defects": get_args(Defect)}  # fmt: skip


def _timeline(unit: AccountView, trade_id: str) -> list[TimelineEntry]:
    events = unit.events(trade_id)
    notifications = {one.number: DeliveredNotification.of(one, unit) for one in unit.notifications(trade_id)}
    entries = []
    for event in events:
        is_request = event.kind == "request" and event.reference > 0
        exchange = unit.exchange(event.reference) if is_request else None
        delivered = notifications.get(event.reference) if event.kind == "notification" else None
        entries.append(TimelineEntry(event, _duration(event.at - events[0].at), exchange, delivered))
    return entries


def _duration(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"+{seconds}.{rest:03d} s"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return "+" + " ".join(f"{count} {unit}" for count, unit in parts if count)[:24]


def _show_notifications(app: Application, account: Account) -> dict[str, Any]:
    with app.store.read(account.user) as unit:
        newest = list(islice(unit.newest_notifications(), _MOST_NOTIFICATIONS))
        return {"notifications": [DeliveredNotification.of(one, unit) for one in newest]}


DASHBOARD_PAGES = (
    DashboardPage("orders", "/accounts/<user>/orders", "orders.html", _show_orders, message("Orders"), menu_order=10),
    DashboardPage("order", "/accounts/<user>/orders/<trade_id>", "order.html", _show_order, section="orders"),
    DashboardPage("notifications", "/accounts/<user>/notifications", "notifications.html", _show_notifications,
                  message("Notifications"), menu_order=30),
)  # fmt: skip
