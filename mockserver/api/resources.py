"""Lists and shows objects of all kinds (payments, refunds, payouts, splits), and changes their states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mockserver.api.assistance import NoTool, Tool
from mockserver.api.operations import ApiError, BadValue, Label, Operation, PageNumber, PageSize, Visit, Word
from mockserver.api.records import SHOWN, ListedPaymentRecord, Page, PaymentRecord, PlannedRecord, RefundRecord
from mockserver.api.schemas import NotificationRecord, PaymentDetails, TimelineRecord, timeline_of
from mockserver.api.searching import Search, begin_of, end_of
from mockserver.domain.kinds import KINDS, NothingPlannedError, do_due_transitions, send_signal
from mockserver.domain.notifications.notification import NotificationFaults
from mockserver.domain.payments.payment import Payment, in_state
from mockserver.domain.refunds import Refund
from mockserver.domain.states import IllegalTransitionError, ImpossibleTransitionError, Transition
from mockserver.domain.timeline import Event
from mockserver.domain.unit_of_work import AccountView, Choice
from mockserver.store.search import find_records
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mockserver.api.records import Shown
    from mockserver.domain.lifecycle import Kind


_FIELDS_OF_PAYMENTS = (("wallet", "sub_pay_method"), ("method", "method"))
_FIELDS_OF_LISTS = (
    "`q` is any part of an id, a description or an amount. `since` and `until` are ISO 8601 instants or days, both"
    " included. An answer with `next` may have more: call again with it as `before`."
)
_PLAN = NoTool("An assistant sees what happened: continue_payment and advance_clock perform what is planned.")
_FORCED = message("{thing} forced from {state} to {wanted}; the gateway does not allow this")


class Filter(Search):
    """Selects objects by state, by the order or trade that they belong to, and a page of them, oldest first.

    With `q`, `wallet`, `method`, `before` or `newest` it is a search, which finds the newest first: by any part of an
    id, a description or an amount, of the wallet or of the gateway's method, in any case. It looks at some thousand
    objects and says where it goes on: in `next`, the value of `before` for the rest. `since` and `until` are ISO 8601
    instants or days, both included.
    """

    wallet: Label = ""
    method: Label = ""
    state: str | None = None
    order_id: str | None = None
    trade_id: str | None = None
    newest: bool = False
    page: PageNumber = 1
    limit: PageSize = 100


class NewState(msgspec.Struct, forbid_unknown_fields=True):
    """The new state; `force` allows a transition that the gateway does not have, without its effect on the balance.

    Without `notify`, the merchant is not notified.
    """

    state: Word
    force: bool = False
    notify: bool = True


class _Tools(NamedTuple):
    list: Tool
    show: Tool | NoTool
    set_state: Tool | NoTool
    signal: Tool | NoTool


class _Resource(NamedTuple):
    """A kind, and the type that the API returns for it."""

    kind: Kind[Any]
    shown: type[Shown]

    @property
    def path(self) -> str:
        return f"/accounts/{{user}}/{self.kind.plural}"

    @property
    def page(self) -> Any:  # noqa: ANN401 - a type
        listed = ListedPaymentRecord if self.kind.record is Payment else self.shown
        return Page[listed]  # type: ignore[valid-type]  # a type created at runtime

    def found(self, visit: Visit, view: AccountView) -> Any:  # noqa: ANN401 - a record of the kind
        name, identifier = self.kind.name, visit.path["id"]
        record = view.get(self.kind.record, identifier)
        if record is None:
            raise ApiError(404, f"No such {name}", f"Account {visit.account.user} has no {name} {identifier}.")
        return record

    def list(self, visit: Visit) -> Page[Any]:
        chosen: Filter = visit.query
        self._check_state(chosen.state)
        if chosen.q or chosen.wallet or chosen.method or chosen.before or chosen.newest:
            return self._search(visit)
        limit, page = chosen.limit, chosen.page
        since, until = begin_of(chosen.since), end_of(chosen.until)
        record = self.kind.record
        with visit.app.store.read(visit.account.user) as view:
            if chosen.order_id is not None or chosen.trade_id is not None:
                trades = _trades_of(view, chosen)
                listed = [
                    one
                    for one in _of_kind(self.kind, view, trades)
                    if chosen.state in {None, one.state} and since <= one.created_at <= until
                ]
                total, listed = len(listed), listed[(page - 1) * limit : page * limit]
            else:
                choice = Choice(since, until, chosen.state, (page - 1) * limit, limit)
                total, listed = view.count(record, choice), view.page(record, choice)
            return self._page(visit, view, total, listed)

    def _page(self, visit: Visit, view: AccountView, total: int, records: Sequence[Any], rest: str = "") -> Page[Any]:
        """A page of records: payments with the delivery of their last notifications, which are read together."""
        if self.kind.record is not Payment:
            return Page(total, [self.shown.of(one) for one in records], rest)
        now, retry_plan = visit.clock.now(), visit.app.settings.retry_plan
        deliveries = view.deliveries([one.trade_id for one in records])
        last = [deliveries.last(one.trade_id, retry_plan, now) for one in records]
        return Page(total, [*map(ListedPaymentRecord.listed, records, last)], rest)

    def _search(self, visit: Visit) -> Page[Any]:
        chosen, record = visit.query, self.kind.record
        if chosen.order_id is not None or chosen.trade_id is not None or chosen.page > 1:
            raise BadValue("A search has no order_id, trade_id or page. Search for the id as q, and go on with before.")
        for name, field in _FIELDS_OF_PAYMENTS:
            if getattr(chosen, name) and field not in record._fields:
                raise BadValue(f"A {self.kind.name} has no {name}. Remove {name} from the query.")
        exact = {"wallet": chosen.wallet, "method": chosen.method, "state": chosen.state or ""}
        found = find_records(visit.app.store, visit.account.user, record, chosen.wanted(chosen.limit, **exact))
        with visit.app.store.read(visit.account.user) as view:
            return self._page(visit, view, len(found.items), found.items, found.rest)

    def show(self, visit: Visit) -> Any:  # noqa: ANN401 - the type of the kind
        with visit.app.store.read(visit.account.user) as view:
            found = self.found(visit, view)
            if not isinstance(found, Payment):
                return self.shown.of(found)
            return PaymentDetails(
                payment=PaymentRecord.of(found),
                refunds=[RefundRecord.of(refund) for refund in view.group(Refund, found.trade_id)],
                timeline=timeline_of(found.trade_id, view),
                notifications=[
                    NotificationRecord.with_attempts(one, view) for one in view.notifications(found.trade_id)
                ],
            )

    def plan(self, visit: Visit) -> Sequence[PlannedRecord]:
        with visit.app.store.read(visit.account.user) as view:
            return [PlannedRecord.of(step) for step in self.kind.planned(self.found(visit, view))]

    def set_state(self, visit: Visit) -> Any:  # noqa: ANN401 - the type of the kind
        wanted, account, now, kind = visit.body, visit.account, visit.clock.now(), self.kind
        self._check_state(wanted.state)
        faults = None if wanted.notify else NotificationFaults(silent=True)
        visit.app.catch_up(account)
        with visit.app.store.unit(account.user) as unit:
            do_due_transitions(unit, account, now)
            found = self.found(visit, unit)
            try:
                record = kind.transition(unit, account, found, Transition(wanted.state, now, faults))
            except IllegalTransitionError as error:
                if not wanted.force:
                    raise ApiError(
                        409,
                        "Illegal transition",
                        f'{error}. Add "force": true to the request to change the state anyway.',
                    ) from None
                changed = in_state(found, wanted.state, now) if isinstance(found, Payment) else found
                record = changed._replace(state=wanted.state, plan=())
                unit.put(record)
                text = _FORCED.format(thing=kind.name, state=found.state, wanted=wanted.state)
                unit.add_event(Event(kind.timeline_of(found), now, "state", 0, text))
            except ImpossibleTransitionError as error:
                raise ApiError(409, "Not possible", f"{error}.") from None
        return self.shown.of(record)

    def signal(self, visit: Visit) -> Any:  # noqa: ANN401 - the type of the kind
        account, now = visit.account, visit.clock.now()
        visit.app.catch_up(account)
        with visit.app.store.unit(account.user) as unit:
            do_due_transitions(unit, account, now)
            try:
                send_signal(unit, self.found(visit, unit), now)
            except NothingPlannedError as error:
                raise ApiError(409, "Nothing planned", f"{str(error).capitalize()}.") from None
            do_due_transitions(unit, account, now)
            return self.shown.of(self.found(visit, unit))

    def operations(self) -> tuple[Operation, ...]:
        name, shown = self.kind.name, self.shown
        one, details = f"{self.path}/{{id}}", PaymentDetails if self.kind.record is Payment else shown
        summary = f"Perform the next planned transition of a {name} now, without waiting."
        tools = self._tools()
        return (
            Operation("GET", self.path, f"List the {self.kind.plural} of an account, oldest first.", self.list,
                      self.page, query=Filter, tool=tools.list),
            Operation("GET", one, f"Get a {name}.", self.show, details, tool=tools.show),
            Operation("GET", f"{one}/plan", f"List the planned transitions of a {name}.", self.plan,
                      list[PlannedRecord], tool=_PLAN),
            Operation("POST", f"{one}/state", f"Change the state of a {name}.", self.set_state, shown, NewState,
                      tool=tools.set_state),
            Operation("POST", f"{one}/signal", summary, self.signal, shown, tool=tools.signal),
        )  # fmt: skip

    def _tools(self) -> _Tools:
        """The tools of coding assistants; an assistant plays payments and refunds, and lists objects of all kinds."""
        name, lister = self.kind.name, f"list_{self.kind.plural}"
        which, states = f"{self.kind.identifier} of the {name}", f"The states are {', '.join(self.kind.states)}."
        other = {name for name, field in _FIELDS_OF_PAYMENTS if field not in self.kind.record._fields}
        listed = Tool(lister, states, summary=f"List the {self.kind.plural} of an account, newest first.",
                      fields=_FIELDS_OF_LISTS, fixed={"newest": True},
                      hidden=("page", "order_id", "trade_id", *other))  # fmt: skip
        scripted = NoTool("Its scenario plays it; queue_scenario selects one.")
        change = Tool(f"change_{name}_state", f"{states} This plays the payer or the bank.", which)
        if self.kind.record is Payment:
            detailed = Tool(f"get_{name}", "With its refunds, its timeline, and the shop's answers.", which)
            follow = Tool(f"continue_{name}", "For one whose scenario waits for a signal, or to save time.", which)
            return _Tools(listed, detailed, change, follow)
        same = NoTool(f"{lister} shows the same fields.")
        return _Tools(listed, same, change if self.kind.record is Refund else scripted, scripted)

    def _check_state(self, state: str | None) -> None:
        if state is not None and state not in set(self.kind.states):
            raise BadValue(f"Expected a state such as {', '.join(self.kind.states)}, not {state!r}.")


def _of_kind(kind: Kind[Any], view: AccountView, trades: list[str]) -> list[Any]:
    """The objects of a kind that belong to trades; only kinds on the timeline of a trade have any."""
    if kind.timeline != "trade_id":
        raise BadValue(f"A {kind.name} belongs to no order. Remove order_id and trade_id from the query.")
    if kind.identifier == "trade_id":
        return [found for trade in trades if (found := view.get(kind.record, trade)) is not None]
    if kind.group == "trade_id":
        return [one for trade in trades for one in view.group(kind.record, trade)]
    wanted = set(trades)
    return [one for one in view.every(kind.record) if kind.timeline_of(one) in wanted]


def _trades_of(view: AccountView, chosen: Filter) -> list[str]:
    """The trades of the order_id, of the trade_id, or of both."""
    if chosen.order_id is None:
        return [chosen.trade_id or ""]
    trades = [payment.trade_id for payment in view.group(Payment, chosen.order_id)]
    return [trade for trade in trades if chosen.trade_id in {None, trade}]


def _timeline(visit: Visit) -> TimelineRecord:
    timeline = visit.path["id"]
    with visit.app.store.read(visit.account.user) as view:
        record = TimelineRecord.of(timeline, view)
    if not record.timeline:
        raise ApiError(404, "No such timeline", f"Account {visit.account.user} has no trade or payout {timeline}.")
    return record


OPERATIONS = (
    *(operation for kind in KINDS.values() for operation in _Resource(kind, SHOWN[kind.name]).operations()),
    Operation("GET", "/accounts/{user}/timelines/{id}", "Get the timeline of a trade or a payout.", _timeline,
              TimelineRecord, tool=NoTool("get_payment has the timeline of a payment.")),
)  # fmt: skip
