"""What the dashboard's pages show, read from an account's world."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from mockserver.api.records import instant_text
from mockserver.domain.accounts import MAX_INSTANT
from mockserver.domain.codes import SUCCESS
from mockserver.domain.money import amount_text
from mockserver.domain.payments.payment import UNSUCCESSFUL, Payment
from mockserver.domain.unit_of_work import Choice

if TYPE_CHECKING:
    from mockserver.api.schemas import ExplanationRecord
    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import Event, Exchange
    from mockserver.domain.unit_of_work import AccountView
    from mockserver.explain.signature import Explanation

ROWS = 50
_LONGEST_SHOWN = 20_000
_GOOD = frozenset({"paid", "authorized", "refunded", "completed", "Success", "accepted"})
_BAD = frozenset(
    {*UNSUCCESSFUL, "refund failed", "refund error", "refund declined", "Failed", "Cancelled", "given up", "refused",
     "dropped"}
)  # fmt: skip
_WARN = frozenset({"verify", "to-be-approval", "refund pending", "held"})


def look_of(state: str) -> str:
    """The class of a state's badge: good, bad, warn, or none."""
    return "good" if state in _GOOD else "bad" if state in _BAD else "warn" if state in _WARN else ""


class OrderRow(NamedTuple):
    """One order in a list."""

    payment: Payment
    amount: str
    at: str


class Orders(NamedTuple):
    """A page of orders, newest first, and how many there are."""

    rows: list[OrderRow]
    total: int
    pages: int


def orders(unit: AccountView, text: str, state: str, page: int) -> Orders:
    """The orders of an account: those with this order_id or trade_id, or all, in a state if one is named."""
    if text:
        found = [*unit.group(Payment, text), *filter(None, [unit.get(Payment, text)])]
        listed = [one for one in reversed(found) if state in {"", one.state}]
        return Orders([_row(one) for one in listed[:ROWS]], len(listed), 1)
    total = unit.count(Payment, Choice(0, MAX_INSTANT, state or None, 0, 1))
    end = total - (page - 1) * ROWS
    begin = max(0, end - ROWS)
    listed = unit.page(Payment, Choice(0, MAX_INSTANT, state or None, begin, end - begin)) if end > 0 else []
    return Orders([_row(one) for one in reversed(listed)], total, -(-total // ROWS))


def _row(payment: Payment) -> OrderRow:
    return OrderRow(payment, amount_text(payment.amount), instant_text(payment.created_at))


class Told(NamedTuple):
    """A notification with its attempts."""

    notification: Notification
    attempts: list[Attempt]
    body: str


class Moment(NamedTuple):
    """One thing on a timeline: when, how long after the beginning, and what it was about."""

    event: Event
    at: str
    after: str
    exchange: Exchange | None
    told: Told | None


def moments(unit: AccountView, timeline: str) -> list[Moment]:
    """The story of a trade or a payout."""
    events = unit.events(timeline)
    told = {
        one.number: Told(one, unit.attempts(one.number), readable(one.body)) for one in unit.notifications(timeline)
    }
    shown = []
    for event in events:
        is_request = event.kind == "request" and event.reference > 0
        exchange = unit.exchange(event.reference) if is_request else None
        message = told.get(event.reference) if event.kind == "notification" else None
        shown.append(Moment(event, instant_text(event.at), _after(event.at - events[0].at), exchange, message))
    return shown


def _after(milliseconds: int) -> str:
    """A length of time as a timeline shows it."""
    seconds, rest = divmod(milliseconds, 1000)
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"+{seconds}.{rest:03d} s"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return "+" + " ".join(f"{count} {unit}" for count, unit in parts if count)[:24]


def readable(body: bytes) -> str:
    """A body as it is best read: JSON with line breaks, anything else as it is."""
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)[:_LONGEST_SHOWN]
    except (ValueError, RecursionError):
        return text[:_LONGEST_SHOWN]


class Difference(NamedTuple):
    """Two strings to sign, each cut where they part: what is alike, the first character that differs, and the rest."""

    alike: str
    expected: tuple[str, str]
    sent: tuple[str, str]


def difference(told: Explanation | ExplanationRecord) -> Difference | None:
    """Where the two strings of an explanation part; None where that is not known."""
    if told.first_difference is None or not told.client_string:
        return None
    at = told.first_difference - told.shown_from
    alike = told.sandbox_string.encode()[:at].decode("utf-8", "ignore")
    place = len(alike)
    cut = [(text[place : place + 1], text[place + 1 :]) for text in (told.sandbox_string, told.client_string)]
    return Difference(f"…{alike}" if told.shown_from else alike, cut[0], cut[1])


def code_look(code: str) -> str:
    """The class of the badge of a gateway's code."""
    return "good" if code == SUCCESS else "bad"
