"""Until when something may be done to a payment (protocol.md 5.5). Instants in, instants out."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from mockserver.evidence import Fact

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_LAST_CANCELLATION = time(0, 30)


@lru_cache(maxsize=1)
def _gateway_zone() -> ZoneInfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - its tables are read when a time of day first matters

    return ZoneInfo("Europe/Amsterdam")


def cancellable_until(created_at: int) -> int:
    """00:30 of the day after the creation, in the gateway's own time."""
    zone = _gateway_zone()
    created = datetime.fromtimestamp(created_at / 1000, zone)
    last = datetime.combine(created.date() + timedelta(days=1), _LAST_CANCELLATION, zone)
    return round(last.timestamp() * 1000)


EVIDENCE = (
    Fact("v3.CancelPayment", "Possible until 00:30 Central European Time of the day after the creation.", "documented",
         "3.17, 5.5"),
    Fact("v3.CancelPayment", "Central European Time follows summer time.", "assumed", "7.13"),
)  # fmt: skip
