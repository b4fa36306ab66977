"""The structures of the store in memory: what is undone, and what the listing of records costs."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.clock import LAST_INSTANT
from mockserver.domain.timeline import Task
from mockserver.domain.unit_of_work import Choice
from mockserver.store.account_state import AccountState, TaskQueue
from mockserver.store.dated_index import DatedIndex
from mockserver.store.memory import MemoryStore, Reclaimer
from tests.store.samples import ANNA, notification, payment

T1, T2 = ("payment", "t1"), ("payment", "t2")
NOWHERE = (None, None)
EVERYTHING = Choice(0, 10**15, None, 0, 99)


@pytest.fixture
def queue() -> TaskQueue:
    return TaskQueue()


def drained(queue: TaskQueue) -> list[str]:
    taken = []
    while (place := queue.take_due(LAST_INSTANT)) is not None:
        taken.append(place[2][1])
    return taken


def test_a_queue_gives_back_the_place_that_a_task_had(queue: TaskQueue) -> None:
    assert queue.put(T1, 10) == NOWHERE
    first = queue.due[T1]
    assert queue.put(T1, 20) == (first, None)
    assert queue.remove(T2) == NOWHERE
    assert queue.remove(T1) == ((20, 2, T1), None)
    assert queue.first_instant() is None


def test_a_task_that_gets_its_place_back_comes_where_it_came(queue: TaskQueue) -> None:
    queue.put(T1, 10)
    queue.put(T2, 10)
    before = queue.remove(T1)
    queue.restore(T1, before)
    assert drained(queue) == ["t1", "t2"]


def test_a_task_that_had_no_place_has_none_again(queue: TaskQueue) -> None:
    queue.put(T1, 10)
    queue.restore(T1, NOWHERE)
    queue.restore(T2, NOWHERE)
    assert queue.first_instant() is None
    assert queue.due == {}


def test_a_task_that_was_moved_is_taken_once(queue: TaskQueue) -> None:
    for at in (30, 10, 20):
        queue.put(T1, at)
    queue.put(T2, 15)
    assert queue.first_instant() == 15
    assert drained(queue) == ["t2", "t1"]


def test_a_task_that_is_moved_again_and_again_leaves_no_outdated_places(queue: TaskQueue) -> None:
    for at in range(1000):
        queue.put(T1, at)
    queue.put(T2, 7)
    assert len(queue._heap) < 100
    assert drained(queue) == ["t2", "t1"]


NUMBERS = {"a": 1, "b": 2, "c": 3}


@pytest.fixture
def index() -> DatedIndex:
    index = DatedIndex(NUMBERS.__getitem__)
    for identifier, number in NUMBERS.items():
        index.enter(identifier, (number, number, "new"), None)
    return index


def listed(index: DatedIndex, state: str | None = None) -> list[str]:
    return index.page(EVERYTHING._replace(state=state))


def test_a_record_that_changes_its_state_keeps_its_place(index: DatedIndex) -> None:
    index.enter("b", (2, 2, "old"), (2, 2, "new"))
    assert (listed(index), listed(index, "new"), listed(index, "old")) == (["a", "b", "c"], ["a", "c"], ["b"])
    index.enter("b", (2, 2, "old"), (2, 2, "old"))
    assert listed(index, "old") == ["b"]


def test_a_record_that_changes_its_instant_changes_its_place(index: DatedIndex) -> None:
    index.enter("a", (9, 1, "new"), (1, 1, "new"))
    assert (listed(index), listed(index, "new")) == (["b", "c", "a"], ["b", "c", "a"])
    index.leave("b", (2, 2, "new"))
    assert (listed(index), listed(index, "new")) == (["c", "a"], ["c", "a"])


RECORDS = st.dictionaries(
    st.integers(1, 99), st.tuples(st.integers(0, 5), st.sampled_from(["new", "old"])), max_size=30
)


@settings(max_examples=50)
@given(RECORDS, st.lists(st.tuples(st.integers(1, 99), st.integers(0, 5), st.sampled_from(["new", "old"]))))
def test_records_that_enter_change_and_leave_in_any_order_are_listed_in_theirs(
    first: dict[int, tuple[int, str]], then: list[tuple[int, int, str]]
) -> None:
    index, known = DatedIndex(int), dict[int, tuple[int, str]]()
    changes = [*((number, *date) for number, date in first.items()), *then]
    for number, at, state in changes:
        was = known.get(number)
        index.enter(str(number), (at, number, state), None if was is None else (was[0], number, was[1]))
        known[number] = (at, state)
        assert_lists(index, known)
    for number, at, _state in changes:
        if number in known and at % 2:
            index.leave(str(number), (known[number][0], number, known.pop(number)[1]))
            assert_lists(index, known)


def assert_lists(index: DatedIndex, known: dict[int, tuple[int, str]]) -> None:
    dates = sorted((at, number, state) for number, (at, state) in known.items())
    assert listed(index) == [str(number) for _at, number, _state in dates]
    for state in ("new", "old"):
        assert listed(index, state) == [str(number) for _at, number, its in dates if its == state]
        since = EVERYTHING._replace(since=2, until=4, after=50, state=state)
        between = [date for date in dates if (2, 50) < date[:2] < (5,) and date[2] == state]
        assert index.page(since) == [str(number) for _at, number, _state in between]
        assert index.count(since) == len(between)


def test_records_of_one_instant_are_listed_by_their_numbers_up_to_the_largest() -> None:
    state = AccountState(ANNA, 3)
    payments = state.record_sets[type(payment())]
    for number in (2**40 - 1, 1, 2**32):
        payments.enter(payment(f"t{number}", number=number, created_at=5))
    payments.enter(payment("later", number=1, created_at=6))
    numbers = payments.index.page(EVERYTHING)
    assert numbers == ["t1", f"t{2**32}", f"t{2**40 - 1}", "later"]
    assert payments.index.page(EVERYTHING._replace(since=5, until=5, after=2**32)) == [f"t{2**40 - 1}"]


def test_the_task_of_a_notification_is_a_delivery_and_any_other_a_transition() -> None:
    state = AccountState(ANNA, 3)
    assert state.queue_of("notification") is state.deliveries
    assert [state.queue_of(kind) is state.transitions for kind in ("payment", "split")] == [True, True]


def test_everything_that_may_be_large_is_named() -> None:
    store = MemoryStore(3)
    store.open_account(ANNA)
    with store.unit("anna") as unit:
        unit.put(payment())
        unit.save_notification(notification())
        unit.schedule(Task(1, "payment", "t1"))
        unit.schedule(Task(1, "notification", "1"))
    heaps = store._accounts["anna"].heaps()
    assert [len(heap) for heap in heaps if heap] == [1] * 10
    store.close()


def test_a_large_account_is_freed_in_a_thread_and_a_small_one_is_left_to_python() -> None:
    reclaimer = Reclaimer()
    small, large = dict.fromkeys(range(4999), ""), dict.fromkeys(range(5000), "")
    reclaimer.reclaim([small])
    reclaimer.reclaim([large])
    while any(thread.name == "reclaim" for thread in threading.enumerate()):
        threading.Event().wait(0.001)
    assert (len(small), len(large)) == (4999, 0)
    reclaimer.close()


def test_nothing_is_freed_once_it_was_closed() -> None:
    reclaimer = Reclaimer()
    reclaimer.close()
    large = dict.fromkeys(range(5000), "")
    reclaimer.reclaim([large])
    assert not any(thread.name == "reclaim" for thread in threading.enumerate())
    assert len(large) == 5000
