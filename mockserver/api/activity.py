"""Follows an account: what happens to its orders and which requests come, from a mark on, as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mockserver.api.assistance import NoTool
from mockserver.api.journal import owner
from mockserver.api.operations import ApiError, BadValue, Label, Operation, Pending, Visit, Word
from mockserver.api.paths import exchange_page
from mockserver.api.records import instant_text
from mockserver.api.waiting import LONGEST_WAIT
from mockserver.domain.payments.payment import Payment
from mockserver.durations import parse_duration
from mockserver.scheduler.waits import TooManyWaitsError
from mockserver.store.contract import Mark

if TYPE_CHECKING:
    from mockserver.domain.timeline import Event, Exchange
    from mockserver.domain.unit_of_work import AccountView
    from mockserver.store.contract import History, Store


class Since(msgspec.Struct, forbid_unknown_fields=True):
    """The mark from which on to list, and how long to wait for something new; without a mark, only the present one."""

    mark: Label = ""
    timeout: Word = "60s"


class ActivityRecord(msgspec.Struct, omit_defaults=True):
    """One request, or one event of a timeline; fields that do not apply are left out.

    `timeline` is the trade or payout, `number` that of the request or of the notification, `code` that of the answer.
    `text` is the reason of a refused request, and otherwise what happened. `state` and `url` are those of a
    notification, `page` is the path of the page that shows a request.
    """

    at: str
    kind: str
    user: str = ""
    order_id: str = ""
    timeline: str = ""
    number: int = 0
    text: str = ""
    method: str = ""
    code: str = ""
    scenario: str = ""
    hints: list[str] = []
    state: str = ""
    url: str = ""
    page: str = ""


class Activity(msgspec.Struct):
    """What has happened since a mark, in order, the mark at its end, and how much is no longer known."""

    mark: str
    missed: int = 0
    items: list[ActivityRecord] = []


def _follow(visit: Visit) -> Pending | Activity:
    user, since, store = owner(visit), visit.query, visit.app.store
    try:
        seconds = min(parse_duration(since.timeout) / 1000, LONGEST_WAIT)
    except ValueError as error:
        raise BadValue(f"timeout: {error}.") from None
    if not since.mark:
        return Activity(str(store.history(user, None).mark))
    try:
        found = visit.app.waits.wait_for(user, _SomethingNew(Mark.read(since.mark), since.timeout), seconds)
    except TooManyWaitsError as error:
        raise ApiError(429, "Too many waits", str(error)) from None
    return Pending(found, leave=found.cancel)


class _SomethingNew:
    def __init__(self, since: Mark, timeout: str) -> None:
        self._since, self._timeout = since, timeout

    def check(self, store: Store, user: str) -> Activity | None:
        history = store.history(user, self._since)
        if not (history.events or history.exchanges or history.missed):
            return None
        with store.read(user) as view:
            return Activity(str(history.mark), history.missed, _records(history, user, view))

    def late(self, store: Store, user: str) -> ApiError:  # noqa: ARG002 - all conditions get them
        return ApiError(408, "Timeout", f"Nothing happened within {self._timeout}.")


def _records(history: History, user: str, view: AccountView) -> list[ActivityRecord]:
    """The requests and events by their instants; at one instant a request comes before what it has caused."""
    dated = [
        *((one.at, _request(one, view)) for one in history.exchanges),
        *((one.at, _event(one, user, view)) for one in history.events if one.kind != "request"),
    ]
    return [record for _, record in sorted(dated, key=lambda pair: pair[0])]


def _request(exchange: Exchange, view: AccountView) -> ActivityRecord:
    return ActivityRecord(
        instant_text(exchange.at), "request", exchange.user,
        order_id=exchange.order_id or _order_id(exchange.trade_id, view),
        timeline=exchange.trade_id, number=exchange.number, text=exchange.reason, method=exchange.method,
        code=exchange.code, scenario=exchange.scenario, hints=exchange.hint.splitlines(), page=exchange_page(exchange),
    )  # fmt: skip


def _event(event: Event, user: str, view: AccountView) -> ActivityRecord:
    notification = view.notification(event.reference) if event.kind in {"notification", "attempt"} else None
    return ActivityRecord(
        instant_text(event.at), event.kind, user, order_id=_order_id(event.timeline, view),
        timeline=event.timeline, number=event.reference, text=event.sentence,
        state=notification.notified_state if notification else "", url=notification.url if notification else "",
    )  # fmt: skip


def _order_id(timeline: str, view: AccountView) -> str:
    payment = view.get(Payment, timeline) if timeline else None
    return "" if payment is None else payment.order_id


_FOR_SCREENS = NoTool("It follows an account for a screen; wait_for and get_story say what happened.")
OPERATIONS = (
    Operation("GET", "/activity", "Wait for requests of unknown users, from a mark on.", _follow, Activity,
              query=Since, tool=_FOR_SCREENS),
    Operation("GET", "/accounts/{user}/activity", "Wait for what happens in an account, from a mark on.", _follow,
              Activity, query=Since, tool=_FOR_SCREENS),
)  # fmt: skip
