"""What the queue of accounts does with instants that were replaced, broken clocks and clocks that were slowed down."""

from __future__ import annotations

import pytest

from mockserver.clock import REAL, Clocks, ClockSetting, FrozenClock
from mockserver.scheduler.due_queue import DueQueue

START = 1_732_672_545_000
FAST = ClockSetting("scaled", START, START, 60)


def setting_of(user: str) -> ClockSetting:
    if user == "broken":
        raise ZeroDivisionError
    return FAST if user == "fast" else REAL


@pytest.fixture
def machine() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
def clocks(machine: FrozenClock) -> Clocks:
    return Clocks(machine, setting_of, lambda _user, _setting: None)


@pytest.fixture
def queue(clocks: Clocks) -> DueQueue:
    return DueQueue(clocks)


def test_the_queue_gives_the_seconds_until_the_next_instant() -> None:
    class Later(FrozenClock):
        def seconds_until(self, instant: int) -> float | None:
            return (instant - self.now()) / 1000

    later = DueQueue(Clocks(Later(START), setting_of, lambda _user, _setting: None))
    assert later.take() is None
    later.add("one", START + 2500)
    assert later.take() == 2.5
    later.add("two", START + 500)
    assert later.take() == 0.5


def test_an_instant_that_has_passed_comes_at_once(queue: DueQueue) -> None:
    assert queue.add("one", 0)
    assert not queue.stands_still("one")
    assert queue.take() == "one"


def test_an_account_that_was_taken_may_come_again(queue: DueQueue) -> None:
    for _ in range(2):
        assert queue.add("one", START)
        assert queue.take() == "one"
    assert queue.take() is None


def test_the_same_instant_again_changes_nothing(queue: DueQueue) -> None:
    assert queue.add("one", START + 5)
    assert not queue.add("one", START + 5)
    assert queue.add("one", START + 4)


def test_only_what_comes_before_all_others_is_said_to_come_first(queue: DueQueue) -> None:
    assert queue.add("one", START + 5)
    assert not queue.add("two", START + 6)
    assert queue.add("three", START + 4)


def test_the_clock_of_an_account_without_work_changes_nothing(queue: DueQueue) -> None:
    assert not queue.follow_clock("one")
    assert not queue.stands_still("one")
    assert queue.take() is None


def test_work_on_a_clock_that_runs_slower_comes_later(queue: DueQueue, clocks: Clocks, machine: FrozenClock) -> None:
    queue.add("fast", START + 60_000)
    clocks.of("fast").run(ClockSetting("real", START, START, 1))
    machine.advance(1000)
    assert queue.take() is None
    assert not queue.stands_still("fast")
    machine.advance(58_999)
    assert queue.take() is None
    machine.advance(1)
    assert queue.take() == "fast"


def test_work_on_a_broken_clock_comes_at_once(queue: DueQueue, machine: FrozenClock) -> None:
    assert queue.add("broken", START + 10_000)
    assert queue.take() == "broken"
    machine.advance(1)
    assert queue.take() is None


def test_instants_that_were_replaced_do_not_pile_up(queue: DueQueue, machine: FrozenClock) -> None:
    queue.add("other", START + 700)
    for sooner in range(1000):
        queue.add("one", START + 2000 - sooner)
    assert len(queue._coming) <= 105
    machine.advance(700)
    assert queue.take() == "other"
    assert queue.take() is None
    machine.advance(301)
    assert queue.take() == "one"
    assert queue.take() is None
    assert queue._coming == []
