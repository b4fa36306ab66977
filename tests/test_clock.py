from __future__ import annotations

import time

import pytest

from mockserver.clock import LAST_INSTANT, REAL, AccountClock, Clocks, ClockSetting, FrozenClock, SystemClock


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


class TestAccountClock:
    MACHINE = 1_000_000

    @pytest.fixture
    def machine(self) -> FrozenClock:
        return FrozenClock(self.MACHINE)

    def clock(self, machine: FrozenClock, setting: ClockSetting = REAL) -> AccountClock:
        self.kept: list[ClockSetting] = []
        return AccountClock(setting, machine, self.kept.append)

    def test_a_real_clock_goes_with_the_machine(self, machine: FrozenClock) -> None:
        clock = self.clock(machine)
        machine.advance(500)
        assert clock.now() == self.MACHINE + 500
        assert clock.seconds_until(self.MACHINE + 500) == 0.0

    def test_a_real_clock_that_was_moved_stays_ahead(self, machine: FrozenClock) -> None:
        clock = self.clock(machine)
        clock.move_to(self.MACHINE + 3600)
        machine.advance(100)
        assert clock.now() == self.MACHINE + 3700
        assert self.kept == [ClockSetting("real", self.MACHINE + 3600, self.MACHINE)]

    def test_a_frozen_clock_stands(self, machine: FrozenClock) -> None:
        clock = self.clock(machine, ClockSetting("frozen", 42, 0, 0))
        machine.advance(500)
        assert clock.now() == 42
        assert clock.seconds_until(43) is None
        clock.move_to(50)
        clock.move_to(45)
        assert clock.now() == 50

    def test_a_stepped_clock_goes_on_with_each_tick(self, machine: FrozenClock) -> None:
        clock = self.clock(machine, ClockSetting("stepped", 42, 0, 0, 10))
        clock.tick()
        clock.tick()
        assert clock.now() == 62
        assert self.kept[-1].instant == 62

    @pytest.mark.parametrize(("rate", "gone"), [(60, 60_000), (0.5, 500)])
    def test_a_scaled_clock_goes_faster_or_slower(self, machine: FrozenClock, rate: float, gone: int) -> None:
        clock = self.clock(machine, ClockSetting("scaled", 0, self.MACHINE, rate))
        machine.advance(1000)
        assert clock.now() == gone

    def test_a_scaled_clock_says_how_long_to_wait_in_real_time(self) -> None:
        machine = SystemClock()
        clock = AccountClock(ClockSetting("scaled", 0, machine.now(), 100), machine, lambda _: None)
        assert clock.seconds_until(60_000) == pytest.approx(0.6, abs=0.1)

    def test_time_ends_where_calendars_do(self, machine: FrozenClock) -> None:
        clock = self.clock(machine, ClockSetting("stepped", LAST_INSTANT - 5, 0, 0, 10))
        clock.tick()
        clock.tick()
        assert clock.now() == LAST_INSTANT

    def test_no_clock_goes_back(self, machine: FrozenClock) -> None:
        with pytest.raises(ValueError, match="forward only"):
            self.clock(machine).run(ClockSetting("frozen", 42, 0, 0))

    def test_clocks_are_made_once_and_read_anew_when_forgotten(self, machine: FrozenClock) -> None:
        settings = {"anna": ClockSetting("frozen", 42, 0, 0)}
        clocks = Clocks(machine, lambda user: settings.get(user, REAL), settings.__setitem__)
        assert clocks.of("anna") is clocks.of("anna")
        clocks.of("anna").move_to(50)
        assert settings["anna"].instant == 50
        assert (clocks.of("anna").now(), clocks.of("bert").now()) == (50, self.MACHINE)
        settings["anna"] = REAL
        clocks.forget("anna")
        assert clocks.of("anna").now() == self.MACHINE
