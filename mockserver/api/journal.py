"""Lists, shows and verifies the exchanges in the journal."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from mockserver.api.assistance import NoTool, Tool
from mockserver.api.operations import ApiError, Counted, Label, Listed, Operation, Pattern, Visit, taken
from mockserver.api.paths import number_in
from mockserver.api.schemas import ExchangeRecord
from mockserver.api.searching import Code, Search
from mockserver.domain import timeline
from mockserver.domain.accounts import ANONYMOUS
from mockserver.scenarios.scenario import parse_pattern
from mockserver.store.search import Found, find_exchanges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mockserver.domain.timeline import Exchange

_MOST_REQUESTS = 1000
_LONGEST_SHOWN = 60


class Newest(Search):
    """The number of exchanges to list, newest first, and which.

    They are selected by code (`refused` is all that refuse), by time, and by any part, in any case, of the method, of
    the wallet, and of the trade_id or the request's data (`q`). A search looks at some thousand exchanges, and says in
    `next` where it goes on: the value of `before` for the rest.
    """

    limit: Listed = 100
    code: Code = ""
    method: Label = ""
    wallet: Label = ""


class Journal(msgspec.Struct, omit_defaults=True):
    """The number of requests so far, how many of them the journal has dropped, and the newest ones.

    A search that may find more goes on with `next` as `before`; it is absent at the end.
    """

    taken: int
    dropped: int
    items: list[ExchangeRecord]
    next: str = ""


class Verified(msgspec.Struct):
    """The requests are as expected; `matched` are the exchanges that match, each once."""

    matched: list[ExchangeRecord] = []


class Verification(msgspec.Struct, forbid_unknown_fields=True):
    """The expected requests, and their number; with `in_order`, other requests may come between them."""

    requests: Annotated[list[Requests], msgspec.Meta(min_length=1, max_length=_MOST_REQUESTS)]
    exactly: Listed | None = None
    at_least: Listed | None = None
    at_most: Listed | None = None
    in_order: bool = False


def owner(visit: Visit) -> str:
    """The user in the path; without one, the owner of the requests of unknown users."""
    return visit.account.user if "user" in visit.path else ANONYMOUS


def _list(visit: Visit) -> Journal:
    chosen: Newest = visit.query
    is_plain = chosen == Newest(limit=chosen.limit)
    with visit.app.store.read(owner(visit)) as unit:
        taken, kept = unit.last_number("exchanges"), unit.journal_length()
        found = Found([*unit.exchanges(chosen.limit)] if is_plain else [])
    if not is_plain:
        exact = {"code": chosen.code, "method": chosen.method, "wallet": chosen.wallet}
        found = find_exchanges(visit.app.store, owner(visit), chosen.wanted(chosen.limit, **exact))
    return Journal(taken, taken - kept, [ExchangeRecord.of(exchange) for exchange in found.items], found.rest)


def _show(visit: Visit) -> ExchangeRecord:
    number = number_in(visit.path["number"])
    with visit.app.store.read(owner(visit)) as view:
        exchange = None if number is None else view.exchange(number)
    if exchange is None:
        wanted, size = visit.path["number"][:_LONGEST_SHOWN], visit.app.settings.journal_size
        raise ApiError(404, "No such exchange", f"The journal has no exchange {wanted}; it keeps the newest {size}.")
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
        raise ApiError(
            409, "Not as expected", f"Expected {bounds} matching requests, but there were {count}.", nearest()
        )


def _check_order(numbers: list[list[int]], nearest: Callable[[], list[Any]]) -> None:
    last = 0
    for place, matching in enumerate(numbers):
        after = [number for number in matching if number > last]
        if not after:
            detail = (
                f"No request after exchange {last} matches requests[{place}]."
                if last
                else "No request matches requests[0]."
            )
            raise ApiError(409, "Not in this order", detail, nearest())
        last = after[0]


_ONE = "/accounts/{user}"
OPERATIONS = (
    Operation("GET", "/exchanges", "List the requests of unknown users, newest first.", _list, Journal, query=Newest,
              tool=Tool("list_requests_of_unknown_users", "A request is here if its user is not that of an account, or"
                        " if it cannot be read.")),
    Operation("GET", "/exchanges/{number}", "Get a request of an unknown user, and its answer.", _show, ExchangeRecord,
              tool=Tool("get_request_of_unknown_user", "", "number of the request")),
    Operation("GET", f"{_ONE}/exchanges", "List the requests and answers of an account, newest first.", _list, Journal,
              query=Newest,
              tool=Tool("list_requests", "With the code `refused`, the refusals and why. For earlier ones, pass the"
                        " number of the oldest one as before.")),
    Operation("GET", f"{_ONE}/exchanges/{{number}}", "Get a request and its answer.", _show, ExchangeRecord,
              tool=Tool("get_request", "For a refused one, `explanation` says what the client did wrong and how to fix"
                        " it.", "number of the request")),
    Operation("POST", f"{_ONE}/verify", "Verify the requests so far.", _verify, Verified, Verification,
              tool=NoTool("It is the assertion of a test; list_requests shows the requests.")),
)  # fmt: skip


NEAREST = 3
_MOST_FIELDS = 100
_REMEMBERED_SIZE = 4096
_WILD = re.compile(r"[*?[]")


class Requests(msgspec.Struct, tag="requests", forbid_unknown_fields=True):
    """Requests by method, code of the answer, trade_id or fields of data; `*` matches any text.

    A wait ends when there are `count` of them.
    """

    method: Pattern | None = None
    code: Pattern | None = None
    trade_id: Pattern | None = None
    data: Annotated[dict[Pattern, Pattern], msgspec.Meta(max_length=_MOST_FIELDS)] = {}
    count: Counted = 1


class Matcher:
    """Compares exchanges with the expected requests; a match has no differences."""

    def __init__(self, wanted: Requests) -> None:
        """Compile the patterns.

        Raises:
            BadValue: a pattern is invalid.
        """
        named = {"method": wanted.method, "code": wanted.code, "trade_id": wanted.trade_id}
        patterns = {name: pattern for name, pattern in named.items() if pattern is not None}
        patterns |= {f"data.{name}": pattern for name, pattern in wanted.data.items()}
        self._patterns = [(name, pattern, _compiled(pattern)) for name, pattern in patterns.items()]

    def matches(self, exchange: Exchange) -> bool:
        return all(_fits(_value(exchange, name), pattern, compiled) for name, pattern, compiled in self._patterns)

    def differences(self, exchange: Exchange) -> list[str]:
        """One sentence for each difference of an exchange."""
        found = [(name, pattern, compiled, _value(exchange, name)) for name, pattern, compiled in self._patterns]
        return [
            f"{name} is {value!r}, not {pattern!r}"
            for name, pattern, compiled, value in found
            if not _fits(value, pattern, compiled)
        ]

    def nearest(self, exchanges: Iterable[Exchange]) -> list[Any]:
        """The most similar exchanges that do not match, with their differences; of equal ones the newer first."""
        found = [(self.differences(exchange), exchange.number) for exchange in exchanges]
        misses = sorted((len(differs), -number, differs) for differs, number in found if differs)
        return [{"exchange": -number, "differs": differs} for _, number, differs in misses[:NEAREST]]


def _compiled(pattern: str) -> re.Pattern[str] | None:
    taken(parse_pattern, pattern)
    return re.compile(translate(pattern)) if _WILD.search(pattern) else None


def _fits(value: str, pattern: str, compiled: re.Pattern[str] | None) -> bool:
    return value == pattern if compiled is None else compiled.match(value) is not None


def _value(exchange: Exchange, name: str) -> str:
    if name == "method":
        return exchange.method
    if name == "code":
        return exchange.code
    if name == "trade_id":
        return exchange.trade_id or str(data_of(exchange).get("trade_id", ""))
    return str(data_of(exchange).get(name[len("data.") :], ""))


def data_of(exchange: Exchange) -> Mapping[str, Any]:
    """The fields of a request; none if it cannot be read."""
    request = exchange.request
    return _remembered_data(request) if len(request) <= _REMEMBERED_SIZE else timeline.data_of(request)


_remembered_data = lru_cache(maxsize=1024)(timeline.data_of)  # many patterns are compared with one request
