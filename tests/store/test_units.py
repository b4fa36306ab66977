"""What a unit of work does to tasks, records and listeners, in every store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mockserver.domain.accounts import ANONYMOUS, Account
from mockserver.domain.ledger import Balance, DailyTotal
from mockserver.domain.payments.payment import Payment
from mockserver.domain.timeline import NOTIFICATION, Event, Task
from mockserver.domain.unit_of_work import Choice
from mockserver.store.contract import AccountExistsError
from mockserver.store.memory import MemoryStore
from mockserver.store.sql.store import SqlStore
from tests.store.samples import ANNA, attempt, exchange, notification, payment

if TYPE_CHECKING:
    from mockserver.store.contract import Store

EVERYTHING = Choice(0, 10**15, None, 0, 99)
CARA = Account("cara", "cara's key", "seed c")


class Heard:
    """The commits and accounts that listeners of a store have heard of."""

    def __init__(self, store: Store) -> None:
        self.commits: list[tuple[str, int | None]] = []
        self.accounts: list[tuple[str, str]] = []
        store.on_commit(lambda user, at: self.commits.append((user, at)))
        store.on_account(lambda user, key: self.accounts.append((user, key)))


@pytest.fixture
def heard(store: Store) -> Heard:
    return Heard(store)


def schedule(store: Store, *tasks: Task) -> None:
    """Schedule tasks, those of deliveries with pending notifications."""
    with store.unit("anna") as unit:
        for task in tasks:
            if task.kind == NOTIFICATION:
                unit.save_notification(notification(int(task.about)))
            unit.schedule(task)


def tasks(store: Store) -> list[Task]:
    with store.read("anna") as view:
        return view.every_task()


PAYMENT, REFUND = Task(10, "payment", "t1"), Task(20, "refund", "r1")
DELIVERY, RETRY = Task(10, "notification", "1"), Task(20, "notification", "2")


def test_only_a_store_that_may_wait_for_a_disk_says_so() -> None:
    assert (MemoryStore.waits_for_io, SqlStore.waits_for_io) == (False, True)


def test_a_task_is_due_at_its_very_instant(store: Store) -> None:
    schedule(store, PAYMENT, DELIVERY)
    with store.unit("anna") as unit:
        assert unit.take_transition(9) is None
        assert unit.claim_deliveries(9, 5, 60) == []
        assert unit.take_transition(10) == PAYMENT
        assert unit.claim_deliveries(10, 5, 60) == [notification(1)]


def test_deliveries_and_transitions_are_claimed_apart(store: Store) -> None:
    schedule(store, PAYMENT, DELIVERY, REFUND, RETRY)
    with store.unit("anna") as unit:
        assert unit.claim_deliveries(99, 5, 60) == [notification(1), notification(2)]
    with store.unit("anna") as unit:
        assert [unit.take_transition(99), unit.take_transition(99)] == [PAYMENT, REFUND]
    assert tasks(store) == [DELIVERY, RETRY]


def test_no_more_deliveries_are_claimed_than_were_asked_for(store: Store) -> None:
    schedule(store, DELIVERY, RETRY)
    with store.unit("anna") as unit:
        assert unit.claim_deliveries(99, 0, 60) == []
        assert unit.claim_deliveries(99, 1, 60) == [notification(1)]
        assert unit.claim_deliveries(99, 1, 60) == [notification(2)]


@pytest.mark.parametrize(("first", "second"), [(PAYMENT, RETRY), (DELIVERY, REFUND)])
def test_the_earliest_task_is_due_next_whatever_it_is(store: Store, first: Task, second: Task) -> None:
    assert store.next_due("anna") is None
    schedule(store, second)
    assert store.next_due("anna") == 20
    schedule(store, first)
    assert store.next_due("anna") == 10


def test_a_task_that_this_unit_cancelled_is_not_claimed_by_it(store: Store) -> None:
    schedule(store, PAYMENT, REFUND, DELIVERY)
    with store.unit("anna") as unit:
        unit.cancel(PAYMENT)
        unit.cancel(DELIVERY)
        assert unit.take_transition(99) == REFUND
        assert unit.claim_deliveries(99, 5, 60) == []
    assert tasks(store) == []


def test_a_task_that_was_claimed_is_not_claimed_again_by_the_same_unit(store: Store) -> None:
    schedule(store, PAYMENT)
    with store.unit("anna") as unit:
        assert [unit.take_transition(99), unit.take_transition(99)] == [PAYMENT, None]


def test_tasks_are_listed_by_instant(store: Store) -> None:
    schedule(store, RETRY, PAYMENT, REFUND._replace(at=15))
    assert tasks(store) == [PAYMENT, REFUND._replace(at=15), RETRY]


def test_what_a_failed_unit_did_to_tasks_is_undone(store: Store) -> None:
    schedule(store, PAYMENT, DELIVERY, RETRY)
    with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
        unit.cancel(RETRY)
        unit.claim_deliveries(99, 5, 60)
        unit.take_transition(99)
        unit.schedule(PAYMENT._replace(at=50))
        unit.schedule(REFUND)
        raise ZeroDivisionError
    assert sorted(tasks(store)) == sorted([PAYMENT, DELIVERY, RETRY])
    with store.unit("anna") as unit:
        assert unit.claim_deliveries(99, 5, 60) == [notification(1), notification(2)]
        assert [unit.take_transition(99), unit.take_transition(99)] == [PAYMENT, None]


def test_what_a_failed_unit_did_to_notifications_and_numbers_is_undone(store: Store) -> None:
    with store.unit("anna") as unit:
        unit.save_notification(notification(unit.next_number("notifications")))
        unit.add_attempt(attempt(1))
        unit.add_event(Event("t1", 1, "state", 0, "paid"))
        unit.add_exchange(exchange(1))
    with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
        unit.save_notification(notification(1)._replace(state="accepted"))
        unit.save_notification(notification(unit.next_number("notifications")))
        unit.next_number("payments")
        unit.next_number("notifications")
        unit.add_attempt(attempt(2))
        unit.add_event(Event("t1", 2, "state", 0, "cancelled"))
        unit.add_exchange(exchange(2))
        raise ZeroDivisionError
    with store.read("anna") as view:
        assert view.notifications("t1") == list(view.newest_notifications()) == [notification(1)]
        assert (view.last_number("notifications"), view.last_number("payments")) == (1, 0)
        assert view.attempts(1) == [attempt(1)]
        assert [event.text for event in view.every_event()] == ["paid"]
        assert view.exchanges(9) == [exchange(1)]


def test_numbers_that_were_continued_by_a_failed_unit_are_undone(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
        unit.continue_numbers_from({"payments": 7})
        assert unit.next_number("payments") == 8
        raise ZeroDivisionError
    with store.read("anna") as view:
        assert view.last_number("payments") == 0


def test_numbers_are_continued(store: Store) -> None:
    with store.unit("anna") as unit:
        unit.continue_numbers_from({"payments": 7})
    with store.unit("anna") as unit:
        assert unit.next_number("payments") == 8
        assert unit.numbers()["payments"] == 8
        assert unit.last_number("refunds") == 0


def test_pending_deliveries_are_counted(store: Store) -> None:
    schedule(store, PAYMENT, DELIVERY, RETRY)
    with store.unit("anna") as unit:
        assert unit.pending_deliveries() == 2
        unit.claim_deliveries(10, 1, 60)
        assert unit.pending_deliveries() == 2, "one of them is in delivery"
    with store.unit("anna") as unit:
        unit.cancel(DELIVERY)
    with store.read("anna") as view:
        assert view.pending_deliveries() == 1


def test_a_listener_hears_the_earliest_instant_that_is_still_planned(store: Store, heard: Heard) -> None:
    schedule(store, RETRY, PAYMENT)
    with store.unit("anna") as unit:
        unit.take_transition(99)
        unit.schedule(PAYMENT._replace(at=11))
        unit.schedule(PAYMENT._replace(at=12))
        unit.schedule(REFUND)
    with store.unit("anna") as unit:
        unit.schedule(PAYMENT._replace(at=13))
        unit.cancel(PAYMENT)
        unit.save_notification(notification(1))
        unit.schedule(DELIVERY)
        unit.claim_deliveries(10, 5, 60)
    assert heard.commits == [("anna", 10), ("anna", 12), ("anna", None)]


def test_a_unit_that_changes_nothing_is_no_commit(store: Store, heard: Heard) -> None:
    with store.unit("anna") as unit:
        unit.cancel(PAYMENT)
        unit.take_transition(99)
        unit.claim_deliveries(99, 5, 60)
        unit.page(Payment, EVERYTHING)
    with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
        unit.schedule(PAYMENT)
        raise ZeroDivisionError
    assert heard.commits == []


def test_an_entry_of_the_journal_alone_is_a_commit(store: Store, heard: Heard) -> None:
    with store.unit("anna") as unit:
        unit.add_exchange(exchange(1))
    assert heard.commits == [("anna", None)]


def test_a_unit_reads_its_own_entry_of_the_journal(store: Store) -> None:
    with store.unit("anna") as unit:
        unit.add_exchange(exchange(1))
    with store.unit("anna") as unit:
        unit.add_exchange(exchange(2))
        assert unit.exchanges(9) == [exchange(2), exchange(1)]
        assert unit.exchange(2) == exchange(2)
        assert unit.exchanges(9, after=1) == [exchange(2)]
        assert unit.exchanges(9, after=2) == []


def test_a_group_keeps_the_order_in_which_its_records_were_added(store: Store) -> None:
    with store.unit("anna") as unit:
        for trade_id in ("t2", "t1", "t3"):
            unit.put(payment(trade_id, order_id="other" if trade_id == "t3" else "o1"))
        unit.put(payment("t2", order_id="o1", state="paid"))
    with store.unit("anna") as unit:
        unit.put(payment("t1", order_id="o1", state="paid"))
        assert [one.trade_id for one in unit.group(Payment, "o1")] == ["t2", "t1"]
        assert unit.group(Payment, "o2") == []
        assert [one.trade_id for one in unit.every(Payment)] == ["t2", "t1", "t3"]


def test_records_without_a_group_or_an_instant_are_kept_too(store: Store) -> None:
    with store.unit("anna") as unit:
        unit.put(Balance("EUR", 5, waiting=1))
        unit.put(DailyTotal("2024-11-27 Alipay", "2024-11-27", "Alipay", 1))
    with pytest.raises(ZeroDivisionError), store.unit("anna") as unit:
        unit.put(Balance("EUR", 6))
        unit.put(DailyTotal("2024-11-27 iDEAL", "2024-11-27", "iDEAL", 1))
        raise ZeroDivisionError
    with store.read("anna") as view:
        assert view.get(Balance, "EUR") == Balance("EUR", 5, waiting=1)
        assert [one.sub_pay_method for one in view.group(DailyTotal, "2024-11-27")] == ["Alipay"]


def test_a_list_has_both_its_ends_and_nothing_beyond(store: Store) -> None:
    with store.unit("anna") as unit:
        for at in (9, 10, 20, 21):
            unit.put(payment(f"t{at}", number=at, created_at=at, state="paid" if at == 20 else "processing"))
    with store.read("anna") as view:

        def listed(**changes: int | str | None) -> list[int]:
            choice = EVERYTHING._replace(since=10, until=20)._replace(**changes)  # type: ignore[arg-type]
            return [one.created_at for one in view.page(Payment, choice)]

        assert listed() == [10, 20]
        assert listed(state="paid") == [20]
        assert listed(state="declined") == []
        assert listed(skip=1) == [20]
        assert listed(skip=2) == listed(limit=0) == listed(since=21) == []
        assert listed(state=None, until=99, limit=2, skip=1) == [20, 21]
        assert listed(state="processing", since=0, until=99, limit=2) == [9, 10]
        assert listed(after=10) == [20]
        assert view.count(Payment, EVERYTHING._replace(since=10, until=20)) == 2
        assert view.count(Payment, EVERYTHING._replace(since=21, until=10)) == 0
        assert view.count(Payment, EVERYTHING._replace(limit=1, skip=1)) == 4


def test_a_new_account_is_there_with_all_that_was_put_into_it(store: Store, heard: Heard) -> None:
    with store.new_account(CARA) as unit:
        unit.put(payment())
        unit.schedule(REFUND)
        unit.schedule(PAYMENT)
        assert heard.commits == []
    assert store.account("cara") == CARA
    assert heard.accounts == [("cara", "cara's key")]
    assert heard.commits == [("cara", 10)]
    with store.read("cara") as view:
        assert view.get(Payment, "t1") == payment()
    assert store.next_due("cara") == 10


def test_a_new_account_without_work_is_announced_without_an_instant(store: Store, heard: Heard) -> None:
    with store.new_account(CARA) as unit:
        unit.put(payment())
    assert heard.commits == [("cara", None)]


def test_a_new_account_that_failed_does_not_exist(store: Store, heard: Heard) -> None:
    with pytest.raises(ZeroDivisionError), store.new_account(CARA):
        raise ZeroDivisionError
    assert store.account("cara") is None
    assert (heard.commits, heard.accounts) == ([], [])


def test_an_account_is_not_made_twice(store: Store, heard: Heard) -> None:
    before = store.account("anna")
    with pytest.raises(AccountExistsError), store.new_account(ANNA) as unit:
        unit.put(payment())
    assert store.account("anna") == before
    with store.read("anna") as view:
        assert view.every(Payment) == []
    assert (heard.commits, heard.accounts) == ([], [])


def test_every_generation_of_an_account_is_another(store: Store) -> None:
    generations = list[int]()
    for act in (store.empty_account, store.clear_journal, store.drop_account):
        made = store.open_account(CARA)
        act("cara")
        generations.append(made.generation)
    assert generations[0] < generations[1] == generations[2]
    assert store.open_account(CARA).generation > generations[2]


def test_a_new_account_has_a_generation_of_its_own(store: Store) -> None:
    generations = list[int]()
    for user in ("cara", "dora"):
        with store.new_account(Account(user, "key", "seed")) as unit:
            unit.put(payment())
        account = store.account(user)
        assert account is not None
        generations.append(account.generation)
    assert generations[0] < generations[1] < store.open_account(Account("emma", "key", "seed")).generation


def test_a_journal_that_was_cleared_keeps_as_many_as_before(store: Store) -> None:
    for number in range(1, 6):
        with store.unit("anna") as unit:
            unit.add_exchange(exchange(number))
        if number == 1:
            store.clear_journal("anna")
    with store.read("anna") as view:
        assert [one.number for one in view.exchanges(9)] == [5, 4, 3]
    with pytest.raises(KeyError):
        store.clear_journal("nobody here")


def test_changes_of_accounts_are_heard(store: Store, heard: Heard) -> None:
    store.open_account(CARA)
    store.change_account("cara", lambda account: replace(account, secret_key="another key"))
    store.drop_account("cara")
    assert heard.accounts == [("cara", "cara's key"), ("cara", "another key"), ("cara", "")]
    assert heard.commits == [("cara", None), ("cara", None)]


def test_an_emptied_account_and_a_cleared_journal_are_commits(store: Store, heard: Heard) -> None:
    store.empty_account("anna")
    store.clear_journal("anna")
    assert heard.commits == [("anna", None), ("anna", None)]
    assert heard.accounts == []


def test_trades_in_memory_are_counted_over_all_accounts(store: Store) -> None:
    for user, timeline in (("anna", "t1"), ("anna", "t1"), ("anna", "t2"), ("bert", "t1")):
        with store.unit(user) as unit:
            unit.add_event(Event(timeline, 1, "state", 0, "paid"))
    assert store.trades_in_memory() == (0 if isinstance(store, SqlStore) else 3)


def test_the_keys_of_all_accounts_are_known(store: Store) -> None:
    assert store.secret_keys() == {ANONYMOUS: "", "anna": "anna's key", "bert": "bert's key"}
    store.check_writing()
    assert store.next_due("nobody here") is None
