from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.clock import (
    FASTEST,
    LAST_INSTANT,
    REAL,
    SLOWEST,
    AccountClock,
    Clocks,
    ClockSetting,
    FrozenClock,
    SystemClock,
    checked,
    instant_shown,
    mended,
)
from mockserver.durations import LONGEST

if TYPE_CHECKING:
    from mockserver.clock import ChangeSetting

INSTANTS = st.integers(0, LAST_INSTANT)
RATES = st.floats(SLOWEST, FASTEST) | st.sampled_from([SLOWEST, 1.0, FASTEST])
NO, YES = st.just(0), st.just(1)
SETTINGS = (
    st.builds(ClockSetting, st.just("real"), INSTANTS, INSTANTS, YES, NO)
    | st.builds(ClockSetting, st.just("scaled"), INSTANTS, INSTANTS, RATES, NO)
    | st.builds(ClockSetting, st.just("frozen"), INSTANTS, INSTANTS, NO, NO)
    | st.builds(ClockSetting, st.just("stepped"), INSTANTS, INSTANTS, NO, st.integers(1, LONGEST))
)


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
    with pytest.raises(ValueError, match="a clock cannot go back"):
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
        self.present, self.kept = setting, list[ClockSetting]()

        def change(setting_after: ChangeSetting) -> None:
            self.present = setting_after(self.present)
            self.kept.append(self.present)

        return AccountClock(machine, lambda: self.present, change)

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
        setting = ClockSetting("scaled", 0, machine.now(), 100)
        clock = AccountClock(machine, lambda: setting, lambda _: None)
        assert clock.seconds_until(60_000) == pytest.approx(0.6, abs=0.1)

    def test_time_ends_where_calendars_do(self, machine: FrozenClock) -> None:
        clock = self.clock(machine, ClockSetting("stepped", LAST_INSTANT - 5, 0, 0, 10))
        clock.tick()
        clock.tick()
        assert clock.now() == LAST_INSTANT

    @given(setting=SETTINGS, present=INSTANTS, instant=st.integers(-(2**70), 2**70))
    def test_every_clock_shows_the_time_and_when_an_instant_comes(
        self, setting: ClockSetting, present: int, instant: int
    ) -> None:
        machine = FrozenClock(present)
        clock = self.clock(machine, checked(setting))
        assert 0 <= clock.now() == instant_shown(setting, machine) <= LAST_INSTANT
        arrival = clock.arrival_of(instant)
        if arrival is None:
            assert setting.rate == 0 or instant > LAST_INSTANT
            assert clock.seconds_until(instant) is None
        else:
            machine.advance(max(0, arrival - present))
            assert clock.now() >= instant
            assert clock.seconds_until(instant) == 0.0
        clock.tick()
        clock.move_to(instant)
        assert checked(clock.setting)
        assert clock.now() >= min(instant, LAST_INSTANT)

    def test_a_machine_that_was_put_back_takes_no_clock_with_it(self, machine: FrozenClock) -> None:
        clock = self.clock(machine, ClockSetting("scaled", 42, self.MACHINE + 3_600_000, 1_000_000))
        assert clock.now() == 42

    def test_what_comes_after_the_end_of_time_does_not_come(self, machine: FrozenClock) -> None:
        clock = self.clock(machine, ClockSetting("scaled", LAST_INSTANT - 5, self.MACHINE, 1_000_000))
        assert clock.arrival_of(LAST_INSTANT) == self.MACHINE + 1
        assert clock.arrival_of(LAST_INSTANT + 1) is None

    @pytest.mark.parametrize("setting", [
        ClockSetting("scaled", 0, 0, 1e-310), ClockSetting("scaled", 0, 0, -1), ClockSetting("scaled", 0, 0, math.nan),
        ClockSetting("scaled", 0, 0, math.inf), ClockSetting("real", 10**30), ClockSetting("real", -1), ClockSetting("real", rate=0),
        ClockSetting("frozen", 0, 2**63, 0), ClockSetting("stepped", 0, 0, 0, 0), ClockSetting("real", step=5),
        ClockSetting("sundial"),  # type: ignore[arg-type]
    ])  # fmt: skip
    def test_no_clock_runs_out_of_bounds(self, machine: FrozenClock, setting: ClockSetting) -> None:
        with pytest.raises(ValueError, match="expected"):
            checked(setting)
        with pytest.raises(ValueError, match="expected"):
            self.clock(machine).run(setting)
        assert self.present is REAL

    @pytest.mark.parametrize(("setting", "stands_at"), [
        (ClockSetting("scaled", 42, 0, 1e-310), 42), (ClockSetting("real", 10**30), LAST_INSTANT), (ClockSetting("real", -7), 0),
        (ClockSetting("real", "noon"), 0),  # type: ignore[arg-type]
    ])  # fmt: skip
    def test_a_setting_from_before_there_were_bounds_stands_still(
        self, machine: FrozenClock, setting: ClockSetting, stands_at: int
    ) -> None:
        clock = self.clock(machine, mended(setting))
        machine.advance(1000)
        assert (clock.setting.kind, clock.now()) == ("frozen", stands_at)
        assert checked(clock.setting)

    def test_a_setting_within_the_bounds_needs_no_mending(self) -> None:
        setting = ClockSetting("scaled", 42, 7, 60)
        assert mended(setting) is setting

    def test_no_clock_goes_back(self, machine: FrozenClock) -> None:
        with pytest.raises(ValueError, match="a clock cannot go back"):
            self.clock(machine).run(ClockSetting("frozen", 42, 0, 0))

    def test_time_that_passes_while_a_clock_is_changed_is_no_way_back(self) -> None:
        class Passing(FrozenClock):
            def now(self) -> int:
                self.advance(1)
                return super().now()

        machine = Passing(self.MACHINE)
        clock = self.clock(machine, ClockSetting("real", self.MACHINE, self.MACHINE))
        clock.change(lambda now: ClockSetting("scaled", now, machine.now(), 60))
        assert self.kept[-1].kind == "scaled"
        clock.run(ClockSetting("real", clock.now() + 1000, machine.now()))
        clock.move_to(clock.now() + 2)
        assert [setting.kind for setting in self.kept] == ["scaled", "real", "real"]

    def test_clocks_read_and_change_the_settings_of_their_accounts(self, machine: FrozenClock) -> None:
        settings = {"anna": ClockSetting("frozen", 42, 0, 0)}

        def change(user: str, setting_after: ChangeSetting) -> None:
            settings[user] = setting_after(settings[user])

        clocks = Clocks(machine, settings.get, change)
        annas = clocks.of("anna")
        clocks.of("anna").move_to(50)
        assert settings["anna"].instant == annas.now() == 50
        assert clocks.of("bert").now() == self.MACHINE, "the clock of an account that is not known is a real one"
        settings["anna"] = ClockSetting("frozen", 7, 0, 0)
        assert annas.now() == 7
        del settings["anna"]
        assert (annas.now(), annas.setting) == (self.MACHINE, REAL)

    def test_a_change_begins_with_the_setting_that_is_stored_by_then(self, machine: FrozenClock) -> None:
        """Another process may change the clock between the look at it and the change."""
        looked, stored = ClockSetting("stepped", 42, 0, 0, 10), ClockSetting("stepped", 90, 0, 0, 10)
        kept: list[ClockSetting] = []
        clock = AccountClock(machine, lambda: looked, lambda change: kept.append(change(stored)))
        clock.tick()
        clock.move_to(60)
        clock.move_to(120)
        assert [setting.instant for setting in kept] == [100, 90, 120]
        with pytest.raises(ValueError, match="this setting is 30 ms in the past"):
            clock.run(ClockSetting("frozen", 60, 0, 0))
        assert len(kept) == 3
