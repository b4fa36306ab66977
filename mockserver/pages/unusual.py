"""What is unusual about an account, for the header: selected scenarios, and a clock that is not the real time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.accounts import ScenarioQueue
from mockserver.durations import duration_text, short_duration
from mockserver.pages.rendering import translated

if TYPE_CHECKING:
    from mockserver.app import Application
    from mockserver.clock import AccountClock
    from mockserver.domain.accounts import Account

_NAMED = 3


class Unusual(NamedTuple):
    """In words, and empty where nothing is: the scenarios of the next requests, the default one, and the clock."""

    queued: str
    default: str
    clock: str


def unusual_of(app: Application, account: Account, clock: AccountClock) -> Unusual:
    """What is unusual about an account now."""
    with app.store.read(account.user) as view:
        queue = view.get(ScenarioQueue, "queue") or ScenarioQueue()
    named = [f"{one.scenario} × {one.remaining}" for one in queue.entries[:_NAMED]]  # noqa: RUF001 - it reads as times
    more = [f"+ {len(queue.entries) - _NAMED}"] if len(queue.entries) > _NAMED else []
    return Unusual(
        translated("Next requests: {scenarios}", scenarios=", ".join([*named, *more])) if named else "",
        translated("Default scenario: {name}", name=account.scenario) if account.scenario else "",
        _clock(clock),
    )


def _clock(clock: AccountClock) -> str:
    kind, instant, since, rate, step = clock.setting
    if kind == "frozen":
        return translated("Clock frozen")
    if kind == "stepped":
        return translated("Clock + {step} at each request", step=duration_text(step))
    if kind == "scaled":
        return translated("Clock × {rate}", rate=f"{rate:g}")  # noqa: RUF001 - it reads as times
    apart = instant - since
    if not apart:
        return ""
    return translated("Clock {apart}", apart=f"{'+' if apart > 0 else '-'} {short_duration(abs(apart))}")
