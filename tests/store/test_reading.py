"""Only a change is a commit: reading announces nothing, wakes nobody and opens no write transaction."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from mockserver.domain.accounts import Account
from mockserver.domain.payments.payment import Payment
from mockserver.domain.timeline import Event, Task
from mockserver.domain.unit_of_work import Choice
from mockserver.store.contract import AccountExistsError, Store
from mockserver.store.sql.opening import open_sql_store
from tests.store.samples import attempt, exchange, notification, payment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mockserver.domain.unit_of_work import AccountView, UnitOfWork

READS: dict[str, Callable[[AccountView], object]] = {
    "last_number": lambda view: view.last_number("payments"),
    "numbers": lambda view: view.numbers(),
    "every": lambda view: view.every(Payment),
    "every_event": lambda view: view.every_event(),
    "every_task": lambda view: view.every_task(),
    "get": lambda view: view.get(Payment, "t1"),
    "group": lambda view: view.group(Payment, "o1"),
    "count": lambda view: view.count(Payment, Choice(0, 9, None, 0, 9)),
    "page": lambda view: view.page(Payment, Choice(0, 9, None, 0, 9)),
    "notification": lambda view: view.notification(1),
    "notifications": lambda view: view.notifications("t1"),
    "deliveries": lambda view: view.deliveries(["t1"]),
    "attempts": lambda view: view.attempts(1),
    "pending_deliveries": lambda view: view.pending_deliveries(),
    "events": lambda view: view.events("t1"),
    "exchange": lambda view: view.exchange(1),
    "journal_length": lambda view: view.journal_length(),
    "exchanges": lambda view: view.exchanges(9),
}
CHANGES: dict[str, Callable[[UnitOfWork], object]] = {
    "next_number": lambda unit: unit.next_number("payments"),
    "continue_numbers_from": lambda unit: unit.continue_numbers_from({"payments": 7}),
    "put": lambda unit: unit.put(payment()),
    "save_notification": lambda unit: unit.save_notification(notification(2)),
    "add_attempt": lambda unit: unit.add_attempt(attempt(2)),
    "schedule": lambda unit: unit.schedule(Task(5, "payment", "t1")),
    "cancel": lambda unit: unit.cancel(Task(3, "payment", "t9")),
    "take_move": lambda unit: unit.take_transition(3),
    "claim_deliveries": lambda unit: unit.claim_deliveries(4, 1, 60),
    "add_event": lambda unit: unit.add_event(Event("t1", 5, "state", 0, "paid")),
    "add_exchange": lambda unit: unit.add_exchange(exchange(2)),
}


@pytest.fixture
def filled(store: Store) -> Store:
    """A store whose account anna holds one of each, and whose listeners begin to listen now."""
    with store.unit("anna") as unit:
        unit.put(payment())
        unit.save_notification(notification())
        unit.add_attempt(attempt(1))
        unit.add_exchange(exchange(1))
        unit.add_event(Event("t1", 1, "state", 0, "processing"))
        unit.schedule(Task(3, "payment", "t9"))
        unit.schedule(Task(4, "notification", "1"))
    return store


@pytest.fixture
def commits(filled: Store) -> list[tuple[str, int | None]]:
    heard: list[tuple[str, int | None]] = []
    filled.on_commit(lambda user, at: heard.append((user, at)))
    return heard


@pytest.mark.parametrize("name", READS)
def test_reading_announces_nothing(filled: Store, commits: list[tuple[str, int | None]], name: str) -> None:
    with filled.read("anna") as view:
        found = READS[name](view)
    with filled.unit("anna") as unit:
        assert READS[name](unit) == found
    assert commits == []


def test_asking_for_accounts_and_due_work_announces_nothing(
    filled: Store, commits: list[tuple[str, int | None]]
) -> None:
    assert filled.next_due("anna") == 3
    assert "anna" in filled.users()
    assert filled.account("anna")
    with filled.unit("anna") as unit:
        assert unit.take_transition(2) is None
        assert unit.claim_deliveries(2, 9, 60) == []
        unit.cancel(Task(0, "payment", "of which nobody knows"))
    assert commits == []


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_announced_once(filled: Store, commits: list[tuple[str, int | None]], name: str) -> None:
    with filled.unit("anna") as unit:
        CHANGES[name](unit)
    assert [user for user, _ in commits] == ["anna"]


def test_a_change_that_is_undone_is_not_announced(filled: Store, commits: list[tuple[str, int | None]]) -> None:
    with pytest.raises(ZeroDivisionError), filled.unit("anna") as unit:
        for change in CHANGES.values():
            change(unit)
        raise ZeroDivisionError
    assert commits == []


def test_changes_of_the_account_itself_are_announced(filled: Store, commits: list[tuple[str, int | None]]) -> None:
    filled.change_account("anna", lambda account: account)
    filled.clear_journal("anna")
    filled.empty_account("anna")
    filled.drop_account("anna")
    assert commits == [("anna", None)] * 4


def test_what_a_unit_has_planned_and_done_itself_is_not_announced_as_planned(
    filled: Store, commits: list[tuple[str, int | None]]
) -> None:
    with filled.unit("anna") as unit:
        unit.schedule(Task(1, "payment", "t1"))
        unit.schedule(Task(2, "refund", "r1"))
        unit.schedule(Task(8, "notification", "2"))
        assert unit.take_transition(9) == Task(1, "payment", "t1")
        unit.cancel(Task(2, "refund", "r1"))
    assert commits == [("anna", 8)]


def test_a_reader_waits_for_no_writer(tmp_path: Path) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path / 'sandbox.db'}", 3)
    writer = sqlite3.connect(tmp_path / "sandbox.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with store.read("") as view:
        for read in READS.values():
            read(view)
    writer.execute("ROLLBACK")
    writer.close()
    store.close()


def test_a_view_stays_as_it_was_when_it_began(filled: Store) -> None:
    """In memory a writer waits for the view, in a database it goes on beside it; the view sees neither."""
    written = threading.Event()

    def write() -> None:
        with filled.unit("anna") as unit:
            unit.put(payment("t2", number=2))
        written.set()

    writer = threading.Thread(target=write)
    with filled.read("anna") as view:
        before = view.every(Payment)
        writer.start()
        written.wait(0.1)
        assert view.every(Payment) == before
    writer.join()
    with filled.read("anna") as view:
        assert len(view.every(Payment)) == 2


def test_exchanges_are_read_from_a_number_on(filled: Store) -> None:
    with filled.unit("anna") as unit:
        unit.add_exchange(exchange(2))
        unit.add_exchange(exchange(3))
    with filled.read("anna") as view:
        assert [one.number for one in view.exchanges(9, after=1)] == [3, 2]
        assert [one.number for one in view.exchanges(1, after=1)] == [3]
        assert view.exchanges(9, after=3) == []


class TestNewAccount:
    def test_it_is_there_with_its_contents_from_the_commit_on(self, store: Store) -> None:
        heard: list[tuple[str, int | None]] = []
        with store.new_account(Account("carl", "carl's key", "seed c")) as unit:
            unit.put(payment())
            unit.schedule(Task(7, "payment", "t1"))
            store.on_commit(lambda user, at: heard.append((user, at)))
        assert heard == [("carl", 7)]
        assert store.account("carl") == Account("carl", "carl's key", "seed c")
        with store.read("carl") as view:
            assert view.every(Payment) == [payment()]

    def test_nobody_sees_it_before(self, store: Store) -> None:
        with store.new_account(Account("carl", "carl's key", "seed c")):
            assert store.account("carl") is None
            assert "carl" not in store.users()

    def test_after_an_exception_there_is_none(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError), store.new_account(Account("carl", "carl's key", "seed c")) as unit:
            unit.put(payment())
            raise ZeroDivisionError
        assert store.account("carl") is None
        with store.new_account(Account("carl", "another key", "seed c")) as unit:
            assert unit.every(Payment) == []

    def test_one_that_exists_is_left_alone(self, store: Store) -> None:
        with store.unit("anna") as unit:
            unit.put(payment())
        with pytest.raises(AccountExistsError), store.new_account(Account("anna", "a thief's key", "x")) as unit:
            unit.put(payment("t2"))
        kept = store.account("anna")
        assert kept is not None
        assert kept.secret_key == "anna's key"
        with store.read("anna") as view:
            assert view.every(Payment) == [payment()]


def test_writing_is_checked_without_changing_anything(filled: Store, commits: list[tuple[str, int | None]]) -> None:
    with filled.unit("") as unit:
        unit.next_number("exchanges")
    commits.clear()
    filled.check_writing()
    with filled.read("") as view:
        assert view.last_number("exchanges") == 1
    assert commits == []


def test_a_database_that_cannot_be_written_is_found_out(tmp_path: Path) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path / 'sandbox.db'}", 3)
    store.check_writing()
    with sqlite3.connect(tmp_path / "sandbox.db") as other:
        other.execute("DROP TABLE accounts")
    other.close()
    with pytest.raises(Exception, match="accounts"):
        store.check_writing()
    store.close()
