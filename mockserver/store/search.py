"""Finds orders, requests and notifications by what they contain, newest first.

A search looks at a bounded number of the newest ones, in some short reads, and says where it goes on. So it needs no
index that every payment would pay for, and an account with millions of payments answers others meanwhile.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.domain.accounts import MAX_INSTANT
from mockserver.domain.codes import SUCCESS
from mockserver.domain.money import amount_text
from mockserver.domain.payments.payment import Payment
from mockserver.domain.timeline import data_of, may_mention
from mockserver.domain.unit_of_work import Choice, Clues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mockserver.domain.notifications.notification import Notification
    from mockserver.domain.timeline import JournalEntry
    from mockserver.store.contract import Store

REFUSED = "refused"
"""Instead of a code: all that are not the one of success."""

_STEPS = (500, 1_500, 3_000)
"""How many records a search looks at in one read: first at a few, as most searches end with the newest."""

_JOURNAL_STEPS = (500, 1_500)
"""Of requests and notifications, each of which takes longer. The first step reads a page, and only then its rest."""

_TEXTS = (
    "order_id", "trade_id", "refund_id", "m_refund_id", "payout_id", "reference", "transfer_id", "reference_id",
    "description",
)  # fmt: skip
_DIGITS = 15
_CURSOR = re.compile(r"([0-9]{1,15})-([0-9]{1,15})", re.ASCII)
_AMOUNT = re.compile(r"[0-9]*(?:\.[0-9]?|(\.[0-9]{2}))?", re.ASCII)


def is_cursor(text: str) -> bool:
    """Whether a text has the form of a cursor."""
    return text.isascii() and (_CURSOR.fullmatch(text) is not None or (text.isdecimal() and len(text) <= _DIGITS))


class Wanted(NamedTuple):
    """What is searched. Empty values match everything.

    `text` is any part of an id, a description or an amount, `method` and `wallet` are any part of theirs, in any case;
    `code` and `state` are exact. `since` and `until` are instants, both included. A page has at most `limit` items;
    `cursor` is that with which the search goes on, empty at first.
    """

    text: str = ""
    method: str = ""
    wallet: str = ""
    code: str = ""
    state: str = ""
    since: int = 0
    until: int = MAX_INSTANT
    limit: int = 50
    cursor: str = ""

    @property
    def lower(self) -> str:
        return self.text.strip().lower()

    def is_in_time(self, at: int) -> bool:
        return self.since <= at <= self.until


class Found(NamedTuple):
    """The items that were found, newest first, and the cursor with which the search goes on; empty at its end."""

    items: list[Any]
    rest: str = ""


def find_records(store: Store, user: str, kind: type[Any], wanted: Wanted) -> Found:
    """The records of a dated kind, newest first; on top those payments whose order_id or trade_id is the whole text."""
    exact = _named_payments(store, user, wanted) if kind is Payment and wanted.text else []
    seen = {one.trade_id for one in exact}
    place = _CURSOR.fullmatch(wanted.cursor)
    found: list[Any] = [] if place else exact
    until, before = last = (int(place[1]), int(place[2])) if place else (wanted.until, 0)
    limit = wanted.limit + len(found)
    clues = Clues(wanted.lower, _digits(wanted.lower), wanted.wallet, wanted.method)
    for step in _STEPS:
        choice = Choice(wanted.since, until, wanted.state or None, 0, max(limit, _STEPS[0]), before=before)
        with store.read(user) as view:
            newest = view.newest(kind, choice, clues, step)
        for record in newest.records:
            if len(found) == limit:
                return Found(found, _cursor(*last))
            last = record.created_at, record.number
            if _is_wanted(record, clues, wanted) and not (seen and record.trade_id in seen):
                found.append(record)
        if newest.rest is None:
            return Found(found)
        until, before = last = newest.rest
    return Found(found, _cursor(until, before))


def _cursor(at: int, number: int) -> str:
    return f"{at}-{number}"


def _named_payments(store: Store, user: str, wanted: Wanted) -> list[Payment]:
    """The payments of an order_id or a trade_id, however old they are; none if they are more than a page."""
    text = wanted.text.strip()
    with store.read(user) as view:
        named = [*view.group(Payment, text), *filter(None, [view.get(Payment, text)])]
    fitting = [one for one in named if wanted.is_in_time(one.created_at) and _is_wanted(one, Clues(), wanted)]
    fitting = [one for one in fitting if wanted.state in {"", one.state}]
    return sorted(fitting, key=attrgetter("created_at", "number"), reverse=True) if len(fitting) <= wanted.limit else []


def _is_wanted(record: Any, clues: Clues, wanted: Wanted) -> bool:  # noqa: ANN401 - a record
    if wanted.method and wanted.method.lower() not in record.method.lower():
        return False
    if wanted.wallet and wanted.wallet.lower() not in record.sub_pay_method.lower():
        return False
    if clues.text in "\n".join(_texts_of(record._fields)(record)).lower():
        return True
    if not clues.amount or "amount" not in record._fields or clues.amount.rstrip(",") not in str(record.amount):
        return False
    return clues.text in amount_text(record.amount)


def _digits(text: str) -> str:
    """What JSON has of an amount with this part, in hundredths; empty if it is part of none."""
    amount = _AMOUNT.fullmatch(text)
    if not text or amount is None:
        return ""
    digits = text.replace(".", "").lstrip("0")
    return f"{digits}," if amount[1] else digits or ","


@cache
def _texts_of(fields: tuple[str, ...]) -> Callable[[Any], tuple[str, ...]]:
    return attrgetter(*(name for name in _TEXTS if name in fields))


def find_exchanges(store: Store, user: str, wanted: Wanted) -> Found:
    """The exchanges of the journal; a text is searched in the trade_id and in the data of the request."""
    before, text = _number(wanted.cursor), wanted.lower
    found: list[Any] = []
    for step in _journal_steps(wanted):
        with store.read(user) as view:
            entries = view.journal_entries(step, before)
        for entry in entries:
            if len(found) == wanted.limit:
                return Found(found, str(before))
            before = entry.number
            if _is_wanted_entry(entry, text, wanted):
                found.append(entry.masked())
        if len(entries) < step:
            return Found(found)
    return Found(found, str(before))


def _journal_steps(wanted: Wanted) -> Iterator[int]:
    """How many entries are read at once: a page first, which is all that a list without a filter needs."""
    first, *others = _JOURNAL_STEPS
    page = min(wanted.limit + 1, first)
    return filter(None, (page, first - page, *others))


def _number(cursor: str) -> int:
    return int(cursor) if is_cursor(cursor) and cursor.isdecimal() else 1 << 62


def _is_wanted_entry(entry: JournalEntry, text: str, wanted: Wanted) -> bool:
    if wanted.code and not (entry.code != SUCCESS if wanted.code == REFUSED else entry.code == wanted.code):
        return False
    if wanted.method.lower() not in entry.method.lower() or not wanted.is_in_time(entry.at):
        return False
    if text and not entry.may_mention(text):
        return False
    # What is compared is masked, so that no search can guess a secret.
    wallet = str(data_of(entry.masked().request).get("sub_pay_method", "")) if wanted.wallet else ""
    if wanted.wallet.lower() not in wallet.lower():
        return False
    return not text or text in entry.trade_id.lower() or text in _values_in(entry.masked().request)


def _values_in(body: bytes) -> str:
    """The values of the fields in a body, in lower case; all of a body that cannot be read."""
    data = data_of(body)
    return ("\n".join(map(str, data.values())) if data else body.decode("utf-8", "replace")).lower()


def find_notifications(store: Store, user: str, wanted: Wanted) -> Found:
    """The notifications; a text is searched in the trade_id or payout_id, in the URL and in the fields of the body."""
    before, text = _number(wanted.cursor), wanted.lower
    states: Any = (wanted.state,) if wanted.state else ()
    found: list[Any] = []
    for step in _journal_steps(wanted):
        with store.read(user) as view:
            newest = list(islice(view.newest_notifications(*states, before=before), step))
        for one in newest:
            if len(found) == wanted.limit:
                return Found(found, str(before))
            before = one.number
            if wanted.is_in_time(one.created_at) and (not text or _mentions(one, text)):
                found.append(one)
        if len(newest) < step:
            return Found(found)
    return Found(found, str(before))


def _mentions(one: Notification, text: str) -> bool:
    if text in f"{one.timeline}\n{one.url}".lower():
        return True
    return may_mention(one.body, text) and text in _values_in(one.body)
