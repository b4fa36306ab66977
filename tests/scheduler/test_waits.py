"""Waits are looked at when their account has changed, and at no other time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.accounts import Account
from mockserver.domain.timeline import Task
from mockserver.scheduler import waits as module
from mockserver.scheduler.waits import AccountGoneError, TooManyWaitsError, Waits
from mockserver.store.memory import MemoryStore
from mockserver.store.sql.opening import open_sql_store
from mockserver.threads import StoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from mockserver.store.contract import Store

PATIENCE = 30
FOREVER = 600.0


class Counted:
    """A condition on the account's last number of payments, which counts how often it is looked at."""

    def __init__(self, wanted: int = 1) -> None:
        self.wanted = wanted
        self.looks = 0
        self.looked = threading.Event()

    def check(self, store: Store, user: str) -> int | None:
        self.looks += 1
        with store.read(user) as view:
            number = view.last_number("payments")
        self.looked.set()
        return number if number >= self.wanted else None

    def late(self, store: Store, user: str) -> Exception:
        with store.read(user) as view:
            return TimeoutError(f"there are {view.last_number('payments')}")


class Failing(Counted):
    def check(self, _store: Store, _user: str) -> int | None:
        raise OSError("the disk is full")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = (
        MemoryStore(3) if request.param == "memory" else open_sql_store(f"sqlite:///{tmp_path / 'sandbox.db'}", 3)
    )
    made.open_account(Account("anna", "anna's key", "a"))
    made.open_account(Account("bert", "bert's key", "b"))
    yield made
    made.close()


@pytest.fixture
def waits(store: Store) -> Iterator[Waits]:
    made = Waits(store)
    yield made
    made.close()


def pay(store: Store, user: str = "anna") -> None:
    with store.unit(user) as unit:
        unit.next_number("payments")


def settled(waits: Waits, store: Store) -> None:
    """Return when everything that has happened so far has been looked at."""
    pay(store, "bert")
    with store.read("bert") as view:
        number = view.last_number("payments")
    waits.wait_for("bert", Counted(number), FOREVER).result(PATIENCE)


def test_what_is_there_already_is_found_at_once(waits: Waits, store: Store) -> None:
    pay(store)
    assert waits.wait_for("anna", Counted(), FOREVER).result(PATIENCE) == 1


def test_a_change_ends_the_wait(waits: Waits, store: Store) -> None:
    condition = Counted(2)
    met = waits.wait_for("anna", condition, FOREVER)
    for _ in range(2):
        assert not met.done()
        condition.looked.wait(PATIENCE)
        pay(store)
    assert met.result(PATIENCE) == 2


def test_nothing_is_missed_between_asking_and_listening(waits: Waits, store: Store) -> None:
    """Changes come from another thread all the time while waits begin."""
    stop = threading.Event()

    def go_on_paying() -> None:
        while not stop.is_set():
            pay(store)

    payer = threading.Thread(target=go_on_paying)
    payer.start()
    for number in range(1, 100):
        assert waits.wait_for("anna", Counted(number), FOREVER).result(PATIENCE) >= number
    stop.set()
    payer.join()


def test_without_a_change_nobody_looks_again(waits: Waits, store: Store) -> None:
    condition = Counted()
    met = waits.wait_for("anna", condition, FOREVER)
    condition.looked.wait(PATIENCE)
    for _ in range(50):
        with store.read("anna") as view:
            view.exchanges(9)
        with store.unit("anna") as unit:
            unit.last_number("payments")
        settled(waits, store)
    assert condition.looks == 1
    pay(store)
    assert met.result(PATIENCE) == 1
    assert condition.looks == 2


def test_a_wait_whose_time_is_over_says_what_there_is(waits: Waits, store: Store) -> None:
    pay(store)
    with pytest.raises(TimeoutError, match="there are 1"):
        waits.wait_for("anna", Counted(2), 0.01).result(PATIENCE)


def test_a_wait_without_patience_finds_what_is_there(waits: Waits, store: Store) -> None:
    pay(store)
    assert waits.wait_for("anna", Counted(), 0).result(PATIENCE) == 1


def test_the_sooner_end_comes_first(waits: Waits) -> None:
    long = waits.wait_for("anna", Counted(), FOREVER)
    with pytest.raises(TimeoutError):
        waits.wait_for("anna", Counted(), 0.02).result(PATIENCE)
    assert not long.done()


def test_a_wait_that_was_left_is_forgotten(waits: Waits, store: Store) -> None:
    condition = Counted()
    met = waits.wait_for("anna", condition, FOREVER)
    condition.looked.wait(PATIENCE)
    assert met.cancel()
    pay(store)
    settled(waits, store)
    assert condition.looks == 1
    assert waits._waits == {}


def test_many_waits_that_ended_leave_nothing_behind(waits: Waits, store: Store) -> None:
    pay(store)
    for _ in range(1000):
        waits.wait_for("anna", Counted(), FOREVER).result(PATIENCE)
    assert len(waits._deadlines) < 200
    assert waits._waits == {}


def test_the_wait_of_a_dropped_account_ends(waits: Waits, store: Store) -> None:
    condition = Counted()
    met = waits.wait_for("anna", condition, FOREVER)
    condition.looked.wait(PATIENCE)
    store.drop_account("anna")
    with pytest.raises(AccountGoneError, match="anna was dropped"):
        met.result(PATIENCE)


def test_a_wait_that_fails_disturbs_no_other(waits: Waits, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    others = [waits.wait_for("anna", Counted(), FOREVER) for _ in range(2)]
    with pytest.raises(OSError, match="the disk is full"):
        waits.wait_for("anna", Failing(), FOREVER).result(PATIENCE)
    pay(store)
    assert [one.result(PATIENCE) for one in others] == [1, 1]
    assert "A wait for account anna failed" in caplog.text


def test_closing_ends_every_wait_at_once(store: Store) -> None:
    waits = Waits(store)
    waiting = [waits.wait_for(user, Counted(99), FOREVER) for user in ("anna", "bert") for _ in range(100)]
    waits.close()
    for one in waiting:
        with pytest.raises(StoppedError):
            one.result(PATIENCE)
    with pytest.raises(StoppedError):
        waits.wait_for("anna", Counted(), FOREVER).result(PATIENCE)
    while any(thread.name == "waits" for thread in threading.enumerate()):
        threading.Event().wait(0.001)


def test_too_many_waits_are_refused(waits: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITS", 3)
    held: list[Future[Any]] = [waits.wait_for("anna", Counted(), FOREVER) for _ in range(3)]
    with pytest.raises(TooManyWaitsError, match="The limit of 3 waits is reached"):
        waits.wait_for("bert", Counted(), FOREVER)
    held[0].cancel()
    assert not waits.wait_for("bert", Counted(), FOREVER).done()


def test_a_task_that_is_planned_is_a_change_too(waits: Waits, store: Store) -> None:
    condition = Counted()
    waits.wait_for("anna", condition, FOREVER)
    condition.looked.wait(PATIENCE)
    with store.unit("anna") as unit:
        unit.schedule(Task(1, "payment", "t1"))
    settled(waits, store)
    assert condition.looks == 2
