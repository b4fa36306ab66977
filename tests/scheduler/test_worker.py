"""Due work: payments move on and merchants are notified, in order, on the account's clock."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from mockserver.app import Application, Urls, assemble
from mockserver.clock import SystemClock
from mockserver.delivery import destination
from mockserver.delivery.destination import parse_mapping
from mockserver.delivery.dispatcher import Delivery, DeliveryResult
from mockserver.domain.accounts import Account
from mockserver.domain.timeline import Task
from mockserver.scenarios.scenario import ScenarioCatalog
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.settings import Settings
from mockserver.store.memory import MemoryStore
from mockserver.testing import Merchant, Received, Sandbox
from tests.helpers import SECRET_KEY, USER, create, query
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mockserver.clock import FrozenClock
    from mockserver.domain.notifications.notification import Attempt, Notification
    from mockserver.domain.unit_of_work import UnitOfWork

T = TypeVar("T")

PATIENCE = 30


class Attempts:
    """Hears of every attempt, and waits until enough were made."""

    def __init__(self, app: Application) -> None:
        self.heard: list[tuple[Notification, Attempt]] = []
        self._news = threading.Condition()
        app.worker.on_attempt(self._take)

    def _take(self, _user: str, notification: Notification, attempt: Attempt) -> None:
        with self._news:
            self.heard.append((notification, attempt))
            self._news.notify_all()

    def wait_for(self, count: int) -> list[Attempt]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.heard) >= count, PATIENCE), self.heard
            return [attempt for _, attempt in self.heard]


@pytest.fixture(params=["memory", "sqlite"])
def running(request: pytest.FixtureRequest, clock: FrozenClock, tmp_path: Path) -> Iterator[Application]:
    """A sandbox whose worker runs on a frozen clock, on either store."""
    database = f"sqlite:///{tmp_path / 'sandbox.db'}" if request.param == "sqlite" else ""
    app = assemble(Settings(database=database, seed="tests", retry_plan=(15_000, 30_000)), clock=clock)
    app.start()
    yield app
    app.close()


def timeline(app: Application, trade_id: str) -> list[tuple[str, str]]:
    with app.store.unit(USER) as unit:
        return [(event.kind, event.sentence) for event in unit.events(trade_id)]


def test_a_payment_is_paid_after_the_pay_delay_and_the_merchant_is_reported(
    running: Application, clock: FrozenClock, merchant: Merchant
) -> None:
    trade_id = create(running, notify_url=merchant.url)["data"]["trade_id"]
    clock.advance(999)
    assert query(running, trade_id)["data"]["transaction_info"]["state"] == "processing"
    clock.advance(1)
    received = merchant.wait_for(1)[0]
    assert received.notification is not None
    assert (received.notification.trade_id, received.notification.state) == (trade_id, "paid")
    assert query(running, trade_id)["data"]["transaction_info"]["state"] == "paid"


def test_every_change_of_state_is_reported(running: Application, clock: FrozenClock, merchant: Merchant) -> None:
    attempts = Attempts(running)
    create(running, scenario="review", notify_url=merchant.url)
    clock.advance(1000)
    attempts.wait_for(1)
    clock.advance(2000)
    attempts.wait_for(2)
    assert [item.notification and item.notification.state for item in merchant.received] == ["verify", "paid"]


def test_an_attempt_is_kept_with_what_was_sent_and_answered(
    running: Application, clock: FrozenClock, merchant: Merchant
) -> None:
    attempts = Attempts(running)
    trade_id = create(running, notify_url=merchant.url)["data"]["trade_id"]
    clock.advance(1000)
    attempt = attempts.wait_for(1)[0]
    assert (attempt.number, attempt.at, attempt.url) == (1, clock.now(), merchant.url)
    assert attempt.sent == merchant.received[0].body
    assert (attempt.status, attempt.answer, attempt.error) == (200, b"ok", "")
    assert attempt.duration >= 0
    with running.store.unit(USER) as unit:
        assert [reported.state for reported in unit.notifications(trade_id)] == ["accepted"]
        assert unit.attempts(1) == [attempt]
    assert running.store.next_due(USER) is None
    kinds = timeline(running, trade_id)
    assert kinds[:4] == [
        ("request", "v3.CreatePaymentsAlipayMiniPay"), ("state", "processing"), ("state", "paid"), ("notification", "paid")
    ]  # fmt: skip
    assert kinds[4][0] == "attempt"
    assert kinds[4][1].startswith("accepted (")


def test_a_notification_is_sent_again_by_the_plan_until_it_is_accepted(
    running: Application, clock: FrozenClock
) -> None:
    answers = iter([(500, b"ok"), (200, b"bad"), (200, b"ok")])
    attempts = Attempts(running)
    with Merchant(SECRET_KEY, lambda _: next(answers)) as forgetful:
        create(running, notify_url=forgetful.url)
        start = clock.now() + 1000
        for number, delay in enumerate((1000, 15_000, 15_000), start=1):
            clock.advance(delay)
            attempts.wait_for(number)
    assert [attempt.at - start for attempt in attempts.wait_for(3)] == [0, 15_000, 30_000]
    assert [attempt.accepted for attempt in attempts.wait_for(3)] == [False, False, True]
    assert len({received.body for received in forgetful.received}) == 1


def test_a_notification_that_is_never_accepted_is_given_up_when_the_plan_ends(
    running: Application, clock: FrozenClock
) -> None:
    attempts = Attempts(running)
    with Merchant(SECRET_KEY, lambda _: (200, b"bad")) as stubborn:
        trade_id = create(running, notify_url=stubborn.url)["data"]["trade_id"]
        for number, delay in enumerate((1000, 15_000, 15_000), start=1):
            clock.advance(delay)
            attempts.wait_for(number)
    with running.store.unit(USER) as unit:
        assert [reported.state for reported in unit.notifications(trade_id)] == ["given up"]
    assert running.store.next_due(USER) is None
    assert timeline(running, trade_id)[-1][1].startswith("not accepted: answered 200 with 'bad' instead of ok")


def test_the_gateways_own_host_is_refused_once_with_the_setting_that_helps(
    running: Application, clock: FrozenClock
) -> None:
    attempts = Attempts(running)
    trade_id = create(running, notify_url="https://mapi.yabandpay.com/notify")["data"]["trade_id"]
    clock.advance(1000)
    attempt = attempts.wait_for(1)[0]
    assert "--notify-map https://mapi.yabandpay.com=" in attempt.error
    assert attempt.sent == b""
    with running.store.unit(USER) as unit:
        assert [reported.state for reported in unit.notifications(trade_id)] == ["refused"]
    assert running.store.next_due(USER) is None


def test_a_mapped_notification_is_signed_as_without_the_map(clock: FrozenClock, merchant: Merchant) -> None:
    mapping = parse_mapping(f"https://shop.example={merchant.url.removesuffix('/notify')}")
    app = assemble(Settings(notify_map=(mapping,)), clock=clock)
    app.start()
    create(app, notify_url="https://shop.example/notify")
    clock.advance(1000)
    assert merchant.wait_for(1)[0].notification is not None
    app.close()


def test_due_work_that_the_store_holds_is_done_by_the_next_process(
    clock: FrozenClock, merchant: Merchant, tmp_path: Path
) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path / 'sandbox.db'}")
    first = assemble(settings, clock=clock)
    trade_id = create(first, notify_url=merchant.url)["data"]["trade_id"]
    first.close()
    clock.advance(5000)
    second = assemble(settings, clock=clock)
    second.start()
    notification = merchant.wait_for(1)[0].notification
    assert notification is not None
    assert notification.trade_id == trade_id
    second.close()


def test_a_delivery_that_died_with_its_process_is_sent_by_the_next(
    clock: FrozenClock, merchant: Merchant, tmp_path: Path
) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path / 'sandbox.db'}")
    with Merchant(SECRET_KEY) as gone:
        url = gone.url
    first = assemble(settings, clock=clock)
    create(first, notify_url=url)
    clock.advance(1000)
    first.worker._dispatcher.close()
    first.worker.run_due(USER)
    first.close()
    mapping = parse_mapping(f"{url.removesuffix('/notify')}={merchant.url.removesuffix('/notify')}")
    second = assemble(Settings(database=settings.database, notify_map=(mapping,)), clock=clock)
    second.start()
    clock.advance(25_000)
    assert merchant.wait_for(1)
    second.close()


def pending_deliveries(app: Application) -> int:
    with app.store.read(USER) as view:
        return view.pending_deliveries()


class ForgetfulStore(MemoryStore):
    """Fails the first time that somebody performs due work."""

    failed = False

    def perform(self, user: str, work: Callable[[UnitOfWork], T]) -> T:
        if not self.failed and threading.current_thread().name == "due work":
            self.failed = True
            raise OSError("the disk was busy")
        return super().perform(user, work)


@pytest.mark.slow
def test_work_that_fails_is_tried_again_a_second_later(
    clock: FrozenClock, merchant: Merchant, caplog: pytest.LogCaptureFixture
) -> None:
    store = ForgetfulStore(journal_size=10)
    store.open_account(Account(USER, SECRET_KEY, "tests"))
    app = Application(Settings(), Urls("http://127.0.0.1:1"), clock, store, ScenarioCatalog(SHIPPED_SCENARIOS))
    app.start()
    create(app, notify_url=merchant.url)
    clock.advance(1000)
    while not store.failed:
        threading.Event().wait(0.001)
    while store.next_due(USER) is not None and not merchant.received:
        clock.advance(1000)
        threading.Event().wait(0.001)
    assert merchant.wait_for(1)
    app.close()
    assert "the disk was busy" in caplog.text


def test_tasks_about_nothing_are_passed_over(running: Application, clock: FrozenClock, merchant: Merchant) -> None:
    with running.store.unit(USER) as unit:
        unit.schedule(Task(clock.now(), "payment", "no such trade"))
        unit.schedule(Task(clock.now(), "notification", "77"))
    create(running, notify_url=merchant.url)
    clock.advance(1000)
    assert merchant.wait_for(1)


def test_work_in_the_far_future_does_not_stop_the_worker(merchant: Merchant) -> None:
    app = assemble(Settings(pay_delay=0))
    with app.store.unit(USER) as unit:
        unit.schedule(Task(app.clock.now() + 10**15, "payment", "in 30,000 years"))
    app.start()
    create(app, notify_url=merchant.url)
    assert merchant.wait_for(1)
    app.close()


def test_two_payments_are_paid_in_the_order_of_their_instants(running: Application, clock: FrozenClock) -> None:
    order: list[str] = []
    lock = threading.Lock()

    def respond(received: Received) -> tuple[int, bytes]:
        with lock:
            order.append(received.notification.order_id if received.notification else "?")
        return 200, b"ok"

    with Merchant(SECRET_KEY, respond) as shop:
        create(running, order_id="DECLINED-slow", notify_url=shop.url)
        create(running, order_id="fast", notify_url=shop.url)
        clock.advance(1000)
        shop.wait_for(1)
        clock.advance(1000)
        shop.wait_for(2)
    assert order == ["fast", "DECLINED-slow"]


def test_on_the_real_clock_nobody_has_to_move_time(merchant: Merchant) -> None:
    with Sandbox(Settings(port=0, pay_delay=20)) as sandbox:
        sandbox.client().create_alipay_mini_payment(
            order_id="1", amount="24.99", currency="EUR", description="Tea", notify_url=merchant.url
        )
        assert merchant.wait_for(1)[0].notification is not None


@pytest.mark.parametrize("database", [False, True])
def test_a_result_that_comes_after_the_stop_is_dropped(tmp_path: Path, *, database: bool) -> None:
    """Its claim stays in the store. The threads that would store it have ended, which is no error to be logged."""
    url = f"sqlite:///{tmp_path / 'sandbox.db'}" if database else ""
    app = assemble(Settings(database=url, log="none"))
    app.start()
    app.worker.close()
    late = Delivery(USER, 1, 1, "t1", 0, "https://shop.example", b"{}")

    async def within() -> None:
        with pytest.raises(asyncio.CancelledError):
            await app.worker._store_result(late, DeliveryResult(late.url, 200, b"ok", "", 1))

    asyncio.run(within())
    app.close()


class LosingStore(MemoryStore):
    """A store that fails to store the first result of a delivery."""

    is_asked = False

    async def perform_soon(self, user: str, work: Callable[[UnitOfWork], Any], *, skips_busy: bool = False) -> Any:
        if not skips_busy and not self.is_asked:
            self.is_asked = True
            raise RuntimeError("no room for the result")
        return await super().perform_soon(user, work, skips_busy=skips_busy)


def test_a_delivery_whose_result_could_not_be_stored_is_made_again(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(destination, "_SLACK", 0)
    store, settings = LosingStore(10), Settings(pay_delay=0, notify_timeout=200)
    store.open_account(Account(USER, SECRET_KEY, "tests"))
    with closing(Application(settings, Urls(), SystemClock(), store, ScenarioCatalog(SHIPPED_SCENARIOS))) as app:
        app.start()
        create(app, notify_url=merchant.url)
        merchant.wait_for(2)
        wait_until(lambda: pending_deliveries(app) == 0)
    assert "The result of notification 1 could not be stored" in caplog.text
