"""The time that was signed in place of the one that was sent: the clock read twice, another unit, or a date."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from mockserver.explain.variants.model import Message, Mistake, Parameters, Stage, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_TIME = len("1732672545000")
_HOUR = 3600
_DAY = 24 * _HOUR
_HOURS = range(_HOUR, 14 * _HOUR + 1, _HOUR // 2)


def _near_times(message: Message) -> Iterator[Variant]:
    """The clock read twice, or in another unit."""
    sent = _time_sent(message)
    if sent:
        near = [str(int(sent) + sign * distance) for distance in range(1, 11) for sign in (-1, 1)]
        for time in (*near[:2], sent[:-3], f"{sent}000", *near[2:], "0", ""):
            yield at_time(time)


def far_times(message: Message) -> tuple[list[str], list[str]]:
    """Dates and the times of other zones, then later ones and milliseconds, which are many."""
    sent = _time_sent(message)
    if not sent:
        return [], []
    unit = 1000 if len(sent) == _LONGEST_TIME else 1
    hours = [int(sent) + sign * hour * unit for hour in (*_HOURS, _DAY) for sign in (1, -1)]
    farther = range(11, 1000 if unit > 1 else 121)
    later = [str(int(sent) + sign * distance) for distance in farther for sign in (1, -1)]
    parts = [] if unit > 1 else [f"{sent}{part:03}" for part in range(1, 1000)]
    return [*_dates(message), *[str(time) for time in hours]], [*later, *parts]


_DAY_AND_TIME = "%Y-%m-%d %H:%M:%S"
_HOURS_FROM_GREENWICH = (0, 1, 2, 8)
_DATES = (
    _DAY_AND_TIME, "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d", "%Y%m%d", "%Y-%m-%dT%H:%M:%S{zone}",
    f"{_DAY_AND_TIME}{{zone}}", f"{_DAY_AND_TIME} %z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
    f"{_DAY_AND_TIME}.000", "%Y-%m-%dT%H:%M:%S.000", "%Y-%m-%dT%H:%M:%S.000{zone}", "%Y%m%d%H%M%S000",
    "%Y%m%d %H%M%S", "%Y%m%dT%H%M%S", "%y%m%d%H%M%S", "%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S %z",
)  # fmt: skip
"""As `strftime` writes them, in any of the zones; `{zone}` is the zone with a colon."""

_DATES_OF_GREENWICH = (
    "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000Z", "%a, %d %b %Y %H:%M:%S GMT", "%a %b %d %H:%M:%S UTC %Y",
    "%a %b %d %H:%M:%S GMT %Y", f"{_DAY_AND_TIME} UTC", f"{_DAY_AND_TIME} +0000 UTC", "%Y%m%dT%H%M%SZ",
    f"{_DAY_AND_TIME}Z", "%Y-%m-%dT%H:%MZ", "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)",
)  # fmt: skip


def _dates(message: Message) -> list[str]:
    """The time as a date or as a fraction, as the languages write them, in the likelier zones."""
    sent = _time_sent(message)
    if len(sent) not in {len("1732672545"), _LONGEST_TIME}:
        return []
    moment = datetime.fromtimestamp(int(sent[:10]), timezone.utc)
    part = sent[10:] or "000"
    there = [moment.astimezone(timezone(timedelta(hours=hours))) for hours in _HOURS_FROM_GREENWICH]
    texts = [f"{sent}.0", f"{sent}.000", f"{sent[0]}.{sent[1:].rstrip('0')}E{len(sent) - 1}", f"{int(sent):x}"]
    texts += [moment.strftime(form) for form in _DATES_OF_GREENWICH]
    texts += [_date(one, form) for one in there for form in _DATES]
    return list(dict.fromkeys([*texts, *[text.replace(".000", f".{part}") for text in texts[4:] if part != "000"]]))


def _date(moment: datetime, form: str) -> str:
    zone = moment.strftime("%z")
    return moment.strftime(form.replace("{zone}", f"{zone[:3]}:{zone[3:]}"))


def at_time(time: str) -> Variant:
    """A time signed in place of the one that was sent."""
    return Variant(partial(_at, time=time), f"time={time}", ("time differs",))


def _time_sent(message: Message) -> str:
    sent = str(message.parameters.get("time", ""))
    return sent if sent.isascii() and sent.isdecimal() and len(sent) <= _LONGEST_TIME else ""


def _at(parameters: Parameters, time: str) -> Parameters:
    return {**parameters, "time": time} if "time" in parameters else parameters


MISTAKES = (
    Mistake(
        "time differs",
        "The time that was signed is not the time that was sent.",
        "Read the clock once, in seconds, and use that value both in the string and in the body.",
        {Stage.TIME: _near_times},
    ),
)
