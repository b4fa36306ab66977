"""The worker follows the clocks of accounts, says when it does not work, and tries again what has failed."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, TypeVar

import pytest

from mockserver.app import Application, Urls, assemble
from mockserver.clock import ClockSetting, FrozenClock
from mockserver.domain.accounts import Account
from mockserver.scenarios.scenario import ScenarioCatalog
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.scheduler.watch import ClockBusyError
from mockserver.settings import Settings
from mockserver.store.memory import MemoryStore
from mockserver.testing import Merchant, Received
from tests.helpers import SECRET_KEY, USER, Shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mockserver.domain.unit_of_work import UnitOfWork

T = TypeVar("T")
PATIENCE = 30
NOWHERE = "https://mapi.yabandpay.com/notify"  # the gateway's own host, to which nothing is sent


class Pausing:
    """A merchant that answers each notification only when it may go on."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)

    def __call__(self, _: Received) -> tuple[int, bytes]:
        self.arrived.release()
        assert self.go_on.acquire(timeout=PATIENCE)
        return 200, b"ok"


@pytest.fixture
def running(clock: FrozenClock) -> Iterator[Application]:
    app = assemble(Settings(seed="tests"), clock=clock)
    app.start()
    yield app
    app.close()


@pytest.fixture
def shop(running: Application, clock: FrozenClock) -> Shop:
    return Shop(running, clock)


def test_work_comes_sooner_once_a_clock_that_was_set_ahead_is_followed(
    running: Application, shop: Shop, clock: FrozenClock, merchant: Merchant
) -> None:
    shop.create(notify_url=merchant.url)
    running.clocks.of(USER).run(ClockSetting("real", clock.now() + 1000, clock.now()))
    assert running.store.next_due(USER) == clock.now() + 1000
    running.worker.follow_clock(USER)
    assert merchant.wait_for(1, PATIENCE)


def test_work_on_a_clock_that_stands_still_is_done_once_it_is_set_ahead(
    running: Application, shop: Shop, clock: FrozenClock, merchant: Merchant
) -> None:
    own = running.clocks.of(USER)
    own.run(ClockSetting("frozen", clock.now(), 0, 0))
    shop.create(notify_url=merchant.url)
    own.run(ClockSetting("frozen", clock.now() + 1000, 0, 0))
    assert merchant.wait_for(1, PATIENCE)


def test_a_clock_that_runs_again_brings_its_work_by_itself(
    running: Application, shop: Shop, clock: FrozenClock, merchant: Merchant
) -> None:
    own = running.clocks.of(USER)
    own.run(ClockSetting("frozen", clock.now(), 0, 0))
    shop.create(notify_url=merchant.url)
    own.run(ClockSetting("real", clock.now(), clock.now()))
    running.worker.follow_clock(USER)
    clock.advance(1000)
    assert merchant.wait_for(1, PATIENCE)


def test_the_requests_of_a_stepped_clock_bring_its_work(
    running: Application, shop: Shop, clock: FrozenClock, merchant: Merchant
) -> None:
    running.clocks.of(USER).run(ClockSetting("stepped", clock.now(), 0, 0, step=500))
    trade_id = shop.create(notify_url=merchant.url)
    assert shop.state(trade_id) == "processing"
    assert shop.state(trade_id) == "paid"
    assert merchant.wait_for(1, PATIENCE)


def test_nothing_is_done_for_an_account_that_was_forgotten(
    running: Application, shop: Shop, clock: FrozenClock, merchant: Merchant
) -> None:
    running.store.open_account(Account("bert", SECRET_KEY, "b"))
    shop.create(notify_url=NOWHERE)
    running.worker.forget(USER)
    Shop(running, clock, "bert").create(notify_url=merchant.url)
    clock.advance(1000)
    assert merchant.wait_for(1, PATIENCE)
    assert running.store.next_due(USER) == clock.now()


