"""What every store must do: each test runs against each implementation."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mockserver.clock import ClockSetting
from mockserver.domain.accounts import ANONYMOUS, Account
from mockserver.domain.payments.payment import Payment
from mockserver.domain.timeline import Event, Task
from mockserver.domain.unit_of_work import Choice
from mockserver.store.contract import Mark
from mockserver.store.sql.opening import open_sql_store
from tests.store.samples import ANNA, attempt, exchange, notification, payment

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.domain.payments.payment import State
    from mockserver.store.contract import Store


class TestStore:
    def test_an_account_is_kept_whole(self, store: Store) -> None:
        assert store.account("anna") == ANNA
        assert store.account("nobody here") is None
        assert set(store.users()) == {ANONYMOUS, "anna", "bert"}

    def test_an_account_opened_again_keeps_its_seed_and_takes_the_new_key(self, store: Store) -> None:
        again = store.open_account(Account("anna", "a new key", "another seed"))
        assert again == store.account("anna") == Account("anna", "a new key", "seed a")

    def test_an_account_opened_again_keeps_its_name_unless_it_gets_one(self, store: Store) -> None:
        store.open_account(Account("anna", "k", "s", name="Tea House"))
        store.open_account(Account("anna", "k", "s"))
        assert store.known_account("anna") == store.account("anna")
        assert store.open_account(Account("anna", "k", "s")).name == "Tea House"
        assert store.open_account(Account("anna", "k", "s", name="Cake House")).name == "Cake House"

    def test_an_account_is_changed_but_for_its_seed(self, store: Store) -> None:
        frozen = ClockSetting("frozen", 5, 7, 0)
        changed = Account("anna", "k", "another seed", "cashier", 5, "Anna's shop", "declined", frozen)
        assert store.change_account("anna", lambda _: changed) == replace(changed, seed="seed a")
        assert store.account("anna") == replace(changed, seed="seed a")
        again = store.open_account(Account("anna", "a new key", "x", "super admin", 7))
        assert again == replace(changed, seed="seed a", secret_key="a new key", role="super admin", opening_balance=7)
        with pytest.raises(KeyError):
            store.change_account("nobody here", lambda account: account)

    def test_a_history_goes_on_from_its_mark(self, store: Store) -> None:
        mark = store.history("anna", None).mark
        assert not any(store.history("anna", mark)[1:])
        self.fill(store, "anna")
        first = store.history("anna", mark)
        assert (list(first.events), first.missed) == ([Event("t1", 1, "state", 0, "paid")], 0)
        assert [one.number for one in first.exchanges] == [1]
        with store.unit("anna") as unit:
            unit.add_event(Event("t0", 0, "state", 0, "later, of an earlier instant"))
        again = store.history("anna", Mark.read(str(first.mark)))
        assert ([event.timeline for event in again.events], list(again.exchanges), again.missed) == (["t0"], [], 0)
        assert not any(store.history("anna", again.mark)[1:])

    def test_a_history_has_nothing_of_a_unit_that_failed(self, store: Store) -> None:
        mark = store.history("anna", None).mark
        with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
            unit.add_event(Event("t1", 1, "state", 0, "paid"))
            raise ZeroDivisionError
        assert not store.history("anna", mark).events

    def test_a_history_counts_the_exchanges_that_the_journal_dropped(self, store: Store) -> None:
        mark = store.history("anna", None).mark
        for _ in range(5):  # the journal keeps three
            with store.unit("anna") as unit:
                unit.add_exchange(exchange(unit.next_number("exchanges")))
        history = store.history("anna", mark)
        assert ([one.number for one in history.exchanges], history.missed) == ([3, 4, 5], 2)

    def test_after_the_mark_of_an_emptied_account_everything_is_new(self, store: Store) -> None:
        self.fill(store, "anna")
        mark = store.history("anna", None).mark
        store.empty_account("anna")
        self.fill(store, "anna")
        history = store.history("anna", mark)
        assert (len(history.events), len(history.exchanges)) == (1, 1)
        with pytest.raises(KeyError):
            store.history("nobody here", None)

    def fill(self, store: Store, user: str) -> None:
        with store.unit(user) as unit:
            unit.put(payment(number=unit.next_number("payments")))
            unit.save_notification(notification())
            unit.add_attempt(attempt(1))
            unit.add_event(Event("t1", 1, "state", 0, "paid"))
            unit.add_exchange(exchange(unit.next_number("exchanges")))
            unit.schedule(Task(5, "payment", "t1"))

    def assert_empty(self, store: Store, user: str) -> None:
        with store.unit(user) as unit:
            assert unit.get(Payment, "t1") is None
            assert unit.count(Payment, Choice(0, 10**15, None, 0, 9)) == 0
            assert unit.notifications("t1") == []
            assert unit.attempts(1) == []
            assert unit.events("t1") == []
            assert unit.exchanges(9) == []
            assert unit.take_transition(9) is None
            assert unit.next_number("payments") == 1
        assert store.next_due(user) is None

    def test_an_account_is_emptied_and_keeps_its_settings(self, store: Store) -> None:
        for user in ("anna", "bert"):
            self.fill(store, user)
        before = store.account("anna")
        store.empty_account("anna")
        assert store.account("anna") == before == ANNA
        assert before is not None
        assert store.account("anna").generation != before.generation  # type: ignore[union-attr]
        self.assert_empty(store, "anna")
        with store.unit("bert") as unit:
            assert unit.get(Payment, "t1") == payment()
        self.fill(store, "anna")
        with pytest.raises(KeyError):
            store.empty_account("nobody here")

    def test_a_dropped_account_is_gone_and_may_come_again(self, store: Store) -> None:
        self.fill(store, "anna")
        store.drop_account("anna")
        store.drop_account("anna")
        assert store.account("anna") is None
        assert set(store.users()) == {ANONYMOUS, "bert"}
        assert store.next_due("anna") is None
        with pytest.raises(KeyError), store.unit("anna"):
            pass
        store.open_account(ANNA)
        self.assert_empty(store, "anna")

    def test_a_journal_is_cleared(self, store: Store) -> None:
        self.fill(store, "anna")
        store.clear_journal("anna")
        with store.unit("anna") as unit:
            assert unit.exchanges(9) == []
            assert unit.get(Payment, "t1") == payment()
            assert unit.next_number("exchanges") == 2

    def test_the_news_of_a_unit_are_the_events_that_it_added(self, store: Store) -> None:
        self.fill(store, "anna")
        with store.unit("anna") as unit:
            assert unit.added_events() == []
            unit.add_event(Event("t1", 2, "state", 0, "cancelled"))
            assert unit.added_events() == [Event("t1", 2, "state", 0, "cancelled")]

    def test_a_unit_on_an_unknown_account_is_a_key_error(self, store: Store) -> None:
        with pytest.raises(KeyError), store.unit("nobody here"):
            pass

    def test_a_payment_is_kept_whole(self, store: Store) -> None:
        with store.unit("anna") as unit:
            unit.put(payment())
            assert unit.get(Payment, "t1") == payment()
        with store.unit("anna") as unit:
            assert unit.get(Payment, "t1") == payment()
            unit.put(payment(state="paid", paid_at=9, plan=()))
        with store.unit("anna") as unit:
            assert unit.get(Payment, "t1") == payment(state="paid", paid_at=9, plan=())
            assert unit.get(Payment, "t2") is None

    def test_payments_are_listed_by_time_and_state_in_pages(self, store: Store) -> None:
        for number in range(1, 8):
            with store.unit("anna") as unit:
                made = payment(f"t{number}", number=unit.next_number("payments"), created_at=number * 10)
                unit.put(made)
        for number in (6, 2, 4):
            with store.unit("anna") as unit:
                before = unit.get(Payment, f"t{number}")
                assert before is not None
                unit.put(before._replace(state="paid"))

        def listed(
            since: int, until: int, state: State | None, skip: int = 0, limit: int = 99
        ) -> tuple[int, list[int]]:
            choice = Choice(since, until, state, skip, limit)
            with store.unit("anna") as unit:
                return unit.count(Payment, choice), [one.number for one in unit.page(Payment, choice)]

        assert listed(0, 999, None) == (7, [1, 2, 3, 4, 5, 6, 7])
        assert listed(20, 50, None) == (4, [2, 3, 4, 5])
        assert listed(21, 49, None) == (2, [3, 4])
        assert listed(0, 999, "paid") == (3, [2, 4, 6])
        assert listed(30, 999, "paid") == (2, [4, 6])
        assert listed(0, 999, "processing") == (4, [1, 3, 5, 7])
        assert listed(0, 999, "expired") == (0, [])
        assert listed(0, 999, None, 2, 3) == (7, [3, 4, 5])
        assert listed(0, 999, "paid", 1, 1) == (3, [4])
        assert listed(0, 999, "paid", 3, 2) == (3, [])
        assert listed(0, 999, None, 99, 2) == (7, [])
        assert listed(50, 20, None) == (0, [])
        assert listed(50, 20, "paid") == (0, [])
        with store.unit("bert") as unit:
            assert unit.page(Payment, Choice(0, 999, None, 0, 9)) == []
            assert unit.count(Payment, Choice(0, 999, None, 0, 9)) == 0

    def test_accounts_do_not_see_each_other(self, store: Store) -> None:
        with store.unit("anna") as unit:
            unit.put(payment(number=unit.next_number("payments")))
            unit.save_notification(notification())
            unit.add_attempt(attempt(1))
            unit.add_event(Event("t1", 1, "state", 0, "paid"))
            unit.add_exchange(exchange(unit.next_number("exchanges")))
            unit.schedule(Task(5, "payment", "t1"))
        with store.unit("bert") as unit:
            assert unit.get(Payment, "t1") is None
            assert unit.notification(1) is None
            assert unit.notifications("t1") == []
            assert unit.attempts(1) == []
            assert unit.events("t1") == []
            assert unit.exchange(1) is None
            assert unit.exchanges(10) == []
            assert unit.take_transition(10) is None
            assert unit.claim_deliveries(10, 10, 60) == []
            assert unit.next_number("exchanges") == 1

    def test_an_exception_undoes_everything(self, store: Store) -> None:
        with store.unit("anna") as unit:
            unit.schedule(Task(5, "payment", "t0"))
        with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
            unit.put(payment())
            unit.save_notification(notification())
            unit.add_attempt(attempt(1))
            unit.add_event(Event("t1", 1, "state", 0, "paid"))
            unit.add_exchange(exchange(unit.next_number("exchanges")))
            assert unit.take_transition(10) == Task(5, "payment", "t0")
            unit.schedule(Task(4, "payment", "t1"))
            raise ZeroDivisionError
        with store.unit("anna") as unit:
            assert unit.get(Payment, "t1") is None
            assert unit.notifications("t1") == []
            assert unit.attempts(1) == []
            assert unit.events("t1") == []
            assert unit.exchanges(10) == []
            assert unit.next_number("exchanges") == 1
            assert unit.take_transition(10) == Task(5, "payment", "t0")

    def test_numbers_count_from_1_in_each_series(self, store: Store) -> None:
        with store.unit("anna") as unit:
            assert [unit.next_number("payments"), unit.next_number("payments")] == [1, 2]
            assert unit.next_number("notifications") == 1
        with store.unit("anna") as unit:
            assert unit.next_number("payments") == 3

    def test_notifications_and_attempts_are_kept_in_order(self, store: Store) -> None:
        with store.unit("anna") as unit:
            for number in (1, 2):
                unit.save_notification(notification(number))
            unit.save_notification(notification(3, "t2"))
            unit.add_attempt(attempt(1, None))
        with store.unit("anna") as unit:
            unit.save_notification(notification(1)._replace(state="accepted"))
            unit.add_attempt(attempt(2))
            assert unit.attempts(1) == [attempt(1, None), attempt(2)]
            assert [reported.state for reported in unit.notifications("t1")] == ["accepted", "pending"]
        with store.unit("anna") as unit:
            assert unit.notification(1) == notification(1)._replace(state="accepted")
            assert [reported.number for reported in unit.notifications("t1")] == [1, 2]
            assert unit.attempts(1) == [attempt(1, None), attempt(2)]
            assert unit.attempts(2) == []

    def test_notifications_are_read_newest_first_as_they_are_asked_for(self, store: Store) -> None:
        with store.unit("anna") as unit:
            for number in (1, 2, 10**9):
                unit.save_notification(notification(number))
            unit.save_notification(notification(2)._replace(state="accepted"))
        with store.unit("anna") as unit:
            newest = unit.newest_notifications()
            assert next(newest).number == 10**9
            assert [(one.number, one.state) for one in newest] == [(2, "accepted"), (1, "pending")]
            assert [one.number for one in unit.newest_notifications("pending", "held")] == [10**9, 1]
        with store.unit("bert") as unit:
            assert list(unit.newest_notifications()) == []

    def test_a_record_is_listed_by_its_instant_and_number_whatever_they_are(self, store: Store) -> None:
        with store.unit("anna") as unit:
            for number, at in ((10**9, 30), (7, 20), (8, 10)):
                unit.put(payment(f"t{number}", number=number, created_at=at))
            unit.put(payment("t7", number=7, created_at=40, state="paid"))
            unit.put(payment("t8", number=9, created_at=10))
        everything = Choice(0, 10**15, None, 0, 9)
        with store.unit("anna") as unit:
            assert [one.number for one in unit.page(Payment, everything)] == [9, 10**9, 7]
            assert [one.number for one in unit.page(Payment, everything._replace(state="processing"))] == [9, 10**9]
            assert [one.number for one in unit.page(Payment, everything._replace(state="paid"))] == [7]
            assert unit.count(Payment, everything) == 3

    def test_a_timeline_keeps_its_order(self, store: Store) -> None:
        events = [Event("t1", at, "state", 0, str(at)) for at in (3, 1, 2)]
        with store.unit("anna") as unit:
            unit.add_event(events[0])
            unit.add_event(Event("t2", 9, "state", 0, "other"))
        with store.unit("anna") as unit:
            unit.add_event(events[1])
            unit.add_event(events[2])
            assert unit.events("t1") == events
        with store.unit("anna") as unit:
            assert unit.events("t1") == events

    def test_the_journal_keeps_the_newest(self, store: Store) -> None:
        for _ in range(5):
            with store.unit("anna") as unit:
                unit.add_exchange(exchange(unit.next_number("exchanges")))
        with store.unit("anna") as unit:
            assert unit.exchanges(10) == [exchange(5), exchange(4), exchange(3)]
            assert unit.exchanges(2) == [exchange(5), exchange(4)]
            assert unit.exchanges(0) == []
            assert unit.exchange(2) is None
            assert unit.exchange(3) == exchange(3)

    def test_due_tasks_are_claimed_once_earliest_first(self, store: Store) -> None:
        with store.unit("anna") as unit:
            for at in (30, 10, 20, 40):
                unit.save_notification(notification(at))
                unit.schedule(Task(at, "notification", str(at)))
        with store.unit("anna") as unit:
            assert unit.take_transition(99) is None
            assert [one.number for one in unit.claim_deliveries(30, 2, 60)] == [10, 20]
        with store.unit("anna") as unit:
            assert [one.number for one in unit.claim_deliveries(30, 10, 60)] == [30]
        with store.unit("anna") as unit:
            assert unit.claim_deliveries(30, 10, 60) == []
        assert store.next_due("anna") == 40

    def test_a_move_that_the_unit_itself_schedules_takes_its_place_among_the_others(self, store: Store) -> None:
        with store.unit("anna") as unit:
            for at in (10, 30):
                unit.schedule(Task(at, "payment", f"t{at}"))
        with store.unit("anna") as unit:
            assert unit.take_transition(99) == Task(10, "payment", "t10")
            unit.schedule(Task(20, "refund", "r1"))
            unit.schedule(Task(15, "payment", "gone"))
            unit.cancel(Task(0, "payment", "gone"))
            assert [unit.take_transition(99), unit.take_transition(99)] == [
                Task(20, "refund", "r1"),
                Task(30, "payment", "t30"),
            ]
            assert unit.take_transition(99) is None
        assert store.next_due("anna") is None

    def test_tasks_of_one_instant_are_claimed_in_the_order_in_which_they_were_scheduled(self, store: Store) -> None:
        for about, at in (("t2", 10), ("t1", 10), ("t3", 9), ("t2", 10)):
            with store.unit("anna") as unit:
                unit.schedule(Task(at, "payment", about))
        with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
            unit.take_transition(10)
            unit.take_transition(10)
            raise ZeroDivisionError
        with store.unit("anna") as unit:
            taken = [unit.take_transition(10) for _ in range(4)]
        assert [task and task.about for task in taken] == ["t3", "t1", "t2", None]

    def test_a_list_goes_on_where_it_stopped(self, store: Store) -> None:
        for number in range(1, 7):
            with store.unit("anna") as unit:
                unit.put(payment(f"t{number}", number=unit.next_number("payments"), created_at=10 + number // 4))
        with store.unit("anna") as unit:
            first = unit.page(Payment, Choice(0, 99, None, 0, 2))
            rest = unit.page(Payment, Choice(first[-1].created_at, 99, None, 0, 9, first[-1].number))
        assert [[one.number for one in page] for page in (first, rest)] == [[1, 2], [3, 4, 5, 6]]

    def test_a_unit_sees_its_own_records_in_lists(self, store: Store) -> None:
        with store.unit("anna") as unit:
            unit.put(payment(number=unit.next_number("payments")))
            assert unit.count(Payment, Choice(0, 10**15, "processing", 0, 9)) == 1
            unit.put(payment(state="paid"))
            assert unit.page(Payment, Choice(0, 10**15, "paid", 0, 9)) == [payment(state="paid")]
            assert unit.page(Payment, Choice(0, 10**15, "processing", 0, 9)) == []

    def test_what_was_undone_is_not_listed_either(self, store: Store) -> None:
        with store.unit("anna") as unit:
            unit.put(payment(number=unit.next_number("payments")))
        with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
            unit.put(payment("t2", number=unit.next_number("payments")))
            unit.put(payment(state="paid"))
            unit.put(payment(state="cancelled"))
            raise ZeroDivisionError
        with store.unit("anna") as unit:
            assert unit.page(Payment, Choice(0, 10**15, None, 0, 9)) == [payment()]
            assert unit.count(Payment, Choice(0, 10**15, "processing", 0, 9)) == 1
            assert unit.count(Payment, Choice(0, 10**15, "paid", 0, 9)) == 0

    def test_scheduling_again_replaces_the_instant(self, store: Store) -> None:
        first = Task(10, "notification", "1")
        with store.unit("anna") as unit:
            for number in (1, 2):
                unit.save_notification(notification(number))
            unit.schedule(first)
            unit.schedule(Task(11, "notification", "2"))
        with store.unit("anna") as unit:
            unit.schedule(first._replace(at=50))
        assert store.next_due("anna") == 11
        with store.unit("anna") as unit:
            assert unit.claim_deliveries(40, 10, 60) == [notification(2)]
        assert store.next_due("anna") == 50

    def test_a_task_claimed_may_be_scheduled_again_in_the_same_unit(self, store: Store) -> None:
        with store.unit("anna") as unit:
            unit.save_notification(notification(1))
            unit.schedule(Task(10, "notification", "1"))
        with store.unit("anna") as unit:
            assert unit.claim_deliveries(10, 1, 60) == [notification(1)]
            unit.schedule(Task(99, "notification", "1"))
        assert store.next_due("anna") == 99

    def test_a_cancelled_task_is_gone(self, store: Store) -> None:
        task = Task(10, "notification", "1")
        with store.unit("anna") as unit:
            unit.schedule(task)
        with store.unit("anna") as unit:
            unit.cancel(task._replace(at=77))
            unit.cancel(Task(1, "payment", "never scheduled"))
        assert store.next_due("anna") is None
        with store.unit("anna") as unit:
            unit.schedule(task)
            unit.cancel(task)
        assert store.next_due("anna") is None

    def test_listeners_hear_the_earliest_instant_after_the_commit(self, store: Store) -> None:
        heard: list[tuple[str, int | None, int | None]] = []
        store.on_commit(lambda user, at: heard.append((user, at, store.next_due(user))))
        with store.unit("anna") as unit:
            unit.schedule(Task(20, "payment", "t1"))
            unit.schedule(Task(10, "payment", "t2"))
            assert heard == []
        with store.unit("anna") as unit:
            unit.put(payment())
        assert heard == [("anna", 10, 10), ("anna", None, 10)]

    def test_parallel_units_lose_nothing(self, store: Store) -> None:
        def work(user: str) -> None:
            for _ in range(25):
                with store.unit(user) as unit:
                    number = unit.next_number("payments")
                    unit.put(payment(f"t{number}", number=number))

        threads = [threading.Thread(target=work, args=(user,)) for user in ("anna", "bert") * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for user in ("anna", "bert"):
            with store.unit(user) as unit:
                assert unit.next_number("payments") == 101
                assert all(unit.get(Payment, f"t{number}") for number in range(1, 101))


def test_a_database_outlives_its_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'sandbox.db'}"
    first = open_sql_store(url, 10)
    first.open_account(ANNA)
    with first.unit("anna") as unit:
        unit.put(payment(number=unit.next_number("payments")))
        unit.schedule(Task(5, "payment", "t1"))
    first.close()
    second = open_sql_store(url, 10)
    assert second.open_account(Account("anna", "anna's key", "a seed of the second start")) == ANNA
    with second.unit("anna") as unit:
        assert unit.get(Payment, "t1") == payment()
        assert unit.next_number("payments") == 2
        assert unit.take_transition(5) == Task(5, "payment", "t1")
    second.close()


def test_an_account_shows_no_secret_key() -> None:
    assert "anna's key" not in repr(ANNA)
