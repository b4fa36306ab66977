"""Limits of times and counts (protocol.md 5.5), as functions of instants."""

from __future__ import annotations

from datetime import date, time, timedelta

from mockserver.domain.calendar import day_of, instant_at, months_earlier, years_later
from mockserver.evidence import Fact

MOST_REFUNDS = 29
MOST_SPLITS = 10
MOST_RETURNS = 10
LOW_VALUE = 30_00
"""The maximum amount with the SCA exemption LowValue, in hundredths of a euro."""

_LAST_CANCELLATION = time(0, 30)
_CLEARING = time(4)
_REPORTS_READY = time(7)
_MONTHS_OF_REPORTS = 3
_YEARS_OF_TRANSACTIONS = 7


def cancellable_until(created_at: int) -> int:
    """00:30 Dutch time on the day after the creation."""
    return instant_at(day_of(created_at) + timedelta(days=1), _LAST_CANCELLATION)


def refundable_until(paid_at: int) -> int:
    """A year after the payment."""
    return years_later(paid_at, 1)


def cleared_until(now: int) -> int:
    """The instant before which all movements are cleared: a day is cleared at 04:00 of the next day."""
    today = day_of(now)
    return instant_at(today if now >= instant_at(today, _CLEARING) else today - timedelta(days=1))


def report_ready_at(day: date) -> int:
    """When the report of a day is available: 07:00 of the next day."""
    return instant_at(day + timedelta(days=1), _REPORTS_READY)


def oldest_report(now: int) -> date:
    return months_earlier(day_of(now), _MONTHS_OF_REPORTS)


def oldest_transaction(now: int) -> int:
    """The earliest instant for which movements can be listed."""
    return years_later(now, -_YEARS_OF_TRANSACTIONS)


EVIDENCE = (
    Fact("v3.CancelPayment", "Possible until 00:30 Central European Time of the day after the creation.", "documented",
         "3.17, 5.5"),
    Fact("v3.CancelPayment", "Central European Time follows summer time.", "assumed", "7.13"),
    Fact("v3.CreateRefund", "Possible until a year after the payment.", "documented", "3.18, 5.5"),
    Fact("v3.CreateRefund", "At most 29 refunds of an order, without failed ones.", "assumed",
         "7.14: fewer than 30"),
    Fact("v3.GetTradebill", "The day before is cleared at 04:00 Dutch time; reports from 07:00, for three months.",
         "documented", "3.22"),
    Fact("v3.GetTradebill", "Movements of at most a year, not older than seven years.", "documented",
         "3.23"),
    Fact("3ds_initiate", "An exempted payment (03, LowValue) is at most EUR 30.", "assumed",
         "3.11 UNSEEN; the European rule for low values"),
)  # fmt: skip