def test_an_advance_waits_for_what_falls_due_while_its_clock_runs_on(
    running: Application, shop: Shop, clock: FrozenClock
) -> None:
    respond = Pausing()
    with Merchant(SECRET_KEY, respond) as slow:
        shop.create(notify_url=slow.url)
        shop.create("declined", notify_url=NOWHERE)
        later = shop.create("review", notify_url=slow.url)
        moving = running.worker.begin_advance(USER, 1500)
        for _ in range(2):
            assert respond.arrived.acquire(timeout=PATIENCE)
            clock.advance(2000)
            respond.go_on.release()
        assert respond.arrived.acquire(timeout=PATIENCE)
        running.worker.check(PATIENCE)
        assert not moving.done()
        assert running.worker.is_advancing(USER)
        respond.go_on.release()
        done = moving.result(PATIENCE)
        assert [event.text for event in done.happened if event.kind == "state"][-1] == "paid"
        assert done.tasks == 8  # four transitions and their deliveries
    assert not running.worker.is_advancing(USER)
    with running.store.read(USER) as view:
        assert [told.state for told in view.notifications(later)] == ["accepted", "accepted"]


def test_a_clock_is_moved_by_one_call_at_a_time(running: Application, shop: Shop) -> None:
    respond = Pausing()
    with Merchant(SECRET_KEY, respond) as slow:
        shop.create(notify_url=slow.url)
        moving = running.worker.begin_advance(USER, 1000)
        assert respond.arrived.acquire(timeout=PATIENCE)
        with pytest.raises(ClockBusyError, match=f"The clock of {USER} is being advanced by another call"):
            running.worker.advance(USER, 0)
        respond.go_on.release()
        assert moving.result(PATIENCE).tasks == 2
    assert running.worker.advance(USER, 0).tasks == 0


def test_a_clock_is_not_moved_while_an_earlier_notification_is_not_answered(
    running: Application, shop: Shop, clock: FrozenClock
) -> None:
    respond = Pausing()
    with Merchant(SECRET_KEY, respond) as slow:
        shop.create(notify_url=slow.url)
        clock.advance(1000)
        assert respond.arrived.acquire(timeout=PATIENCE)
        with pytest.raises(ClockBusyError, match=f"A notification of {USER} is not answered yet"):
            running.worker.advance(USER, 1000)
        assert not running.worker.is_advancing(USER)
        respond.go_on.release()


def test_an_advance_is_noted_on_the_timeline_of_the_clock(running: Application, clock: FrozenClock) -> None:
    begun = running.clocks.of(USER).now()
    running.worker.advance(USER, 1500)
    with running.store.read(USER) as view:
        assert [(event.at, event.text) for event in view.events("clock")] == [(begun, "advanced by 1500ms")]
    assert clock.now() == begun


def test_work_that_is_due_is_done_when_it_is_asked_for(app: Application, clock: FrozenClock) -> None:
    Shop(app, clock).create(notify_url=NOWHERE)
    assert app.worker.run_due(USER) == 0
    clock.advance(1000)
    assert (app.worker.run_due(USER), app.worker.run_due(USER)) == (2, 0)


def test_a_worker_that_has_not_begun_or_has_ended_does_not_work(app: Application, running: Application) -> None:
    running.worker.check()
    running.worker.close()
    for worker in (app.worker, running.worker):
        with pytest.raises(RuntimeError, match="due work and deliveries have stopped"):
            worker.check()


def test_a_worker_that_stands_still_does_not_work(
    running: Application, shop: Shop, clock: FrozenClock, merchant: Merchant
) -> None:
    stands, go_on = threading.Event(), threading.Event()

    def stand_still(*_: object) -> None:
        stands.set()
        go_on.wait(PATIENCE)

    running.worker.on_attempt(stand_still)
    shop.create(notify_url=merchant.url)
    clock.advance(1000)
    assert stands.wait(PATIENCE)
    with pytest.raises(RuntimeError, match=r"due work and deliveries have not run for 0\.01 s"):
        running.worker.check(0.01)
    go_on.set()
    running.worker.check(PATIENCE)


