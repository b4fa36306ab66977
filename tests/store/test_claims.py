"""Deliveries are claimed: their tasks stay in the store, but fall due for nobody else until the result is stored."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mockserver.domain.timeline import Task
from mockserver.store.memory import MemoryStore
from mockserver.store.sql.opening import open_sql_store
from tests.store.samples import ANNA, BERT, notification

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.postgres import PostgresServer
    from mockserver.domain.notifications.notification import NotificationState
    from mockserver.store.contract import Store

FIRST, SECOND = Task(10, "notification", "1"), Task(20, "notification", "2")
PAYMENT = Task(30, "payment", "t1")
CLAIM = 3600.0  # seconds, of which no test waits for the end


@pytest.fixture
def store(store: Store) -> Store:
    """A store in which two notifications are to be delivered, and then a payment is paid."""
    schedule_all(store)
    return store


def schedule_all(store: Store) -> None:
    with store.unit("anna") as unit:
        for number, task in enumerate((FIRST, SECOND), 1):
            unit.save_notification(notification(number))
            unit.schedule(task)
        unit.schedule(PAYMENT)


def claim(store: Store, now: int = 99, limit: int = 9) -> list[int]:
    with store.unit("anna") as unit:
        return [one.number for one in unit.claim_deliveries(now, limit, CLAIM)]


def tasks(store: Store) -> list[Task]:
    with store.read("anna") as view:
        return sorted(view.every_task())


def test_claimed_deliveries_are_due_for_nobody_else_and_stay_in_the_store(store: Store) -> None:
    assert claim(store, limit=1) == [1]
    assert store.next_due("anna") == 20
    assert claim(store) == [2]
    assert store.next_due("anna") == 30
    assert claim(store) == []
    with store.read("anna") as view:
        assert [(task.kind, task.about) for task in sorted(view.every_task())] == [
            ("notification", "1"),
            ("notification", "2"),
            ("payment", "t1"),
        ]
        assert view.pending_deliveries() == 2


def test_accounts_have_deliveries_until_the_last_is_over_whoever_has_claimed_them(store: Store) -> None:
    store.open_account(BERT)
    with store.unit(BERT.user) as unit:
        unit.schedule(PAYMENT)
    assert store.users_with_deliveries() == ["anna"]
    claim(store)
    assert store.users_with_deliveries() == ["anna"]
    left = []
    for task in (FIRST, SECOND):
        with store.unit("anna") as unit:
            unit.cancel(task)
        left.append(store.users_with_deliveries())
    assert left == [["anna"], []]


def test_deliveries_are_claimed_with_their_notifications_as_they_are_stored(store: Store) -> None:
    with store.unit("anna") as unit:
        unit.save_notification(notification(1)._replace(body=b"changed"))
        assert unit.claim_deliveries(10, 9, CLAIM) == [notification(1)._replace(body=b"changed")]
        unit.save_notification(notification(1)._replace(url="https://other.example"))
        assert unit.claim_deliveries(99, 9, CLAIM) == [notification(2)]


def test_a_claim_is_undone_with_its_unit(store: Store) -> None:
    before = tasks(store)
    with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
        assert len(unit.claim_deliveries(99, 9, CLAIM)) == 2
        unit.cancel(FIRST)
        unit.schedule(SECOND._replace(at=50))
        raise ZeroDivisionError
    assert (store.next_due("anna"), tasks(store)) == (10, before)
    assert claim(store) == [1, 2]


def test_what_a_failed_unit_did_to_a_claimed_task_is_undone(store: Store) -> None:
    assert claim(store) == [1, 2]
    before = tasks(store)
    with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
        unit.cancel(FIRST)
        unit.schedule(SECOND._replace(at=25))
        raise ZeroDivisionError
    assert (store.next_due("anna"), tasks(store)) == (30, before)
    assert claim(store) == []


@pytest.mark.parametrize("at", [5, 10, 25])
def test_a_claimed_task_that_is_scheduled_again_falls_due_again(store: Store, at: int) -> None:
    assert claim(store) == [1, 2]
    with store.unit("anna") as unit:
        unit.schedule(FIRST._replace(at=at))
    assert store.next_due("anna") == at
    assert claim(store, now=at - 1) == []
    assert claim(store, now=at) == [1]
    assert store.next_due("anna") == 30


def test_a_claimed_task_that_is_scheduled_again_and_again_is_claimed_once(store: Store) -> None:
    claim(store)
    with store.unit("anna") as unit:
        for at in (40, 60, 50):
            unit.schedule(FIRST._replace(at=at))
    assert claim(store) == [1]
    with store.read("anna") as view:
        assert view.pending_deliveries() == 2


def test_a_claimed_task_that_is_cancelled_is_gone(store: Store) -> None:
    assert claim(store) == [1, 2]
    with store.unit("anna") as unit:
        unit.cancel(FIRST._replace(at=77))
    assert [(task.kind, task.about) for task in tasks(store)] == [("notification", "2"), ("payment", "t1")]
    with store.read("anna") as view:
        assert view.pending_deliveries() == 1
    assert store.next_due("anna") == 30


def test_a_task_may_be_scheduled_after_it_was_claimed_and_cancelled(store: Store) -> None:
    claim(store)
    with store.unit("anna") as unit:
        unit.cancel(FIRST)
        unit.schedule(FIRST._replace(at=15))
    assert store.next_due("anna") == 15
    assert claim(store) == [1]


@pytest.mark.parametrize("state", ["accepted", "given up", "refused", "held"])
def test_tasks_about_notifications_that_are_not_pending_are_dropped(store: Store, state: NotificationState) -> None:
    with store.unit("anna") as unit:
        unit.save_notification(notification(1)._replace(state=state))
        unit.schedule(Task(15, "notification", "77"))
    assert claim(store) == [2]
    assert [(task.kind, task.about) for task in tasks(store)] == [("notification", "2"), ("payment", "t1")]
    assert store.next_due("anna") == 30


def test_dropped_tasks_do_not_count_as_claimed(store: Store) -> None:
    with store.unit("anna") as unit:
        unit.save_notification(notification(1)._replace(state="accepted"))
    assert claim(store, limit=1) == [2]
    assert store.next_due("anna") == 30


def test_an_emptied_account_has_no_claims(store: Store) -> None:
    claim(store)
    store.empty_account("anna")
    assert tasks(store) == []
    with store.unit("anna") as unit:
        assert unit.pending_deliveries() == 0
        unit.save_notification(notification(1))
        unit.schedule(FIRST)
    assert claim(store) == [1]


def test_a_claim_announces_no_instant(store: Store) -> None:
    heard: list[tuple[str, int | None]] = []
    store.on_commit(lambda user, at: heard.append((user, at)))
    claim(store)
    with store.unit("anna") as unit:
        unit.schedule(FIRST._replace(at=40))
    assert heard == [("anna", None), ("anna", 40)]


def test_a_store_that_is_closed_gives_back_its_claims(open_store: Callable[[], Store], store: Store) -> None:
    if isinstance(store, MemoryStore):
        return  # its claims are gone with it
    assert claim(store, limit=1) == [1]
    assert store.begin_advance("anna", CLAIM)
    store.close()
    following = open_store()
    assert following.next_due("anna") == 10
    assert not following.is_advanced_elsewhere("anna")


def test_other_processes_hear_of_claims_that_are_given_back(postgres_database: str) -> None:
    heard = threading.Event()
    with closing(open_sql_store(postgres_database, 3)) as other:
        with closing(open_sql_store(postgres_database, 3)) as store:
            store.open_account(ANNA)
            other.start()
            store.start()
            schedule_all(store)
            assert claim(store) == [1, 2]
            with closing(open_sql_store(postgres_database, 3)) as third:
                assert claim(third, now=30) == []
            assert other.next_due("anna") == 30
            other.on_other(lambda user: heard.set() if other.next_due(user) == 10 else None)
        heard.wait()
        assert claim(other) == [1, 2]


def test_a_store_is_closed_though_its_database_does_not_answer(own_postgres: PostgresServer) -> None:
    url = own_postgres.new_database()
    store = open_sql_store(url, 3)
    store.open_account(ANNA)
    schedule_all(store)
    assert claim(store) == [1, 2]
    with own_postgres.standing_still():
        store.close()
    with closing(open_sql_store(url, 3)) as following:
        assert following.has_deliveries("anna")
