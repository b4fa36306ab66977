"""The gateway's calendars: clearing uses Dutch days, generated numbers begin with the time in China."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from mockserver.durations import moment
from mockserver.evidence import Fact

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_QUARTER_HOUR = 15 * 60 * 1000  # days and summer time change only at these
_CHINA = timezone(timedelta(hours=8))


@lru_cache(maxsize=1)
def _dutch_zone() -> ZoneInfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - reads its tables at the first use

    return ZoneInfo("Europe/Amsterdam")


def day_of(instant: int) -> date:
    return _day_of_quarter(instant // _QUARTER_HOUR)


@lru_cache(maxsize=4096)
def _day_of_quarter(quarter: int) -> date:
    return moment(quarter * _QUARTER_HOUR, _dutch_zone()).date()


def instant_at(day: date, time_of_day: time = time()) -> int:
    """The instant of a time on a Dutch day, by default midnight."""
    return round(datetime.combine(day, time_of_day, _dutch_zone()).timestamp() * 1000)


def utc_offset_text(day: date) -> str:
    """The UTC offset of a Dutch day at noon: `GMT+1`, in summer `GMT+2`."""
    offset = datetime.combine(day, time(12), _dutch_zone()).utcoffset() or timedelta()
    return f"GMT+{offset // timedelta(hours=1)}"


def years_later(instant: int, years: int) -> int:
    """The same Dutch date and time in another year; 29 February becomes the 28th."""
    then = moment(instant, _dutch_zone())
    leap = (then.month, then.day) == (2, 29)
    later = then.replace(year=then.year + years, day=28) if leap else then.replace(year=then.year + years)
    return round(later.timestamp() * 1000)


def months_earlier(day: date, months: int) -> date:
    """The same day `months` earlier, or the last day of that month."""
    month = day.year * 12 + day.month - 1 - months
    first = date(month // 12, month % 12 + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def stamp(instant: int) -> str:
    """The beginning of the gateway's numbers: an instant as `yyyyMMddHHmmss` in the time of China."""
    return moment(instant, _CHINA).strftime("%Y%m%d%H%M%S")


def seconds_text(instant: int | None) -> str:
    return "" if instant is None else str(instant // 1000)


EVIDENCE = (
    Fact("refund_id, split_id", "Begin with the time of China, as the published ones do next to their Unix times.",
         "documented", "3.19, 4.4, 5.6"),
)  # fmt: skip
