"""The limits of protocol.md 5.5, at their instants."""

from __future__ import annotations

from datetime import date, time

import pytest

from mockserver.domain.calendar import instant_at
from mockserver.domain.limits import (
    LOW_VALUE,
    MOST_REFUNDS,
    MOST_RETURNS,
    MOST_SPLITS,
    cancellable_until,
    cleared_until,
    oldest_report,
    oldest_transaction,
    refundable_until,
    report_ready_at,
)


def at(day: int, hour: int = 0, minute: int = 0, *, month: int = 11, year: int = 2024) -> int:
    return instant_at(date(year, month, day), time(hour, minute))


def test_an_order_has_fewer_than_30_refunds_and_10_splits_of_10_returns() -> None:
    assert (MOST_REFUNDS, MOST_SPLITS, MOST_RETURNS) == (29, 10, 10)


def test_a_low_value_is_at_most_30_euros() -> None:
    assert LOW_VALUE == 3000


@pytest.mark.parametrize("created_at", [at(27), at(27, 12), at(28) - 1])
def test_an_order_can_be_cancelled_until_half_past_midnight_of_the_next_day(created_at: int) -> None:
    assert cancellable_until(created_at) == at(28, 0, 30)


def test_an_order_of_midnight_has_a_whole_day_more() -> None:
    assert cancellable_until(at(28)) == at(29, 0, 30)


def test_an_order_can_be_cancelled_for_an_hour_less_when_summer_time_begins() -> None:
    created = at(30, 12, month=3)
    assert cancellable_until(created) == at(31, 0, 30, month=3)
    assert cancellable_until(at(31, month=3)) - at(31, month=3) == 23.5 * 3_600_000


def test_a_payment_can_be_refunded_for_a_year() -> None:
    assert refundable_until(at(27, 15, 30)) == at(27, 15, 30, year=2025)


def test_the_day_before_is_cleared_at_four() -> None:
    assert cleared_until(at(27, 4) - 1) == at(26)
    assert cleared_until(at(27, 4)) == at(27)
    assert cleared_until(at(28) - 1) == at(27)


def test_a_report_is_ready_at_seven_of_the_next_day() -> None:
    assert report_ready_at(date(2024, 11, 27)) == at(28, 7)
    assert report_ready_at(date(2024, 12, 31)) == at(1, 7, month=1, year=2025)


def test_reports_go_back_three_months() -> None:
    assert oldest_report(at(27)) == date(2024, 8, 27)
    assert oldest_report(at(27) - 1) == date(2024, 8, 26)


def test_transactions_go_back_seven_years() -> None:
    assert oldest_transaction(at(27, 15)) == at(27, 15, year=2017)