@pytest.mark.parametrize("kept_in", ["memory", "a database"])
def test_only_a_database_has_threads_for_the_work(tmp_path: Path, clock: FrozenClock, kept_in: str) -> None:
    database = f"sqlite:///{tmp_path / 'sandbox.db'}" if kept_in == "a database" else ""
    app, threads = assemble(Settings(database=database, seed="tests"), clock=clock), set[str]()
    Shop(app, clock).create(notify_url=NOWHERE)
    app.store.on_commit(lambda _user, _at: threads.add(threading.current_thread().name))
    clock.advance(1000)
    app.worker.run_due(USER)
    app.close()
    assert {name == "store" for name in threads} == {bool(database)}


class FailingStore(MemoryStore):
    """Fails on the worker's thread while it is broken."""

    broken = True

    def perform(self, user: str, work: Callable[[UnitOfWork], T]) -> T:
        if self.broken and threading.current_thread().name == "due work":
            raise OSError("the disk was busy")
        return super().perform(user, work)


class Log(logging.Handler):
    """The delays after which failed work is tried again."""

    def __init__(self) -> None:
        super().__init__()
        self.delays: list[str] = []
        self.news = threading.Condition()

    def emit(self, record: logging.LogRecord) -> None:
        with self.news:
            self.delays.append(record.getMessage().rpartition("retrying in ")[2])
            self.news.notify_all()

    def wait_for(self, count: int) -> list[str]:
        with self.news:
            assert self.news.wait_for(lambda: len(self.delays) >= count, PATIENCE), self.delays
            return self.delays[:count]


@pytest.fixture
def log() -> Iterator[Log]:
    logger, made = logging.getLogger("mockserver.scheduler.worker"), Log()
    logger.addHandler(made)
    yield made
    logger.removeHandler(made)


def test_work_that_fails_again_is_tried_again_ever_later_until_it_succeeds(clock: FrozenClock, log: Log) -> None:
    store = FailingStore(journal_size=10)
    store.open_account(Account(USER, SECRET_KEY, "tests"))
    app = Application(Settings(), Urls("http://127.0.0.1:1"), clock, store, ScenarioCatalog(SHIPPED_SCENARIOS))
    app.start()
    Shop(app, clock).create(notify_url=NOWHERE)
    clock.advance(1000)
    for count in range(1, 9):
        app.worker.wake(USER, 0)
        log.wait_for(count)
    assert log.wait_for(8) == ["1 s", "2 s", "4 s", "8 s", "16 s", "32 s", "60 s", "60 s"]
    committed = threading.Event()
    store.on_commit(lambda _user, _at: committed.set())
    store.broken = False
    app.worker.wake(USER, 0)
    assert committed.wait(PATIENCE)
    app.worker.check(PATIENCE)
    failed, store.broken = len(log.delays), True
    app.worker.wake(USER, 0)
    assert log.wait_for(failed + 1)[-1] == "1 s"
    app.close()


class VanishingStore(MemoryStore):
    """Has a missing account on the worker's thread once its merchant has been notified."""

    def __init__(self, *, drops: bool) -> None:
        super().__init__(journal_size=10)
        self.drops = drops
        self.notified = threading.Event()
        self.missed = threading.Event()

    def perform(self, user: str, work: Callable[[UnitOfWork], T]) -> T:
        if self.notified.is_set() and threading.current_thread().name == "due work":
            if self.drops:
                self.drop_account(user)
            self.missed.set()
            raise KeyError(user)
        return super().perform(user, work)


@pytest.mark.parametrize("drops", [True, False])
def test_only_the_result_for_an_account_that_is_gone_may_be_lost(
    clock: FrozenClock, caplog: pytest.LogCaptureFixture, *, drops: bool
) -> None:
    store = VanishingStore(drops=drops)
    store.open_account(Account(USER, SECRET_KEY, "tests"))
    app = Application(Settings(), Urls("http://127.0.0.1:1"), clock, store, ScenarioCatalog(SHIPPED_SCENARIOS))
    app.start()

    def respond(_: Received) -> tuple[int, bytes]:
        store.notified.set()
        return 200, b"ok"

    with Merchant(SECRET_KEY, respond) as merchant:
        Shop(app, clock).create(notify_url=merchant.url)
        clock.advance(1000)
        assert store.missed.wait(PATIENCE)
        app.worker.check(PATIENCE)
    app.close()
    assert ("The result of notification 1 could not be stored" in caplog.text) is not drops
