"""The journal: listed, shown, waited on and verified."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from mockserver.codes import SUCCESS
from mockserver.control.operations import ApiError, BadValue, NotYet, Operation, Visit, taken
from mockserver.control.paths import number_in
from mockserver.control.records import PaymentRecord
from mockserver.control.stories import ExchangeRecord
from mockserver.control.values import Counted, Listed, Pattern, Word
from mockserver.durations import parse_duration
from mockserver.payments.payment import PAYMENT_STATES, Payment
from mockserver.scenarios.scenario import parse_pattern
from mockserver.store.contract import EVER, NOBODY, Choice

if TYPE_CHECKING:
    from mockserver.store.contract import Exchange, UnitOfWork

_NEAREST = 3
_REMEMBERED = 100
_MOST_FIELDS, _MOST_REQUESTS = 100, 100
_LONGEST_WAIT = 600.0
_LONGEST_SHOWN = 60


class Newest(msgspec.Struct, forbid_unknown_fields=True):
    """How many of the newest exchanges."""

    limit: Listed = 100


class Journal(msgspec.Struct):
    """How many requests were taken and how many of them the journal has dropped, and the newest that it keeps."""

    taken: int
    dropped: int
    items: list[ExchangeRecord]


class Requests(msgspec.Struct, tag="requests", forbid_unknown_fields=True):
    """Requests like this: by the method's name, the code of the answer, the trade, or fields of data.

    In `method` and in fields `*` stands for any text; `count` of them are waited for.
    """

    method: Pattern | None = None
    code: Pattern | None = None
    trade_id: Pattern | None = None
    data: Annotated[dict[Pattern, Pattern], msgspec.Meta(max_length=_MOST_FIELDS)] = {}
    count: Counted = 1


class InState(msgspec.Struct, tag="state", forbid_unknown_fields=True):
    """An order that is in a state: by its trade_id, by the order_id of its newest payment, or the newest of all."""

    state: Word
    trade_id: str | None = None
    order_id: str | None = None


class Quiet(msgspec.Struct, tag="quiet", forbid_unknown_fields=True):
    """No notification that is under way or to be tried again."""


class Wait(msgspec.Struct, forbid_unknown_fields=True):
    """What to wait for, and for how long at most."""

    what: Requests | InState | Quiet
    timeout: Word = "10s"


class Met(msgspec.Struct):
    """What was waited for has happened; `matched` are the exchanges that count, `payment` is the one in the state."""

    matched: list[ExchangeRecord] = []
    payment: PaymentRecord | None = None


class Verification(msgspec.Struct, forbid_unknown_fields=True):
    """What must have been asked: so often, or in this order (others in between do not matter), or never."""

    requests: Annotated[list[Requests], msgspec.Meta(min_length=1, max_length=_MOST_REQUESTS)]
    exactly: Listed | None = None
    at_least: Listed | None = None
    at_most: Listed | None = None
    in_order: bool = False


def _own(visit: Visit) -> str:
    return visit.account.user if "user" in visit.path else NOBODY


def _list(visit: Visit) -> Journal:
    with visit.app.store.unit(_own(visit)) as unit:
        taken, kept = unit.last_number("exchanges"), unit.exchanges(visit.app.settings.journal_size)
    return Journal(taken, taken - len(kept), [ExchangeRecord.of(exchange) for exchange in kept[: visit.query.limit]])


def _show(visit: Visit) -> ExchangeRecord:
    number = number_in(visit.path["number"])
    with visit.app.store.unit(_own(visit)) as unit:
        exchange = None if number is None else unit.exchange(number)
    if exchange is None:
        wanted, size = visit.path["number"][:_LONGEST_SHOWN], visit.app.settings.journal_size
        raise ApiError(404, "No such exchange", f"The journal holds no exchange {wanted}; it keeps the newest {size}.")
    return ExchangeRecord.of(exchange)


def _texts_sent(exchange: Exchange) -> dict[str, str]:
    """The fields of a request's data as text; none where it cannot be read."""
    try:
        return {name: str(value) for name, value in json.loads(exchange.request)["data"].items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def _check_patterns(wanted: Requests) -> None:
    for pattern in (wanted.method, wanted.code, wanted.trade_id, *wanted.data.values()):
        taken(parse_pattern, pattern or "*")


def _differences(exchange: Exchange, wanted: Requests) -> list[str]:
    """What of a request is not as it was wanted; empty when it matches."""
    sent = _texts_sent(exchange)
    compared = {
        "method": (wanted.method, exchange.method),
        "code": (wanted.code, exchange.code),
        "trade_id": (wanted.trade_id, exchange.trade_id or sent.get("trade_id", "")),
        **{f"data.{name}": (pattern, sent.get(name, "")) for name, pattern in wanted.data.items()},
    }
    return [
        f"{name} is {found!r}, not {pattern!r}"
        for name, (pattern, found) in compared.items()
        if pattern is not None and not fnmatchcase(found, pattern)
    ]


def _matching(unit: UnitOfWork, size: int, wanted: Requests) -> tuple[list[Exchange], list[Any]]:
    """The exchanges that match, oldest first, and the nearest of the others with what differs."""
    matching, misses = [], []
    for exchange in reversed(unit.exchanges(size)):
        differences = _differences(exchange, wanted)
        if differences:
            misses.append((len(differences), -exchange.number, differences))
        else:
            matching.append(exchange)
    nearest = [{"exchange": -number, "differs": differs} for _, number, differs in sorted(misses)[:_NEAREST]]
    return matching, nearest


def _wait(visit: Visit) -> Met | NotYet:
    what, user = visit.body.what, visit.account.user
    try:
        patience = min(parse_duration(visit.body.timeout) / 1000, _LONGEST_WAIT)
    except ValueError as error:
        raise BadValue(f"timeout: {error}.") from None
    if isinstance(what, Requests):
        _check_patterns(what)
    with visit.app.store.unit(user) as unit:
        if isinstance(what, Requests):
            matching, nearest = _matching(unit, visit.app.settings.journal_size, what)
            if len(matching) >= what.count:
                return Met([ExchangeRecord.of(exchange) for exchange in matching])
            missing = f"{len(matching)} of {what.count} such requests came within {visit.body.timeout}."
        elif isinstance(what, InState):
            payment = _order(unit, what)
            if payment is not None and payment.state == what.state:
                return Met(payment=PaymentRecord.of(payment))
            missing, nearest = _other_state(payment, what.state, visit.body.timeout), _near_orders(unit, payment)
        else:
            pending, nearest = unit.pending_deliveries(), []
            if pending == 0:
                return Met()
            missing = f"{pending} notifications were on their way or to be tried again after {visit.body.timeout}."
    if visit.last_try:
        raise ApiError(408, "Not in time", missing, nearest)
    return NotYet(patience)


def _order(unit: UnitOfWork, wanted: InState) -> Payment | None:
    """The payment that is meant: of a trade_id, else the newest of an order_id, else the newest of all."""
    if wanted.state not in set(PAYMENT_STATES):
        raise BadValue(f"Expected a state such as {', '.join(PAYMENT_STATES)}, not {wanted.state!r}.")
    if wanted.trade_id is not None:
        return unit.get(Payment, wanted.trade_id)
    if wanted.order_id is not None:
        return next(iter(reversed(unit.group(Payment, wanted.order_id))), None)
    return next(iter(_newest_orders(unit, 1)), None)


def _newest_orders(unit: UnitOfWork, count: int) -> list[Payment]:
    choice = Choice(0, EVER, None, 0, count)
    return unit.page(Payment, choice._replace(skip=max(0, unit.count(Payment, choice) - count)))


def _other_state(payment: Payment | None, wanted: str, timeout: str) -> str:
    if payment is None:
        return f"There is no such order after {timeout}."
    return f"The order is {payment.state} after {timeout}, not {wanted}."


def _near_orders(unit: UnitOfWork, payment: Payment | None) -> list[Any]:
    """Where the wanted order does not exist: the newest orders, and the newest requests that were refused."""
    if payment is not None:
        return []
    orders = _newest_orders(unit, _NEAREST)
    refused = [one for one in unit.exchanges(_REMEMBERED) if one.code != SUCCESS][:_NEAREST]
    return [
        *({"order_id": one.order_id, "trade_id": one.trade_id, "state": one.state} for one in orders),
        *({"exchange": one.number, "differs": [f"it was refused: {one.code} {one.reason}"]} for one in refused),
    ]


def _verify(visit: Visit) -> Met:
    wanted: Verification = visit.body
    for one in wanted.requests:
        _check_patterns(one)
    with visit.app.store.unit(visit.account.user) as unit:
        size = visit.app.settings.journal_size
        found = [_matching(unit, size, one) for one in wanted.requests]
    matched = [exchange for matching, _ in found for exchange in matching]
    nearest = [miss for _, misses in found for miss in misses]
    if wanted.in_order:
        _check_order([[exchange.number for exchange in matching] for matching, _ in found], nearest)
    else:
        _check_count(wanted, len(matched), nearest)
    return Met([ExchangeRecord.of(exchange) for exchange in matched])


def _check_count(wanted: Verification, count: int, nearest: list[Any]) -> None:
    least = wanted.at_least if wanted.at_least is not None else wanted.exactly
    most = wanted.at_most if wanted.at_most is not None else wanted.exactly
    if least is None and most is None:
        least = 1
    if (least is not None and count < least) or (most is not None and count > most):
        bounds = f"at least {least}" if most is None else f"at most {most}" if least is None else f"{least} to {most}"
        bounds = f"exactly {least}" if least is not None and least == most else bounds
        raise ApiError(409, "Not as expected", f"Expected {bounds} such requests; there were {count}.", nearest)


def _check_order(numbers: list[list[int]], nearest: list[Any]) -> None:
    last = 0
    for place, matching in enumerate(numbers):
        after = [number for number in matching if number > last]
        if not after:
            detail = (
                f"No request like requests[{place}] came after exchange {last}." if last else "The first never came."
            )
            raise ApiError(409, "Not in this order", detail, nearest)
        last = after[0]


_ONE = "/accounts/{user}"
OPERATIONS = (
    Operation("GET", "/exchanges", "Requests whose user is unknown, newest first.", _list, Journal, query=Newest),
    Operation("GET", "/exchanges/{number}", "One of them.", _show, ExchangeRecord),
    Operation("GET", f"{_ONE}/exchanges", "The account's requests and answers, newest first.", _list, Journal,
              query=Newest),
    Operation("GET", f"{_ONE}/exchanges/{{number}}", "One request and its answer.", _show, ExchangeRecord),
    Operation("POST", f"{_ONE}/wait", "Wait until something has happened.", _wait, Met, Wait),
    Operation("POST", f"{_ONE}/verify", "Check what was asked so far.", _verify, Met, Verification),
)  # fmt: skip
