"""Payments, refunds, payouts and splits: listed, shown, pushed into a state, and told to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mockserver.api.operations import ApiError, BadValue, Operation, Visit
from mockserver.api.records import Page, PaymentRecord, PayoutRecord, RefundRecord, SplitRecord
from mockserver.api.schemas import LifeRecord, NotificationRecord, PaymentLife, timeline_of
from mockserver.api.values import PageNumber, PageSize, Word
from mockserver.domain.accounts import MAX_INSTANT
from mockserver.domain.kinds import NothingPlannedError, do_due_transitions, go_on
from mockserver.domain.ledger import BalanceTooSmallError
from mockserver.domain.payments.payment import PAYMENT_STATES, Payment
from mockserver.domain.payments.transitions import NotCancellableError, transition_payment
from mockserver.domain.payouts import PAYOUT_STATES, Payout, transition_payout
from mockserver.domain.refunds import REFUND_STATES, Refund, transition_refund
from mockserver.domain.splits import SPLIT_STATES, Split, transition_split
from mockserver.domain.states import IllegalTransitionError, StateMachine
from mockserver.domain.timeline import Event
from mockserver.domain.unit_of_work import AccountView, Choice

if TYPE_CHECKING:
    from collections.abc import Callable


class Filter(msgspec.Struct, forbid_unknown_fields=True):
    """Which ones: in a state, of an order; and which page of them."""

    state: str | None = None
    order_id: str | None = None
    trade_id: str | None = None
    page: PageNumber = 1
    limit: PageSize = 100


class Push(msgspec.Struct, forbid_unknown_fields=True):
    """The state to push something into; `force` takes it where the state table knows no way, and moves no money."""

    state: Word
    force: bool = False


class _Kind(NamedTuple):
    """One kind of thing: where it is found, what shows it, how it moves."""

    path: str
    name: str
    shape: type[Any]
    record: type[Any]
    page: Any
    table: StateMachine[Any]
    move: Callable[..., Any]
    timeline: Callable[[Any], str]


def _trade_of(found: Payment | Refund | Split) -> str:
    return found.trade_id


def _payout_id_of(payout: Payout) -> str:
    return payout.payout_id


_KINDS = (
    _Kind(
        "payments",
        "payment",
        Payment,
        PaymentRecord,
        Page[PaymentRecord],
        PAYMENT_STATES,
        transition_payment,
        _trade_of,
    ),
    _Kind("refunds", "refund", Refund, RefundRecord, Page[RefundRecord], REFUND_STATES, transition_refund, _trade_of),
    _Kind(
        "payouts", "payout", Payout, PayoutRecord, Page[PayoutRecord], PAYOUT_STATES, transition_payout, _payout_id_of
    ),
    _Kind("splits", "split", Split, SplitRecord, Page[SplitRecord], SPLIT_STATES, transition_split, _trade_of),
)


def _found(visit: Visit, kind: _Kind, unit: AccountView) -> Any:  # noqa: ANN401 - a record of the kind
    identifier = visit.path["id"]
    found = unit.get(kind.shape, identifier)
    if found is None:
        raise ApiError(404, f"No such {kind.name}", f"Account {visit.account.user} has no {kind.name} {identifier}.")
    return found


def _listing(kind: _Kind) -> Operation:
    def handle(visit: Visit) -> Page[Any]:
        chosen: Filter = visit.query
        if chosen.state is not None and chosen.state not in set(kind.table):
            raise BadValue(f"Expected a state such as {', '.join(kind.table)}, not {chosen.state!r}.")
        limit, page = chosen.limit, chosen.page
        with visit.app.store.read(visit.account.user) as unit:
            group = chosen.order_id if kind.shape is Payment else chosen.trade_id
            if group is not None:
                listed = [one for one in unit.group(kind.shape, group) if chosen.state in {None, one.state}]
                total, listed = len(listed), listed[(page - 1) * limit : page * limit]
            else:
                choice = Choice(0, MAX_INSTANT, chosen.state, (page - 1) * limit, limit)
                total, listed = unit.count(kind.shape, choice), unit.page(kind.shape, choice)
        return Page(total, [kind.record.of(one) for one in listed])

    summary = f"The account's {kind.path}, oldest first."
    return Operation("GET", f"/accounts/{{user}}/{kind.path}", summary, handle, kind.page, query=Filter)


def _showing(kind: _Kind) -> Operation:
    def handle(visit: Visit) -> Any:  # noqa: ANN401 - a record of the kind
        with visit.app.store.read(visit.account.user) as unit:
            found = _found(visit, kind, unit)
            if not isinstance(found, Payment):
                return kind.record.of(found)
            return PaymentLife(
                payment=PaymentRecord.of(found),
                refunds=[RefundRecord.of(refund) for refund in unit.group(Refund, found.trade_id)],
                timeline=timeline_of(found.trade_id, unit),
                notifications=[NotificationRecord.of(one, unit) for one in unit.notifications(found.trade_id)],
            )

    gives = PaymentLife if kind.shape is Payment else kind.record
    return Operation("GET", f"/accounts/{{user}}/{kind.path}/{{id}}", f"One {kind.name}.", handle, gives)


def _pushing(kind: _Kind) -> Operation:
    def handle(visit: Visit) -> Any:  # noqa: ANN401 - a record of the kind
        push, account, now = visit.body, visit.account, visit.clock.now()
        if push.state not in set(kind.table):
            raise BadValue(f"Expected a state such as {', '.join(kind.table)}, not {push.state!r}.")
        visit.app.catch_up(account)
        with visit.app.store.unit(account.user) as unit:
            do_due_transitions(unit, account, now)
            found = _found(visit, kind, unit)
            try:
                moved = kind.move(unit, account, found, push.state, now)
            except IllegalTransitionError as error:
                if not push.force:
                    raise ApiError(409, "Illegal move", f"{error}. Say force to do it all the same.") from None
                moved = found._replace(state=push.state, plan=())
                unit.put(moved)
                text = f"{kind.name} forced from {found.state} to {push.state}, which the gateway does not do"
                unit.add_event(Event(kind.timeline(found), now, "state", 0, text))
            except (NotCancellableError, BalanceTooSmallError) as error:
                raise ApiError(409, "Not possible", f"{error}.") from None
        return kind.record.of(moved)

    path = f"/accounts/{{user}}/{kind.path}/{{id}}/state"
    return Operation("POST", path, f"Push a {kind.name} into a state.", handle, kind.record, Push)


def _going_on(kind: _Kind) -> Operation:
    def handle(visit: Visit) -> Any:  # noqa: ANN401 - a record of the kind
        account, now = visit.account, visit.clock.now()
        visit.app.catch_up(account)
        with visit.app.store.unit(account.user) as unit:
            do_due_transitions(unit, account, now)
            try:
                go_on(unit, _found(visit, kind, unit), now)
            except NothingPlannedError as error:
                raise ApiError(409, "Nothing planned", f"{str(error).capitalize()}.") from None
            do_due_transitions(unit, account, now)
            return kind.record.of(_found(visit, kind, unit))

    path = f"/accounts/{{user}}/{kind.path}/{{id}}/signal"
    summary = f"Have the next planned move of a {kind.name} made now, whatever it waits for."
    return Operation("POST", path, summary, handle, kind.record)


def _life(visit: Visit) -> LifeRecord:
    timeline = visit.path["id"]
    with visit.app.store.read(visit.account.user) as unit:
        life = LifeRecord.of(timeline, unit)
    if not life.timeline:
        raise ApiError(404, "No such timeline", f"Account {visit.account.user} has no trade or payout {timeline}.")
    return life


OPERATIONS = (
    *(operation for kind in _KINDS for operation in (_listing(kind), _showing(kind), _pushing(kind), _going_on(kind))),
    Operation("GET", "/accounts/{user}/timelines/{id}", "The life of a trade or a payout.", _life, LifeRecord),
)
