"""Demo data in an account of each store, over HTTP: it adds up, and leaves everything else as it is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest

from bench.durability import objects, sums
from bench.durability.case import Case
from bench.durability.evidence import collect
from bench.durability.load import Shop
from mockserver.app import assemble
from mockserver.clock import FrozenClock
from mockserver.demo.plan import plan_trade
from mockserver.demo.player import Trade, fill_account
from mockserver.domain.ledger import Balance
from mockserver.domain.payments.payment import Payment
from mockserver.domain.refunds import Refund
from mockserver.domain.timeline import order_id_in
from mockserver.settings import Settings
from mockserver.testing import ApiRefusedError, MerchantAccount, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.durability.evidence import AccountEvidence
    from mockserver.demo.plan import TradePlan
    from mockserver.domain.unit_of_work import UnitOfWork
    from mockserver.store.contract import Store

ORDERS, DAYS = 150, 5
NOW = FrozenClock().now()
RULES = (
    objects.states_are_legal, objects.histories_are_whole, objects.ids_are_unique, sums.refunds_add_up,
    sums.money_moves_once, sums.balance_adds_up, sums.daily_totals_add_up,
)  # fmt: skip


class FilledSandbox(NamedTuple):
    """A sandbox with demo data between two orders of the merchant, the plan, and what the API says of all."""

    sandbox: Sandbox
    account: MerchantAccount
    plan: TradePlan
    answer: Any


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledSandbox]:
    url = {"memory": "", "sqlite": f"sqlite:///{tmp_path_factory.mktemp('demo') / 'sandbox.db'}"}.get(request.param)
    server = None if url is not None else request.getfixturevalue("postgres")
    database = url if server is None else server.new_database()
    settings = Settings(port=0, seed="tests", database=database or "", log="none", journal_size=5000)
    with Sandbox(settings, clock=FrozenClock()) as sandbox, sandbox.account(seed="tests") as account:
        account.use("declined", times=1, reference="OWN-2")
        create(account, "OWN-1")
        answer = account.demo_data(ORDERS, days=DAYS)
        yield FilledSandbox(sandbox, account, plan_trade("tests", ORDERS, DAYS, NOW), answer)
    if server is not None:
        server.drop(database)


def create(account: MerchantAccount, order_id: str) -> None:
    account.client.create_alipay_mini_payment(
        order_id=order_id, amount="1.00", currency="EUR", description="tea", notify_url=account.merchant.url
    )


def every(filled: FilledSandbox, kind: type[Any]) -> list[Any]:
    with filled.sandbox.app.store.read(filled.account.user) as view:
        return list(view.every(kind))


def test_each_order_becomes_what_the_plan_says(filled: FilledSandbox) -> None:
    plan, found = filled.plan, {one.order_id: one for one in every(filled, Payment)}
    created = [order for order in plan.orders if order.is_created]
    assert found.keys() == {"OWN-1", *(order.order_id for order in created)}
    states = {"reviewed": "paid", "late": "paid"}
    for order in created:
        payment = found[order.order_id]
        assert (payment.created_at, payment.amount, payment.currency) == (order.at, order.amount, order.currency)
        assert (payment.description, payment.demo, payment.sub_pay_method) == (
            order.description, order.payer, order.channel.wallet
        )  # fmt: skip
        if order.decided_at + 15 * 60_000 <= NOW:
            assert payment.state == states.get(order.outcome, order.outcome), order
            assert bool(payment.card) == bool(order.card)
    refunds = {one.trade_id: one for one in every(filled, Refund)}
    planned = {found[order.order_id].trade_id: order.refund for order in created if order.refund}
    assert refunds.keys() == planned.keys()
    assert all(refunds[trade_id].amount == refund.amount for trade_id, refund in planned.items())
    assert {one.state for one in refunds.values()} >= {"refunded", "refund failed"}
    assert (filled.answer.orders, filled.answer.refunds) == (ORDERS, len(planned))


def test_refused_requests_are_in_the_journal_with_their_diagnosis(filled: FilledSandbox) -> None:
    refused = [one for one in filled.account.requests if one.code != "200"]
    mistaken = [order for order in filled.plan.orders if order.mistake]
    assert len(refused) == len(mistaken) == filled.answer.refused_requests > 3
    assert [order_id_in(one.request.encode()) for one in refused] == [order.order_id for order in mistaken]
    assert all(one.reason and one.explanation for one in refused)


def test_what_happened_is_in_order(filled: FilledSandbox) -> None:
    requests = filled.account.requests[1:]
    assert [one.at for one in requests] == sorted(one.at for one in requests)
    assert [one.number for one in requests] == sorted(one.number for one in requests)
    with filled.sandbox.app.store.read(filled.account.user) as view:
        sent = list(view.newest_notifications())
        attempts = [view.attempts(one.number) for one in sent]
    own = {one.trade_id for one in every(filled, Payment) if one.order_id == "OWN-1"}
    assert {one.state for one in sent if one.timeline not in own} <= {"accepted", "given up"}
    assert max(map(len, attempts)) > 1
    assert all(one.at <= NOW for made in attempts for one in made)


def test_it_adds_up_and_nothing_was_sent_to_anybody(filled: FilledSandbox) -> None:
    account = filled.account
    account.clock.advance("1h")  # what was open at the end comes to its end
    shops = [Shop(account.user, account.secret_key, "", [])]
    evidence: list[AccountEvidence] = collect(filled.sandbox.url, shops, cast("Any", SimpleNamespace(arrivals=list)))
    case = Case([], evidence[0], [])
    found = [violation for rule in RULES for violation in rule(case)]
    assert [one for one in found if "requires a confirmation" not in one.sentence] == []  # of a card, which is no state
    account.clock.advance("3d")
    account.wait_until_quiet()
    notified = {one.notification.order_id for one in account.merchant.received if one.notification}
    assert notified == {"OWN-1"}


def test_queued_scenarios_stay_and_more_data_has_other_ids(filled: FilledSandbox) -> None:
    account = filled.account
    create(account, "OWN-2")
    account.clock.advance("1m")
    assert account.wait_for("declined", order_id="OWN-2").state == "declined"
    before = {one.order_id for one in every(filled, Payment)}
    assert account.demo_data(10).orders == 10
    added = [one.order_id for one in every(filled, Payment)]
    assert len(added) == len(set(added)) == len(before) + 10


@pytest.mark.parametrize("wrong", [{"orders": 0}, {"orders": 100_001}, {"days": 0}, {"days": 91}])
def test_numbers_out_of_range_are_refused(filled: FilledSandbox, wrong: dict[str, Any]) -> None:
    with pytest.raises(ApiRefusedError, match=rf"Expected `int` [<>]= .* at `\$.{next(iter(wrong))}`"):
        filled.account.demo_data(**wrong)


def test_an_order_id_of_the_merchant_is_never_used_again(sandbox: Sandbox) -> None:
    wanted = next(order.order_id for order in plan_trade("tests", 3, 7, NOW).orders if order.is_created)
    with sandbox.account(seed="tests") as account:
        create(account, wanted)
        account.demo_data(3)
        assert [one.order_id for one in account.payments].count(wanted) == 1
        assert f"{wanted}-2" in [one.order_id for one in account.payments]


class _Rolled(Exception):
    """Rolls a unit of work back."""


class RepeatingStore:
    """A store that does each work twice, as a database does if the commit with the work of others fails."""

    waits_for_io = True

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def perform(self, user: str, work: Callable[[UnitOfWork], Any]) -> Any:
        def fail(unit: UnitOfWork) -> None:
            work(unit)
            raise _Rolled

        with pytest.raises(_Rolled):
            self._store.perform(user, fail)
        return self._store.perform(user, work)


def test_work_that_a_database_repeats_is_done_once(settings: Settings) -> None:
    found = []
    for is_repeated in (False, True):
        app = assemble(settings, "http://127.0.0.1:1", clock=FrozenClock())
        store = app.store
        if is_repeated:
            app.store = cast("Store", RepeatingStore(store))
        filled = fill_account(app, settings.user, Trade(200))
        with store.read(settings.user) as view:
            sent = [*view.newest_notifications()]
            found.append((filled, view.every(Payment), view.every(Refund), view.every(Balance), view.every_task(), sent,
                          view.deliveries([one.trade_id for one in view.every(Payment)]), view.numbers()))  # fmt: skip
        app.close()
    assert found[0] == found[1]


def test_serving_again_with_the_same_database_adds_nothing(tmp_path: Path) -> None:
    settings = Settings(port=0, database=f"sqlite:///{tmp_path / 'sandbox.db'}", log="none", demo_data=20)
    for _ in range(2):
        with Sandbox(settings, clock=FrozenClock()) as sandbox, sandbox.app.store.read(settings.user) as view:
            assert len(view.every(Payment)) == 20


def test_an_account_in_a_strict_test_can_be_filled(sandbox: Sandbox) -> None:
    with sandbox.account(seed="tests", strict=True) as account:
        assert account.demo_data(120).refused_requests > 1
