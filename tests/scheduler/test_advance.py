"""Moving an account's clock: all work on the way is done when it falls due, with what that causes in turn."""

from __future__ import annotations

import json
import threading
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from mockserver.app import Application, assemble
from mockserver.clock import ClockSetting, FrozenClock
from mockserver.domain.accounts import Account
from mockserver.domain.notifications.notification import Notification
from mockserver.domain.timeline import NOTIFICATION, Task
from mockserver.scheduler import watch
from mockserver.scheduler.watch import ClockBusyError
from mockserver.settings import Settings
from mockserver.store.sql.opening import open_sql_store
from mockserver.testing import Merchant, Received
from mockserver.threads import StoppedError
from tests.helpers import SECRET_KEY, USER, Shop
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = 1_732_672_545_000
MINUTE = 60_000
DAY = 24 * 60 * MINUTE


@pytest.fixture(params=["memory", "sqlite"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Application]:
    """A running sandbox whose account's clock is frozen."""
    database = f"sqlite:///{tmp_path / 'sandbox.db'}" if request.param == "sqlite" else ""
    app = assemble(Settings(database=database, seed="tests"))
    app.clocks.of(USER).run(ClockSetting("frozen", 2 * START, 0, 0))
    app.start()
    yield app
    app.close()


@pytest.fixture
def shop(running: Application) -> Shop:
    return Shop(running, FrozenClock())


def happened(app: Application, milliseconds: int) -> list[tuple[int, str]]:
    """The seconds after the start and the text of each event that moving the clock brings."""
    advance = app.worker.advance(USER, milliseconds)
    return [((event.at - 2 * START) // 1000, event.text.partition(" (")[0]) for event in advance.happened
            if event.kind in {"state", "attempt"}]  # fmt: skip


def test_a_payment_is_paid_and_notified_on_the_way(running: Application, shop: Shop, merchant: Merchant) -> None:
    trade_id = shop.create(notify_url=merchant.url)
    assert shop.state(trade_id) == "processing"
    assert happened(running, 999) == []
    assert happened(running, 1)[0] == (1, "paid")
    assert shop.state(trade_id) == "paid"
    received = merchant.received[0].notification
    assert received is not None
    assert received.data["paid_time"] == str((2 * START + 1000) // 1000)


def test_retries_fall_due_at_their_planned_instants(running: Application, shop: Shop) -> None:
    with Merchant(SECRET_KEY, lambda _: (200, b"not yet")) as forgetful:
        trade_id = shop.create(notify_url=forgetful.url)
        advance = running.worker.advance(USER, DAY)
        assert len(forgetful.received) == 10
    with running.store.unit(USER) as unit:
        [reported] = unit.notifications(trade_id)
        attempts = unit.attempts(reported.number)
    seconds = [(attempt.at - attempts[0].at) // 1000 for attempt in attempts]
    assert seconds == [0, 15, 30, 60, 300, 1800, 3600, 7200, 21_600, 54_000]
    assert reported.state == "given up"
    assert (advance.started, advance.ended) == (2 * START, 2 * START + DAY)


def test_a_delivery_that_ends_while_due_work_is_asked_for_is_retried_in_time(
    running: Application, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_due, deliveries = running.store.next_due, running.worker._in_flight

    def slowly(user: str) -> int | None:
        due = next_due(user)
        if running.store.waits_for_io:  # on a thread, so the delivery ends meanwhile
            wait_until(lambda: deliveries.oldest(user) is None)
        return due

    monkeypatch.setattr(running.store, "next_due", slowly)
    with Merchant(SECRET_KEY, lambda _: (200, b"not yet")) as forgetful:
        trade_id = shop.create(notify_url=forgetful.url)
        running.worker.advance(USER, MINUTE)
    with running.store.read(USER) as view:
        [reported] = view.notifications(trade_id)
        attempts = view.attempts(reported.number)
    assert [(attempt.at - attempts[0].at) // 1000 for attempt in attempts] == [0, 15, 30]


def test_of_two_advances_at_once_one_is_refused(running: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    begin_advance, begun, go_on = running.store.begin_advance, threading.Event(), threading.Event()

    def begin(user: str, seconds: float) -> bool:
        begun.set()
        if running.store.waits_for_io:  # on a thread, so another may begin meanwhile
            go_on.wait()
        return begin_advance(user, seconds)

    monkeypatch.setattr(running.store, "begin_advance", begin)
    first = running.worker.begin_advance(USER, MINUTE)
    begun.wait()
    if not running.store.waits_for_io:
        first.result()
    second = running.worker.begin_advance(USER, MINUTE)
    go_on.set()
    assert first.exception() is None
    assert isinstance(second.exception(), ClockBusyError if running.store.waits_for_io else type(None))


def test_a_refund_and_an_expiry_fall_due_in_their_order(running: Application, shop: Shop, merchant: Merchant) -> None:
    shop.create("default", timeout="1", notify_url=merchant.url)
    shop.create("expired", notify_url=merchant.url)
    shop.create("review", notify_url=merchant.url)
    states = [text for _, text in happened(running, 10 * MINUTE) if not text.startswith("accepted")]
    assert states == ["paid", "verify", "expired", "paid"]


def test_one_accounts_time_is_not_anothers(running: Application, shop: Shop) -> None:
    running.store.open_account(Account("bert", SECRET_KEY, "b", clock=ClockSetting("frozen", START, 0, 0)))
    other = Shop(running, FrozenClock(), "bert")
    mine, theirs = shop.create(), other.create()
    running.worker.advance(USER, DAY)
    assert (shop.state(mine), other.state(theirs)) == ("paid", "processing")
    assert running.clocks.of("bert").now() == START


def test_no_clock_goes_back(running: Application) -> None:
    with pytest.raises(ValueError, match="expected 0 or more milliseconds, not -1; a clock cannot go back"):
        running.worker.advance(USER, -1)


def test_a_real_clock_may_be_moved_ahead(merchant: Merchant) -> None:
    app = assemble(Settings(seed="tests", pay_delay=3_600_000))
    app.start()
    shop = Shop(app, FrozenClock())
    trade_id = shop.create(notify_url=merchant.url)
    app.worker.advance(USER, 3_600_000)
    assert shop.state(trade_id) == "paid"
    assert len(merchant.received) == 1
    app.close()


def test_an_emptied_account_hears_nothing_of_its_past(running: Application, shop: Shop) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def respond(_: Received) -> tuple[int, bytes]:
        arrived.set()
        go_on.wait(30)
        return 200, b"ok"

    with Merchant(SECRET_KEY, respond) as slow:
        shop.create(notify_url=slow.url)
        moving = threading.Thread(target=running.worker.advance, args=(USER, 1000))
        moving.start()
        arrived.wait(30)
        running.store.empty_account(USER)
        trade_id = shop.create(notify_url=slow.url)
        go_on.set()
        moving.join()
        with running.store.unit(USER) as unit:
            assert unit.attempts(1) == []
            assert [event.kind for event in unit.events(trade_id)] == ["request", "state"]


def test_closing_does_not_wait_for_an_advance(shop: Shop, running: Application) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def respond(_: Received) -> tuple[int, bytes]:
        arrived.set()
        go_on.wait(30)
        return 200, b"ok"

    with Merchant(SECRET_KEY, respond) as slow:
        shop.create(notify_url=slow.url)
        moving = running.worker.begin_advance(USER, 1000)
        arrived.wait(30)
        running.worker.close()
        with pytest.raises(CancelledError):
            moving.result(30)
        with pytest.raises(StoppedError):
            running.worker.advance(USER, 1000)
        go_on.set()


def test_what_falls_due_during_an_advance_that_fails_is_done_after_it(running: Application) -> None:
    arrived = {"t1": threading.Event(), "t2": threading.Event()}
    go_on = threading.Event()

    def respond(received: Received) -> tuple[int, bytes]:
        trade_id = json.loads(received.body)
        arrived[trade_id].set()
        if trade_id == "t1":
            go_on.wait(30)
        return 200, b"ok"

    def notify(number: int, trade_id: str) -> None:
        body = json.dumps(trade_id).encode()
        with running.store.unit(USER) as unit:
            unit.save_notification(Notification(number, trade_id, "payment", "paid", 1, slow.url, body, "pending"))
            unit.schedule(Task(1, NOTIFICATION, str(number)))

    with Merchant(SECRET_KEY, respond) as slow:
        notify(1, "t1")
        assert arrived["t1"].wait(30)
        moving = running.worker.begin_advance(USER, MINUTE)
        wait_until(lambda: USER in running.worker._advancing)
        notify(2, "t2")
        with pytest.raises(ClockBusyError, match="is not answered yet"):
            moving.result(30)
        assert arrived["t2"].wait(30)
        go_on.set()


def test_work_goes_on_by_itself_after_a_clock_was_moved(merchant: Merchant) -> None:
    app = assemble(Settings(seed="tests", pay_delay=50))
    app.start()
    shop = Shop(app, FrozenClock())
    app.worker.advance(USER, DAY)
    shop.create(notify_url=merchant.url)
    assert merchant.wait_for(1)
    app.close()


def test_a_process_that_stood_still_stops_advancing_once_another_has_begun(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_ADVANCE_LASTS", 0.2)
    app = assemble(Settings(database=postgres_database, seed="tests"))
    app.clocks.of(USER).run(ClockSetting("frozen", 2 * START, 0, 0))
    app.start()
    with closing(app), closing(open_sql_store(postgres_database, 10)) as other:

        def respond(_: object) -> tuple[int, bytes]:
            with standing_still(app):
                wait_until(lambda: other.begin_advance(USER, 3600))
            return 200, b"not yet"

        with Merchant(SECRET_KEY, respond) as merchant:
            Shop(app, FrozenClock()).create(notify_url=merchant.url)
            with pytest.raises(ClockBusyError, match="because this one stood still for too long"):
                app.worker.advance(USER, DAY)
        assert app.clocks.of(USER).now() == 2 * START + 1000
        assert app.store.is_advanced_elsewhere(USER)


@contextmanager
def standing_still(app: Application) -> Iterator[None]:
    """A block in which the event loop of due work does nothing, as in a process that is stopped."""
    stands, go_on = threading.Event(), threading.Event()

    def stand() -> None:
        stands.set()
        go_on.wait()

    app.worker._loop.call_soon(stand)
    stands.wait()
    try:
        yield
    finally:
        go_on.set()
