"""Tells what happened in an account as text, for the report of a failed test."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mockserver.api.assistance import Tool
from mockserver.api.operations import Label, Operation, Visit
from mockserver.api.searching import begin_of
from mockserver.domain.accounts import ANONYMOUS, MAX_INSTANT
from mockserver.domain.codes import REFUSAL_MESSAGES, SUCCESS
from mockserver.domain.money import amount_text
from mockserver.domain.payments.payment import Payment
from mockserver.domain.unit_of_work import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.timeline import Exchange

_MOST = 20
_UNUSED = "The account received no request. Does the application use its url, user and secret_key?"


class Told(msgspec.Struct, forbid_unknown_fields=True):
    """`since` is an ISO 8601 instant or a day.

    With it, the story has the requests since then that were perhaps meant for the account: those of unknown users, and
    those of the sandbox's own account.
    """

    since: Label = ""


def _tell(visit: Visit) -> str:
    user, since = visit.account.user, visit.query.since
    address = visit.app.settings.public_url or visit.app.base_url
    requests = _requests(visit, user)
    parts = {"requests": requests}
    if since:
        own = visit.app.settings.user
        others = {ANONYMOUS: "requests of unknown users", own: f"requests of {own}, the sandbox's own account"}
        begin = begin_of(since)
        parts |= {title: _requests(visit, other, begin) for other, title in others.items() if other != user}
    parts |= {"orders": _orders(visit, user), "notifications": _notifications(visit, user)}
    lines = [f"account {user} at {address}" if address else f"account {user}"]
    for title, part in parts.items():
        lines += part.under(title)
    return "\n".join(lines if requests.lines else [*lines, _UNUSED]) + "\n"


class _Part(NamedTuple):
    """The newest lines of a part, and how many earlier ones it leaves out."""

    lines: list[str]
    earlier: int = 0

    def under(self, title: str) -> list[str]:
        """The lines below their title; nothing if there are none."""
        before = [f"({self.earlier} earlier ones)"] if self.earlier > 0 else []
        return [title, *(f"  {_visible(line)}" for line in [*before, *self.lines])] if self.lines else []


def _visible(line: str) -> str:
    """A line that stays one, and does nothing to a terminal, whatever a shop sends as its method or order_id."""
    return line if line.isprintable() else "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)


def _requests(visit: Visit, user: str, since: int = 0) -> _Part:
    try:
        with visit.app.store.read(user) as view:
            taken, newest = view.last_number("exchanges"), view.exchanges(_MOST)
    except KeyError:  # the sandbox's own account was deleted
        return _Part([])
    found = [_request(exchange) for exchange in reversed(newest) if exchange.at >= since]
    return _Part(found, 0 if since else taken - len(found))


def _orders(visit: Visit, user: str) -> _Part:
    with visit.app.store.read(user) as view:
        everything = Choice(0, MAX_INSTANT, None, 0, _MOST)
        count = view.count(Payment, everything)
        newest = view.page(Payment, everything._replace(skip=max(0, count - _MOST)))
    return _Part([_order(payment) for payment in newest], count - len(newest))


def _notifications(visit: Visit, user: str) -> _Part:
    with visit.app.store.read(user) as view:
        taken, newest = view.last_number("notifications"), [*islice(view.newest_notifications(), _MOST)]
        attempts = [view.attempts(one.number) for one in newest]
    lines = [_notification(one, tried) for one, tried in zip(newest, attempts, strict=True)]
    return _Part(lines[::-1], taken - len(lines))


def _request(exchange: Exchange) -> str:
    method = exchange.method or "(no method)"
    if exchange.code == SUCCESS:
        played = f"  scenario {exchange.scenario}" if exchange.scenario else ""
        hint = f"  hint: {' '.join(exchange.hint.splitlines())}" if exchange.hint else ""
        return f"{exchange.number}  {method}  accepted  trade {exchange.trade_id or '-'}{played}{hint}"
    return f"{exchange.number}  {method}  {exchange.code} {REFUSAL_MESSAGES.get(exchange.code, '')}  {exchange.reason}"


def _order(payment: Payment) -> str:
    amount = f"{amount_text(payment.amount)} {payment.currency}"
    return f"{payment.order_id}  {amount}  {payment.state}  trade {payment.trade_id}"


def _notification(notification: Notification, attempts: Sequence[Attempt]) -> str:
    kind = "" if notification.type == "payment" else f"{notification.type} "
    what = f"{kind}{notification.notified_state}  trade {notification.timeline}"
    if not attempts:
        outcome = "not sent yet"
    elif attempts[-1].status is None:
        outcome = f"not delivered: {attempts[-1].error}"
    else:
        outcome = f"answered HTTP {attempts[-1].status} {attempts[-1].answer.decode(errors='replace')!r}"
    return f"{what}  {notification.url}  {notification.state}  {outcome}"


OPERATIONS = (
    Operation("GET", "/accounts/{user}/story", "Tell what happened in an account, as text for the report of a failed"
              " test.", _tell, str, query=Told, media="text/plain; charset=utf-8",
              tool=Tool("get_story", "The newest requests, orders and notifications, a line each: begin with it.",
                        summary="Tell what happened in an account.")),
)  # fmt: skip
