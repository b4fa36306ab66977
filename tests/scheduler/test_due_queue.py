"""Whose work comes next, where each account has a clock of its own: instants replaced, clocks slowed down or broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.clock import REAL, Clocks, ClockSetting, FrozenClock
from mockserver.scheduler.due_queue import DueQueue

if TYPE_CHECKING:
    from mockserver.clock import ChangeSetting

START = 1_732_672_545_000


class Times:
    """A machine that stands still, and accounts whose clocks run as set."""

    def __init__(self, settings: dict[str, ClockSetting]) -> None:
        self.machine = FrozenClock(START)
        self.settings = settings
        self.clocks = Clocks(self.machine, settings.get, self._change)
        self.queue = DueQueue(self.clocks)

    def _change(self, user: str, setting_after: ChangeSetting) -> None:
        self.settings[user] = setting_after(self.settings[user])


@pytest.fixture
def times() -> Times:
    return Times(
        {
            "stands": ClockSetting("frozen", START - 10_000, START, 0),
            "hurries": ClockSetting("scaled", START, START, 60),
        }
    )


def test_an_account_whose_clock_stands_still_holds_up_nobody(times: Times) -> None:
    times.queue.add("stands", START - 5_000)
    assert times.queue.take() is None
    assert times.queue.stands_still("stands")
    assert times.queue.add("runs", START + 1_000)
    times.machine.advance(1_000)
    assert times.queue.take() == "runs"


def test_what_comes_sooner_by_the_machine_comes_first(times: Times) -> None:
    times.queue.add("runs", START + 2_000)
    assert times.queue.add("hurries", START + 60_000)
    times.machine.advance(1_000)
    assert times.queue.take() == "hurries"
    assert times.queue.take() is None
    times.machine.advance(1_000)
    assert times.queue.take() == "runs"


def test_an_instant_comes_once_its_clock_is_moved_by_hand(times: Times) -> None:
    times.queue.add("stands", START)
    times.clocks.of("stands").move_to(START)
    assert times.queue.follow_clock("stands")
    assert times.queue.take() == "stands"


def test_a_clock_that_was_slowed_down_brings_its_instant_later(times: Times) -> None:
    times.queue.add("hurries", START + 60_000)
    times.clocks.of("hurries").run(ClockSetting("frozen", START, START, 0))
    times.machine.advance(1_000)
    assert times.queue.take() is None
    assert times.queue.stands_still("hurries")


def test_a_sooner_instant_replaces_a_later_one_and_is_reported_once(times: Times) -> None:
    times.queue.add("runs", START + 2_000)
    assert not times.queue.add("runs", START + 3_000)
    assert times.queue.add("runs", START + 1_000)
    times.machine.advance(5_000)
    assert (times.queue.take(), times.queue.take()) == ("runs", None)


def test_nothing_is_planned_for_an_account_that_is_gone(times: Times) -> None:
    times.queue.add("runs", START + 1_000)
    times.queue.forget("runs")
    times.machine.advance(1_000)
    assert times.queue.take() is None
    assert not times.queue.stands_still("runs")


def test_a_commit_changes_a_plan_that_is_later_or_stands_still(times: Times) -> None:
    times.queue.add("runs", START + 1_000)
    times.queue.add("stands", START + 1_000)
    ready = [times.queue.is_ready_for("runs", at) for at in (None, START + 999, START + 1_000, START + 1_001)]
    assert ready == [True, False, True, True]
    assert not times.queue.is_ready_for("stands", None)
    assert times.queue.is_ready_for("has no work", None)
    assert not times.queue.is_ready_for("has no work", START)


def test_the_queue_gives_the_seconds_until_the_next_instant() -> None:
    class Later(FrozenClock):
        def seconds_until(self, instant: int) -> float | None:
            return (instant - self.now()) / 1000

    later = DueQueue(Clocks(Later(START), lambda _user: REAL, lambda _user, _change: None))
    assert later.take() is None
    later.add("one", START + 2500)
    assert later.take() == 2.5
    later.add("two", START + 500)
    assert later.take() == 0.5


def test_an_instant_that_has_passed_comes_at_once(times: Times) -> None:
    assert times.queue.add("one", 0)
    assert not times.queue.stands_still("one")
    assert times.queue.take() == "one"


def test_an_account_that_was_taken_may_come_again(times: Times) -> None:
    for _ in range(2):
        assert times.queue.add("one", START)
        assert times.queue.take() == "one"
    assert times.queue.take() is None


def test_the_same_instant_again_changes_nothing(times: Times) -> None:
    assert times.queue.add("one", START + 5)
    assert not times.queue.add("one", START + 5)
    assert times.queue.add("one", START + 4)


def test_only_what_comes_before_all_others_is_said_to_come_first(times: Times) -> None:
    assert times.queue.add("one", START + 5)
    assert not times.queue.add("two", START + 6)
    assert times.queue.add("three", START + 4)


def test_the_clock_of_an_account_without_work_changes_nothing(times: Times) -> None:
    assert not times.queue.follow_clock("one")
    assert not times.queue.stands_still("one")
    assert times.queue.take() is None


def test_work_on_a_clock_that_runs_slower_comes_later(times: Times) -> None:
    times.queue.add("hurries", START + 60_000)
    times.clocks.of("hurries").run(ClockSetting("real", START, START, 1))
    times.machine.advance(1000)
    assert times.queue.take() is None
    assert not times.queue.stands_still("hurries")
    times.machine.advance(58_999)
    assert times.queue.take() is None
    times.machine.advance(1)
    assert times.queue.take() == "hurries"


def test_work_on_a_broken_clock_comes_at_once() -> None:
    def setting_of(_user: str) -> ClockSetting:
        raise ZeroDivisionError

    machine = FrozenClock(START)
    queue = DueQueue(Clocks(machine, setting_of, lambda _user, _change: None))
    assert queue.add("broken", START + 10_000)
    assert queue.take() == "broken"
    machine.advance(1)
    assert queue.take() is None


def test_instants_that_were_replaced_do_not_pile_up(times: Times) -> None:
    times.queue.add("other", START + 700)
    for sooner in range(1000):
        times.queue.add("one", START + 2000 - sooner)
    assert len(times.queue._coming) <= 105
    times.machine.advance(700)
    assert times.queue.take() == "other"
    assert times.queue.take() is None
    times.machine.advance(301)
    assert times.queue.take() == "one"
    assert times.queue.take() is None
    assert times.queue._coming == []
