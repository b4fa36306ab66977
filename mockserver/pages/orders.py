"""The orders of an account, the timeline of each, and the notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from flask import request

from mockserver.api.messages import Defect
from mockserver.api.paths import number_in
from mockserver.domain.accounts import ANONYMOUS
from mockserver.domain.kinds import KINDS
from mockserver.domain.notifications.notification import FORMS, NotificationState
from mockserver.domain.payments.payment import PAYMENT_STATES, Payment
from mockserver.domain.refunds import REFUND_STATES, Refund
from mockserver.domain.unit_of_work import Choice
from mockserver.pages.filters import read_filters
from mockserver.pages.forgeries import accepted_defect
from mockserver.pages.order_options import options_of, refused_requests, troubles_of
from mockserver.pages.outcome import outcome_of
from mockserver.pages.rendering import DashboardPage, find_order, translated
from mockserver.pages.sending import order_commands
from mockserver.store.search import REFUSED, find_exchanges, find_notifications, find_records
from mockserver.texts import message

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import Event, Exchange
    from mockserver.domain.unit_of_work import AccountView, Deliveries
    from mockserver.store.search import Wanted

_PAGE_SIZE = 50
_STATES = frozenset(state for kind in KINDS.values() for state in kind.states)
_MOST_REFUSED = 5


class OrderList(NamedTuple):
    """A page of orders, newest first, the number of orders and pages, and the cursor of a search that goes on."""

    orders: list[Payment]
    total: int
    pages: int
    rest: str = ""


class DeliveredNotification(NamedTuple):
    """A notification with its attempts, and a sentence if the shop accepted what it should not have."""

    notification: Notification
    attempts: list[Attempt]
    warning: str

    @classmethod
    def of(cls, notification: Notification, unit: AccountView | Deliveries) -> DeliveredNotification:
        """A notification of an account."""
        attempts = unit.attempts(notification.number)
        return cls(notification, attempts, accepted_defect(notification, attempts, translated))


class TimelineEntry(NamedTuple):
    """An event, the time since the first one, and the request or notification that it is about.

    `subject` and `state` are those of a change of state; the subject of the order's own is empty.
    """

    event: Event
    after: str
    exchange: Exchange | None
    delivered: DeliveredNotification | None
    subject: str = ""
    state: str = ""


def _show_orders(app: Application, account: Account) -> dict[str, Any]:
    filters = read_filters("q", "wallet", "method", "since", "until", state=list(PAYMENT_STATES))
    number = number_in(request.args.get("page", "1")) or 1
    wanted = filters.wanted
    if wanted.text or wanted.wallet or wanted.method or wanted.cursor:
        listed = find_records(app.store, account.user, Payment, wanted)
        found = OrderList(listed.items, len(listed.items), 1, listed.rest)
    else:
        with app.store.read(account.user) as unit:
            found = _numbered_page(unit, wanted, number)
    now, retry_plan = app.clocks.of(account.user).now(), app.settings.retry_plan
    with app.store.read(account.user) as unit:
        deliveries = unit.deliveries([order.trade_id for order in found.orders])
    orders = [outcome_of(order, deliveries, retry_plan, now) for order in found.orders]
    return {"found": found, "orders": orders, "filters": filters, "number": number, "warnings": _warnings(deliveries),
            "refused": _refused(app, account, wanted) if len(orders) < _PAGE_SIZE else []}  # fmt: skip


def _numbered_page(unit: AccountView, wanted: Wanted, number: int) -> OrderList:
    """A page of all orders, or of those in a state and a time, which a store counts fast."""
    choice = Choice(wanted.since, wanted.until, wanted.state or None, 0, 1)
    total = unit.count(Payment, choice)
    end = total - (number - 1) * _PAGE_SIZE
    begin = max(0, end - _PAGE_SIZE)
    listed = unit.page(Payment, choice._replace(skip=begin, limit=end - begin)) if end > 0 else []
    return OrderList(listed[::-1], total, -(-total // _PAGE_SIZE))


def _refused(app: Application, account: Account, wanted: Wanted) -> list[Exchange]:
    """The refused requests with the text: they created no order, so only they say what became of it.

    A text that fills a page with orders is not the id of one that is missing.
    """
    if not wanted.text or wanted.cursor:
        return []
    refusals = wanted._replace(code=REFUSED, state="", limit=_MOST_REFUSED)
    owners = (account.user, ANONYMOUS)
    found = [one for owner in owners for one in find_exchanges(app.store, owner, refusals).items]
    return [one for one in found if not one.trade_id]


def _warnings(deliveries: Deliveries) -> dict[str, str]:
    """What the shop accepted of the notifications and should not have, by trade_id."""
    accepted = (one for sent in deliveries.by_timeline.values() for one in sent if one.state == "accepted")
    seen = [DeliveredNotification.of(one, deliveries) for one in accepted if one.defect]
    return {one.notification.timeline: one.warning for one in seen if one.warning}


def _show_order(app: Application, account: Account, trade_id: str) -> dict[str, Any]:
    now = app.clocks.of(account.user).now()
    with app.store.read(account.user) as unit:
        payment = find_order(unit, trade_id)
        refunds = unit.group(Refund, trade_id)
        shown = {
            "payment": payment, "refunds": refunds, "timeline": _timeline(unit, trade_id),
            "outcome": outcome_of(payment, unit.deliveries([trade_id]), app.settings.retry_plan, now),
            "options": options_of(unit, account, payment, now), "troubles": troubles_of(unit, payment, refunds),
        }  # fmt: skip
    return {**shown, "refused": refused_requests(app, account, payment), "states": list(PAYMENT_STATES),
            "states_of_refund": {state: sorted(REFUND_STATES.after(state)) for state in REFUND_STATES},
            "defects": get_args(Defect), "forms": FORMS,
            "curls": order_commands(app, account, payment)}  # fmt: skip


def _timeline(unit: AccountView, trade_id: str) -> list[TimelineEntry]:
    events = unit.events(trade_id)
    notifications = {one.number: DeliveredNotification.of(one, unit) for one in unit.notifications(trade_id)}
    entries = []
    for event in events:
        is_request = event.kind == "request" and event.reference > 0
        exchange = unit.exchange(event.reference) if is_request else None
        delivered = notifications.get(event.reference) if event.kind == "notification" else None
        subject, _, state = event.text.rpartition(": ") if event.kind == "state" else ("", "", "")
        after = _duration(event.at - events[0].at)
        entries.append(TimelineEntry(event, after, exchange, delivered, subject, state if state in _STATES else ""))
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
    filters = read_filters("q", "since", "until", state=get_args(NotificationState))
    found = find_notifications(app.store, account.user, filters.wanted)
    with app.store.read(account.user) as unit:
        deliveries = unit.deliveries([*{one.timeline: None for one in found.items}])
        delivered = [DeliveredNotification.of(one, deliveries) for one in found.items]
        orders = {one.timeline: unit.get(Payment, one.timeline) for one in found.items}
    return {"notifications": delivered, "orders": orders, "filters": filters, "rest": found.rest}


DASHBOARD_PAGES = (
    DashboardPage("orders", "/accounts/<user>/orders", "orders.html", _show_orders, message("Orders"),
                  menu_order=10, key="o"),
    DashboardPage("order", "/accounts/<user>/orders/<trade_id>", "order.html", _show_order, section="orders"),
    DashboardPage("notifications", "/accounts/<user>/notifications", "notifications.html", _show_notifications,
                  message("Notifications"), menu_order=30, key="n"),
)  # fmt: skip
