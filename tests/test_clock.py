from __future__ import annotations

import time

import pytest

from mockserver.clock import FrozenClock, SystemClock


def test_a_frozen_clock_stands_until_it_is_advanced() -> None:
    clock, moves = FrozenClock(1000), list[int]()
    clock.on_change(lambda: moves.append(clock.now()))
    assert clock.now() == clock.now() == 1000
    clock.advance(500)
    assert clock.now() == 1500
    assert moves == [1500]


def test_a_frozen_clock_does_not_reach_an_instant_by_itself() -> None:
    clock = FrozenClock(1000)
    assert clock.seconds_until(1001) is None
    assert clock.seconds_until(1000) == 0.0


def test_a_clock_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="goes forward only"):
        FrozenClock().advance(-1)


def test_the_system_clock_is_the_systems() -> None:
    clock = SystemClock()
    before = time.time_ns() // 1_000_000
    assert before <= clock.now() <= time.time_ns() // 1_000_000
    assert clock.seconds_until(clock.now() - 5) == 0
    assert 3590 < (clock.seconds_until(clock.now() + 3_600_000) or 0) <= 3600
