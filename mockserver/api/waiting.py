"""Waits until an account has received requests, an order is in a state, or all notifications are delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mockserver.api.assistance import Tool
from mockserver.api.journal import NEAREST, Matcher, Requests, data_of
from mockserver.api.operations import ApiError, BadValue, Operation, Pending, Visit, Word
from mockserver.api.records import PaymentRecord
from mockserver.api.schemas import ExchangeRecord
from mockserver.domain.accounts import MAX_INSTANT
from mockserver.domain.codes import SUCCESS
from mockserver.domain.payments.payment import PAYMENT_STATES, Payment
from mockserver.domain.unit_of_work import Choice
from mockserver.durations import parse_duration
from mockserver.gateway.methods import ALL_METHODS
from mockserver.scheduler.waits import TooManyWaitsError

if TYPE_CHECKING:
    from mockserver.domain.timeline import Exchange
    from mockserver.domain.unit_of_work import AccountView
    from mockserver.scheduler.waits import Condition
    from mockserver.store.contract import Store

_REMEMBERED = 100
LONGEST_WAIT = 600.0


class InState(msgspec.Struct, tag="state", forbid_unknown_fields=True):
    """A payment in a state: the one of a trade_id, the newest one of an order_id, or the newest of all.

    With an order_id, the wait ends early if there is no such payment because the request was rejected, unless a
    scenario rejected it: clients repeat such a request.
    """

    state: Word
    trade_id: str | None = None
    order_id: str | None = None


class Quiet(msgspec.Struct, tag="quiet", forbid_unknown_fields=True):
    """No notification is in delivery or waits for a retry."""


class Wait(msgspec.Struct, forbid_unknown_fields=True):
    """What to wait for, and how long at most."""

    what: Requests | InState | Quiet
    timeout: Word = "10s"


class Met(msgspec.Struct):
    """The wait was successful; `matched` are the matching exchanges, `payment` is the payment in the state."""

    matched: list[ExchangeRecord] = []
    payment: PaymentRecord | None = None


def _wait(visit: Visit) -> Pending:
    what, user, timeout = visit.body.what, visit.account.user, visit.body.timeout
    try:
        seconds = min(parse_duration(timeout) / 1000, LONGEST_WAIT)
    except ValueError as error:
        raise BadValue(f"timeout: {error}.") from None
    condition: Condition[Met | ApiError]
    if isinstance(what, Requests):
        condition = _RequestsCame(what, timeout, visit.app.settings.journal_size)
    elif isinstance(what, InState):
        condition = _OrderInState(what, timeout)
    else:
        condition = _AllQuiet(timeout)
    try:
        met = visit.app.waits.wait_for(user, condition, seconds)
    except TooManyWaitsError as error:
        raise ApiError(429, "Too many waits", str(error)) from None
    return Pending(met, _met, leave=met.cancel)


def _met(outcome: Met | ApiError) -> Met:
    if isinstance(outcome, ApiError):
        raise outcome
    return outcome


def _late(detail: str, nearest: list[Any]) -> ApiError:
    return ApiError(408, "Timeout", detail, nearest)


class _RequestsCame:
    """The number of matching requests is reached; each exchange is compared once."""

    def __init__(self, wanted: Requests, timeout: str, journal_size: int) -> None:
        self._wanted, self._timeout, self._journal_size = wanted, timeout, journal_size
        self._matcher = Matcher(wanted)
        self._seen = 0
        self._matching: list[Exchange] = []

    def check(self, store: Store, user: str) -> Met | None:
        with store.read(user) as view:
            taken = view.last_number("exchanges")
            newer = view.exchanges(self._journal_size, after=self._seen if self._seen <= taken else 0)
        if self._seen > taken:
            self._matching = []  # the account was emptied meanwhile
        self._seen = taken
        self._matching += [exchange for exchange in reversed(newer) if self._matcher.matches(exchange)]
        if len(self._matching) < self._wanted.count:
            return None
        return Met([ExchangeRecord.of(exchange) for exchange in self._matching])

    def late(self, store: Store, user: str) -> ApiError:
        with store.read(user) as view:
            newest = view.exchanges(self._journal_size)
        missing = f"Received {len(self._matching)} of {self._wanted.count} matching requests within {self._timeout}."
        return _late(missing, self._matcher.nearest(newest))


class _OrderInState:
    def __init__(self, wanted: InState, timeout: str) -> None:
        if wanted.state not in set(PAYMENT_STATES):
            raise BadValue(f"Expected a state such as {', '.join(PAYMENT_STATES)}, not {wanted.state!r}.")
        self._wanted, self._timeout = wanted, timeout
        self._others = {method.name for method in ALL_METHODS if method.reference != "order_id"}
        self._seen = 0

    def check(self, store: Store, user: str) -> Met | ApiError | None:
        with store.read(user) as view:
            payment = _order(view, self._wanted)
            rejected = None if payment else self._rejected(view)
        if rejected is not None:
            return ApiError(409, "Order rejected", "The request for this order was rejected.", [_rejection(rejected)])
        if payment is None or payment.state != self._wanted.state:
            return None
        return Met(payment=PaymentRecord.of(payment))

    def _rejected(self, view: AccountView) -> Exchange | None:
        """The newest request for the order_id, if it was rejected by the gateway and not by a scenario."""
        if self._wanted.trade_id is not None or self._wanted.order_id is None:
            return None
        taken = view.last_number("exchanges")
        newer = view.exchanges(_REMEMBERED, after=self._seen if self._seen <= taken else 0)
        self._seen = taken
        for exchange in newer:
            if exchange.method not in self._others and data_of(exchange).get("order_id") == self._wanted.order_id:
                return None if exchange.code == SUCCESS or exchange.scenario else exchange
        return None

    def late(self, store: Store, user: str) -> ApiError:
        with store.read(user) as view:
            payment = _order(view, self._wanted)
            nearest = _near_orders(view, payment)
        return _late(_other_state(payment, self._wanted.state, self._timeout), nearest)


class _AllQuiet:
    def __init__(self, timeout: str) -> None:
        self._timeout = timeout

    def check(self, store: Store, user: str) -> Met | None:
        with store.read(user) as view:
            return None if view.pending_deliveries() else Met()

    def late(self, store: Store, user: str) -> ApiError:
        with store.read(user) as view:
            pending = view.pending_deliveries()
        return _late(
            f"After {self._timeout}, {pending} notifications were still in delivery or waiting for a retry.", []
        )


def _order(unit: AccountView, wanted: InState) -> Payment | None:
    """The payment of a trade_id, or the newest of an order_id, or the newest of all."""
    if wanted.trade_id is not None:
        return unit.get(Payment, wanted.trade_id)
    if wanted.order_id is not None:
        return next(iter(reversed(unit.group(Payment, wanted.order_id))), None)
    return next(iter(_newest_orders(unit, 1)), None)


def _newest_orders(unit: AccountView, count: int) -> list[Payment]:
    choice = Choice(0, MAX_INSTANT, None, 0, count)
    return unit.page(Payment, choice._replace(skip=max(0, unit.count(Payment, choice) - count)))


def _other_state(payment: Payment | None, wanted: str, timeout: str) -> str:
    if payment is None:
        return f"After {timeout}, there was no matching order."
    return f"After {timeout}, the order was {payment.state}, not {wanted}."


def _near_orders(unit: AccountView, payment: Payment | None) -> list[Any]:
    """If there is no such order: the newest orders, and the newest rejected requests."""
    if payment is not None:
        return []
    orders = _newest_orders(unit, NEAREST)
    refused = [one for one in unit.exchanges(_REMEMBERED) if one.code != SUCCESS][:NEAREST]
    return [
        *({"order_id": one.order_id, "trade_id": one.trade_id, "state": one.state} for one in orders),
        *map(_rejection, refused),
    ]


def _rejection(exchange: Exchange) -> dict[str, Any]:
    return {"exchange": exchange.number, "differs": [f"it was rejected with {exchange.code} {exchange.reason}"]}


OPERATIONS = (
    Operation("POST", "/accounts/{user}/wait", "Wait for requests, a state or finished deliveries.", _wait, Met, Wait,
              tool=Tool("wait_for", '`what` is such as {"type": "state", "state": "paid", "order_id": "A-1"},'
                        ' {"type": "requests", "method": "v3.QueryOrder"} or {"type": "quiet"}.', reads=True)),
)  # fmt: skip
