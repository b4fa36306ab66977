"""Dutch days, which change at 23:00 UTC in winter and at 22:00 UTC in summer, and the time of China."""

from __future__ import annotations

from datetime import date, datetime, time, timezone

import pytest

from mockserver.domain.calendar import (
    day_of,
    instant_at,
    months_earlier,
    seconds_text,
    stamp,
    utc_offset_text,
    years_later,
)


def utc(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=timezone.utc).timestamp() * 1000)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("midnight", "before", "after"),
    [
        ((2024, 1, 15, 23), date(2024, 1, 15), date(2024, 1, 16)),
        ((2024, 7, 15, 22), date(2024, 7, 15), date(2024, 7, 16)),
    ],
)
def test_a_day_ends_at_dutch_midnight(midnight: tuple[int, ...], before: date, after: date) -> None:
    assert day_of(utc(*midnight) - 1) == before
    assert day_of(utc(*midnight)) == after
    assert day_of(utc(*midnight) + 1) == after


def test_a_day_begins_at_its_midnight() -> None:
    assert instant_at(date(2024, 1, 16)) == utc(2024, 1, 15, 23)
    assert instant_at(date(2024, 7, 16)) == utc(2024, 7, 15, 22)


def test_an_instant_on_a_day_has_its_time() -> None:
    assert instant_at(date(2024, 1, 16), time(0, 30)) == utc(2024, 1, 15, 23, 30)
    assert instant_at(date(2024, 1, 16), time(4, 0, 0, 5000)) == utc(2024, 1, 16, 3) + 5


def test_the_days_on_which_summer_time_changes_have_23_and_25_hours() -> None:
    hours = 3_600_000
    assert instant_at(date(2024, 4, 1)) - instant_at(date(2024, 3, 31)) == 23 * hours
    assert instant_at(date(2024, 10, 28)) - instant_at(date(2024, 10, 27)) == 25 * hours


def test_the_offset_of_a_day_is_the_one_at_its_noon() -> None:
    days = [date(2024, 3, 30), date(2024, 3, 31), date(2024, 10, 26), date(2024, 10, 27)]
    assert [utc_offset_text(day) for day in days] == ["GMT+1", "GMT+2", "GMT+2", "GMT+1"]


def test_a_year_later_is_the_same_dutch_date_and_time() -> None:
    assert years_later(utc(2023, 3, 1, 12, 0, 1), 1) == utc(2024, 3, 1, 12, 0, 1)
    assert years_later(utc(2024, 3, 28, 11), 1) == utc(2025, 3, 28, 11)
    assert years_later(utc(2024, 3, 30, 11), 1) == utc(2025, 3, 30, 10)  # noon, which is in summer time by then


def test_years_may_be_counted_back() -> None:
    assert years_later(utc(2024, 11, 27, 2), -7) == utc(2017, 11, 27, 2)


def test_a_year_after_29_february_is_the_28th() -> None:
    assert years_later(utc(2024, 2, 29, 12), 1) == utc(2025, 2, 28, 12)


@pytest.mark.parametrize("day", [28, 1])
def test_other_days_of_february_stay_what_they_are(day: int) -> None:
    assert years_later(utc(2024, 2, day, 12), 1) == utc(2025, 2, day, 12)


@pytest.mark.parametrize("month", [1, 3])
def test_the_29th_of_other_months_stays_the_29th(month: int) -> None:
    assert years_later(utc(2024, month, 29, 12), 1) // 86_400_000 == utc(2025, month, 29) // 86_400_000


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        (date(2024, 5, 15), 3, date(2024, 2, 15)),
        (date(2024, 5, 31), 3, date(2024, 2, 29)),
        (date(2023, 5, 31), 3, date(2023, 2, 28)),
        (date(2024, 3, 1), 3, date(2023, 12, 1)),
        (date(2024, 1, 31), 1, date(2023, 12, 31)),
    ],
)
def test_months_earlier_is_the_same_day_or_the_last_of_that_month(day: date, months: int, earlier: date) -> None:
    assert months_earlier(day, months) == earlier


def test_a_month_earlier_crosses_the_year_in_january_only() -> None:
    assert months_earlier(date(2024, 12, 10), 1) == date(2024, 11, 10)
    assert months_earlier(date(2024, 12, 10), 12) == date(2023, 12, 10)


def test_numbers_begin_with_the_time_of_china_like_the_published_split() -> None:
    assert stamp(1_703_819_178_372) == "20231229110618"


def test_times_are_texts_of_whole_seconds() -> None:
    assert seconds_text(1_703_819_178_999) == "1703819178"
    assert seconds_text(0) == "0"


def test_a_time_that_has_not_come_is_an_empty_text() -> None:
    assert not seconds_text(None)
