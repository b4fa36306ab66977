"""Makes planned trade real: requests through the gateway, transitions, payers and deliveries, in an account's past.

It works in small units of work, so requests that arrive meanwhile are answered. Nothing is sent: deliveries are
recorded with the answers that the plan says. What is still open at the end of the plan becomes due work of the account.
"""

from __future__ import annotations

from functools import partial
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, cast

from mockserver.clock import Clocks
from mockserver.demo import RUNS
from mockserver.demo.mistakes import mistaken_request
from mockserver.demo.past import PastClock, PastStore
from mockserver.demo.plan import MINUTE, SECOND, plan_trade, request_data
from mockserver.domain.codes import SUCCESS
from mockserver.domain.kinds import do_due_transitions
from mockserver.domain.money import amount_text
from mockserver.domain.notifications.notification import ACKNOWLEDGEMENT, Attempt, next_attempt
from mockserver.domain.notifications.outbox import store_attempt
from mockserver.domain.payments.payer import choose, pay_by_card
from mockserver.domain.payments.payment import Payment
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.domain.refunds import REFUND, Refund
from mockserver.domain.states import PlannedTransition
from mockserver.gateway.answer import Answer
from mockserver.gateway.endpoint import Gateway
from mockserver.gateway.example import DOCUMENTED_DATA
from mockserver.gateway.profile import gateway_rules
from mockserver.gateway.request import Request
from mockserver.signing.signature import signed_request
from mockserver.threads import breathe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mockserver.app import Application
    from mockserver.demo.plan import Outcome, PlannedOrder, PlannedPayout, RefundOutcome, TradePlan
    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Notification
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.store.contract import Store

_REFUND_DELAY = 40 * SECOND
_REVIEW, _LATENESS, _CONFIRMATION = 10 * MINUTE, 4 * MINUTE, 25 * SECOND
_SCENARIOS: Mapping[Outcome, str] = MappingProxyType(
    {
        "paid": "default", "reviewed": "review", "late": "paid-after-close", "declined": "declined",
        "failed": "failed", "cancelled": "cancelled", "expired": "never-paid",
    }
)  # fmt: skip
_REFUND_SCENARIOS: Mapping[RefundOutcome, str] = MappingProxyType(
    {"refunded": "default", "failed": "refund-failed", "awaiting approval": "refund-approval"}
)
_FAULTS = (
    (500, b"Internal Server Error", "", 312),
    (None, b"", "no answer within 10 s", 10_000),
    (502, b"<html><h1>502 Bad Gateway</h1></html>", "", 41),
    (200, b'{"status":"success"}', "", 187),
    (None, b"", "the connection was closed without an answer", 95),
    (200, b"<br />\n<b>Warning</b>: Undefined array key in /var/www/notify.php\nok", "", 133),
)
"""The answers of a shop that does not acknowledge: status, body, error and milliseconds."""

_UNEXPLAINED = "This request is older than the journal, so it has no diagnosis."


class AccountChangedError(Exception):
    """The account was emptied while it was filled."""


class Trade(NamedTuple):
    """How many orders to fill an account with, and over how many days; an empty seed is that of the account."""

    orders: int
    days: int = 7
    seed: str = ""


class Filled(NamedTuple):
    """What an account was filled with: the numbers of orders, of refunds and of refused requests."""

    orders: int = 0
    refunds: int = 0
    refused_requests: int = 0


class _Step(NamedTuple):
    """Something that the shop or a payer does at an instant."""

    at: int
    number: int
    act: Callable[[_Step, UnitOfWork], None]
    order: PlannedOrder
    is_alone: bool = False


def fill_account(app: Application, user: str, trade: Trade, *, once: bool = False) -> Filled:
    """Fill an account with orders of the last days of its clock, and what became of them.

    With `once`, an account that was filled before, by any process, stays as it is.

    Raises:
        KeyError: there is no such account, or it was dropped meanwhile.
        AccountChangedError: the account was emptied meanwhile.
    """

    def begin(unit: UnitOfWork) -> tuple[Account, int]:
        earlier = unit.last_number(RUNS)
        if not (once and earlier):
            unit.next_number(RUNS)
        return unit.account, earlier

    account, earlier = app.store.perform(user, begin)
    if once and earlier:
        return Filled()
    plan = plan_trade(trade.seed or account.seed, trade.orders, trade.days, app.clocks.of(user).now(), earlier)
    return _Player(app, account, plan).play()


