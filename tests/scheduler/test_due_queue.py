"""Whose work comes next, where each account has a clock of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.clock import REAL, Clocks, ClockSetting, FrozenClock
from mockserver.scheduler.due_queue import DueQueue

if TYPE_CHECKING:
    from collections.abc import Mapping

START = 1_732_672_545_000


class Times:
    """A machine that stands still, and accounts whose clocks run as set."""

    def __init__(self, settings: Mapping[str, ClockSetting]) -> None:
        self.machine = FrozenClock(START)
        self.clocks = Clocks(self.machine, lambda user: settings.get(user, REAL), lambda _user, _setting: None)
        self.queue = DueQueue(self.clocks)


@pytest.fixture
def times() -> Times:
    stands = ClockSetting("frozen", START - 10_000, START, 0)
    hurries = ClockSetting("scaled", START, START, 60)
    return Times({"stands": stands, "hurries": hurries})


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
