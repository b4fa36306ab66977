"""The journal: listed, shown and verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from mockserver.api.matching import Matcher, Requests
from mockserver.api.operations import ApiError, Operation, Visit
from mockserver.api.paths import number_in
from mockserver.api.schemas import ExchangeRecord
from mockserver.api.values import Listed
from mockserver.domain.accounts import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_REQUESTS = 1000
_LONGEST_SHOWN = 60


class Newest(msgspec.Struct, forbid_unknown_fields=True):
    """How many of the newest exchanges."""

    limit: Listed = 100


class Journal(msgspec.Struct):
    """How many requests were taken and how many of them the journal has dropped, and the newest that it keeps."""

    taken: int
    dropped: int
    items: list[ExchangeRecord]


class Verified(msgspec.Struct):
    """What was asked is as expected; `matched` are the exchanges that count, each once."""

    matched: list[ExchangeRecord] = []


class Verification(msgspec.Struct, forbid_unknown_fields=True):
    """What must have been asked: so often, or in this order (others in between do not matter), or never."""

    requests: Annotated[list[Requests], msgspec.Meta(min_length=1, max_length=_MOST_REQUESTS)]
    exactly: Listed | None = None
    at_least: Listed | None = None
    at_most: Listed | None = None
    in_order: bool = False


def _own(visit: Visit) -> str:
    return visit.account.user if "user" in visit.path else ANONYMOUS


def _list(visit: Visit) -> Journal:
    with visit.app.store.read(_own(visit)) as unit:
        taken, kept = unit.last_number("exchanges"), unit.exchanges(visit.app.settings.journal_size)
    return Journal(taken, taken - len(kept), [ExchangeRecord.of(exchange) for exchange in kept[: visit.query.limit]])


def _show(visit: Visit) -> ExchangeRecord:
    number = number_in(visit.path["number"])
    with visit.app.store.read(_own(visit)) as view:
        exchange = None if number is None else view.exchange(number)
    if exchange is None:
        wanted, size = visit.path["number"][:_LONGEST_SHOWN], visit.app.settings.journal_size
        raise ApiError(404, "No such exchange", f"The journal holds no exchange {wanted}; it keeps the newest {size}.")
    return ExchangeRecord.of(exchange)


def _verify(visit: Visit) -> Verified:
    wanted: Verification = visit.body
    matchers = [Matcher(one) for one in wanted.requests]
    with visit.app.store.read(visit.account.user) as view:
        newest = view.exchanges(visit.app.settings.journal_size)
    exchanges = newest[::-1]
    found = [[exchange for exchange in exchanges if matcher.matches(exchange)] for matcher in matchers]

    def nearest() -> list[Any]:
        return [miss for matcher in matchers for miss in matcher.nearest(exchanges)]

    if wanted.in_order:
        _check_order([[exchange.number for exchange in matching] for matching in found], nearest)
    else:
        _check_count(wanted, sum(map(len, found)), nearest)
    matched = {exchange.number: exchange for matching in found for exchange in matching}
    return Verified([ExchangeRecord.of(exchange) for exchange in matched.values()])


def _check_count(wanted: Verification, count: int, nearest: Callable[[], list[Any]]) -> None:
    least = wanted.at_least if wanted.at_least is not None else wanted.exactly
    most = wanted.at_most if wanted.at_most is not None else wanted.exactly
    if least is None and most is None:
        least = 1
    if (least is not None and count < least) or (most is not None and count > most):
        bounds = f"at least {least}" if most is None else f"at most {most}" if least is None else f"{least} to {most}"
        bounds = f"exactly {least}" if least is not None and least == most else bounds
        raise ApiError(409, "Not as expected", f"Expected {bounds} such requests; there were {count}.", nearest())


def _check_order(numbers: list[list[int]], nearest: Callable[[], list[Any]]) -> None:
    last = 0
    for place, matching in enumerate(numbers):
        after = [number for number in matching if number > last]
        if not after:
            detail = (
                f"No request like requests[{place}] came after exchange {last}." if last else "The first never came."
            )
            raise ApiError(409, "Not in this order", detail, nearest())
        last = after[0]


_ONE = "/accounts/{user}"
OPERATIONS = (
    Operation("GET", "/exchanges", "Requests whose user is unknown, newest first.", _list, Journal, query=Newest),
    Operation("GET", "/exchanges/{number}", "One of them.", _show, ExchangeRecord),
    Operation("GET", f"{_ONE}/exchanges", "The account's requests and answers, newest first.", _list, Journal,
              query=Newest),
    Operation("GET", f"{_ONE}/exchanges/{{number}}", "One request and its answer.", _show, ExchangeRecord),
    Operation("POST", f"{_ONE}/verify", "Check what was asked so far.", _verify, Verified, Verification),
)  # fmt: skip