class _Player:
    """Plays a plan in one account."""

    def __init__(self, app: Application, account: Account, plan: TradePlan) -> None:
        self._app = app
        self._account = account
        self._plan = plan
        self._clock = PastClock(0)
        self._past = PastStore(app.store)
        clocks = Clocks(self._clock, lambda _user: None, lambda _user, _change: None)
        rules = gateway_rules(app.profile, _REFUND_DELAY, app.addresses.seen_from)
        self._gateway = Gateway(cast("Store", self._past), clocks, app.catalog, rules, app.secrets)
        self._addresses = {name: DOCUMENTED_DATA[name] for name in ("notify_url", "redirect_url")}
        self._trades: dict[str, PlannedOrder] = {}
        self._trade_ids: dict[str, str] = {}
        self._refunds: set[str] = set()
        self._refused = 0

    def play(self) -> Filled:
        steps = sorted(self._steps(), key=lambda step: step[:2])
        diagnosed_from = len(steps) - self._app.settings.journal_size
        user, most = self._account.user, self._app.store.at_once
        place = 0
        while place < len(steps):
            breathe()  # requests of the account come before the next unit of work
            if steps[place].is_alone:  # its diagnosis takes long, so it is made before the unit of work begins
                self._refuse(steps[place], is_diagnosed=place >= diagnosed_from)
                place += 1
                continue
            batch = [steps[place]]
            while len(batch) < most and place + len(batch) < len(steps) and not steps[place + len(batch)].is_alone:
                batch.append(steps[place + len(batch)])
            self._past.perform(user, partial(self._do, batch))
            place += len(batch)
        while self._past.perform(user, partial(self._do_due, self._plan.now, most)) == most:
            pass
        left = self._past.tasks.all()

        def schedule_left(unit: UnitOfWork) -> None:
            for task in left:
                unit.schedule(task)

        self._app.store.perform(user, schedule_left)
        return Filled(len(self._trade_ids), len(self._refunds), self._refused)

    def _steps(self) -> Iterator[_Step]:
        """All that happens until the end of the plan, with a number that orders what happens at the same instant."""
        numbers, now = count(), self._plan.now
        for order in self._plan.orders:
            if order.mistake:
                yield _Step(order.mistaken_at, next(numbers), self._create, order, is_alone=True)
            if not order.is_created:
                continue
            yield _Step(order.at, next(numbers), self._create, order)
            if order.card and order.decided_at <= now:
                yield _Step(order.decided_at, next(numbers), self._enter_card, order)
                yield _Step(min(order.decided_at + _CONFIRMATION, now), next(numbers), self._confirm, order)
            if order.queried_at is not None and order.queried_at <= now:
                yield _Step(order.queried_at, next(numbers), self._query, order)
            if order.refund is not None:
                yield _Step(order.refund.at, next(numbers), self._refund, order)
        for payout in self._plan.payouts:
            yield _Step(payout.at, next(numbers), partial(self._pay_out, payout), self._plan.orders[0])

    def _do(self, batch: Sequence[_Step], unit: UnitOfWork) -> None:
        if unit.account.generation != self._account.generation:
            raise AccountChangedError
        for step in batch:
            self._do_due(step.at, None, unit)
            self._clock.instant = step.at
            step.act(step, unit)

    def _do_due(self, until: int, most: int | None, unit: UnitOfWork) -> int:
        """Do the transitions and deliveries up to an instant, at most a number of them; returns how many."""
        tasks, done = self._past.tasks, 0
        while (most is None or done < most) and (due := tasks.next_due(until)) is not None:
            at, queue = due
            self._clock.instant = at
            if queue == "transitions":
                do_due_transitions(unit, unit.account, at, 1)
            else:
                self._deliver(unit, at)
            done += 1
        return done

    def _deliver(self, unit: UnitOfWork, at: int) -> None:
        """Record an attempt. Those whose retry would come after the end of the plan are acknowledged."""
        place = self._past.tasks.deliveries.take_due(at)
        notification = None if place is None else unit.notification(int(place[2][1]))
        if notification is None or notification.state != "pending":
            return
        order = self._trades.get(notification.timeline)
        made, retry_plan = unit.attempts(notification.number), self._app.settings.retry_plan
        if order is not None and len(made) < order.misses:
            missed = _attempt(notification, at, *_FAULTS[order.fault % len(_FAULTS)])
            again = next_attempt([*made, missed], retry_plan, at + missed.duration)
            if again is None or again <= self._plan.now:
                store_attempt(unit, notification, missed, retry_plan, at + missed.duration)
                return
        took = 40 + (notification.number * 37) % 260
        answered = _attempt(notification, at, 200, ACKNOWLEDGEMENT, "", took)
        store_attempt(unit, notification, answered, retry_plan, at + took)

    def _send(self, method: str, data: Mapping[str, str], scenario: str, mistake: str = "") -> Request:
        unsigned = {"user": self._account.user, "method": method, "time": self._clock.instant // 1000, "data": data}
        key = self._account.secret_key
        body = mistaken_request(mistake, unsigned, key) if mistake else signed_request(unsigned, key)
        return Request("POST", body, scenario)

    def _answer(self, request: Request) -> Answer:
        """The answer to a request; what it creates belongs to the past."""
        self._past.tasks.creating = True
        try:
            return self._gateway.answer(request)
        finally:
            self._past.tasks.creating = False

    def _refuse(self, step: _Step, *, is_diagnosed: bool) -> None:
        self._clock.instant = step.at
        self._refused += 1
        order = step.order
        data = request_data(order, self._addresses)
        answer = self._gateway.start(self._send(order.channel.method, data, "default", order.mistake)).finish()
        if not isinstance(answer, Answer):
            _ = answer.explained() if is_diagnosed else answer.unexplained(_UNEXPLAINED)

    def _create(self, step: _Step, unit: UnitOfWork) -> None:
        order = step.order
        data = request_data(order, self._addresses)
        while unit.group(Payment, data["order_id"]):  # the merchant's own
            data["order_id"] += "-2"
        scenario = "default" if order.card else _SCENARIOS[order.outcome]
        entry = self._answer(self._send(order.channel.method, data, scenario)).entry
        payment = unit.get(Payment, entry.trade_id) if entry.code == SUCCESS else None
        if payment is None:
            return
        self._trades[payment.trade_id], self._trade_ids[order.order_id] = order, payment.trade_id
        payment = payment._replace(plan=_plan_of(order, payment))
        unit.put(payment)
        PAYMENT.plan_next(unit, payment)

    def _payment(self, order: PlannedOrder, unit: UnitOfWork) -> Payment | None:
        trade_id = self._trade_ids.get(order.order_id)
        return None if trade_id is None else unit.get(Payment, trade_id)

    def _enter_card(self, step: _Step, unit: UnitOfWork) -> None:
        payment = self._payment(step.order, unit)
        if payment is not None and payment.state in {"pending", "processing"}:
            pay_by_card(unit, unit.account, payment, step.order.card, step.at)

    def _confirm(self, step: _Step, unit: UnitOfWork) -> None:
        """Confirm a payment at the payer's bank, if the bank has asked for it."""
        payment = self._payment(step.order, unit)
        if (
            payment is not None
            and payment.card is not None
            and payment.card.challenged
            and payment.state == "processing"
        ):
            choose(unit, unit.account, payment, "paid", step.at)

    def _query(self, step: _Step, unit: UnitOfWork) -> None:
        payment = self._payment(step.order, unit)
        if payment is not None:
            self._gateway.answer(self._send("v3.QueryOrder", {"trade_id": payment.trade_id}, "default"))

    def _refund(self, step: _Step, unit: UnitOfWork) -> None:
        payment, refund = self._payment(step.order, unit), step.order.refund
        if payment is None or refund is None:
            return
        data = {
            "trade_id": payment.trade_id, "refund_amount": amount_text(refund.amount),
            "refund_currency": payment.currency, "refund_description": refund.reason,
        }  # fmt: skip
        answer = self._answer(self._send("v3.CreateRefund", data, _REFUND_SCENARIOS[refund.outcome]))
        if answer.entry.code != SUCCESS:
            return
        self._refunds.add(payment.trade_id)
        if refund.outcome == "awaiting approval":
            for made in unit.group(Refund, payment.trade_id):
                waiting = made._replace(plan=_on_signal(made.plan))
                unit.put(waiting)
                REFUND.plan_next(unit, waiting)

    def _pay_out(self, payout: PlannedPayout, _step: _Step, _unit: UnitOfWork) -> None:
        data = {
            "command": "payout", "nonce_string": payout.reference, "amount": amount_text(payout.amount),
            "currency": "EUR", "reference": payout.reference, "notify_url": self._addresses["notify_url"],
        }  # fmt: skip
        self._answer(self._send("v3.MerchantBalance", data, "default"))


def _attempt(  # noqa: PLR0913, PLR0917 - the parts of an attempt
    notification: Notification, at: int, status: int | None, answer: bytes, error: str, duration: int
) -> Attempt:
    return Attempt(notification.number, 0, at, notification.url, notification.body, status, answer, error, duration)


def _plan_of(order: PlannedOrder, payment: Payment) -> tuple[PlannedTransition, ...]:
    """What becomes of a payment, unless it is paid by card or expires."""
    at, expires_at = order.decided_at, payment.expires_at
    if order.card or order.outcome == "expired":
        return ()
    if order.outcome == "reviewed":
        return PlannedTransition(at, "verify"), PlannedTransition(at + _REVIEW, "paid", after=_REVIEW)
    if order.outcome == "late":
        paid = PlannedTransition(expires_at + _LATENESS, "paid", after=_LATENESS, forced=True)
        return PlannedTransition(expires_at, "expired"), paid
    return (PlannedTransition(at, order.outcome),)


def _on_signal(plan: tuple[PlannedTransition, ...]) -> tuple[PlannedTransition, ...]:
    """A plan whose first step waits until somebody signals it."""
    later = tuple(step._replace(at=None) for step in plan)
    return (later[0]._replace(on_signal=True), *later[1:]) if later else ()
