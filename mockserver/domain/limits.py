"""Until when something may be done, and how often (protocol.md 5.5). Instants in, instants out."""

from __future__ import annotations

from datetime import date, time, timedelta

from mockserver.domain.calendar import day_of, instant_at, months_earlier, years_later
from mockserver.evidence import Fact

MOST_REFUNDS = 29
MOST_SPLITS = 10
MOST_RETURNS = 10
LOW_VALUE = 30_00
"""The most that a payment with the SCA exemption LowValue may cost, in hundredths of a euro."""

_LAST_CANCELLATION = time(0, 30)
_CLEARING = time(4)
_REPORTS_READY = time(7)
_MONTHS_OF_REPORTS = 3
_YEARS_OF_TRANSACTIONS = 7


def cancellable_until(created_at: int) -> int:
    """00:30 of the day after the creation, in the gateway's own time."""
    return instant_at(day_of(created_at) + timedelta(days=1), _LAST_CANCELLATION)


def refundable_until(paid_at: int) -> int:
    """A year after the payment."""
    return years_later(paid_at, 1)


def cleared_until(now: int) -> int:
    """The instant before which every movement has been cleared: the end of the last day cleared at 04:00."""
    today = day_of(now)
    return instant_at(today if now >= instant_at(today, _CLEARING) else today - timedelta(days=1))


def report_ready_at(day: date) -> int:
    """When the report about a day can be had: 07:00 of the next."""
    return instant_at(day + timedelta(days=1), _REPORTS_READY)


def oldest_report(now: int) -> date:
    """The earliest day that reports are kept of."""
    return months_earlier(day_of(now), _MONTHS_OF_REPORTS)


def oldest_transaction(now: int) -> int:
    """The earliest instant that movements can be asked for."""
    return years_later(now, -_YEARS_OF_TRANSACTIONS)


EVIDENCE = (
    Fact("v3.CancelPayment", "Possible until 00:30 Central European Time of the day after the creation.", "documented",
         "3.17, 5.5"),
    Fact("v3.CancelPayment", "Central European Time follows summer time.", "assumed", "7.13"),
    Fact("v3.CreateRefund", "Possible until a year after the payment.", "documented", "3.18, 5.5"),
    Fact("v3.CreateRefund", "At most 29 refunds of an order, those that failed not counted.", "assumed",
         "7.14: fewer than 30"),
    Fact("v3.GetTradebill", "Cleared at 04:00 Dutch time for the day before; reports from 07:00, three months back.",
         "documented", "3.22"),
    Fact("v3.GetTradebill", "Movements of a range of at most a year, not older than seven years.", "documented",
         "3.23"),
    Fact("3ds_initiate", "An exempted payment (03, LowValue) costs at most EUR 30.", "assumed",
         "3.11 UNSEEN; the European rule for low values"),
)  # fmt: skip
