"""What has happened to a trade or a payout, and what is due next."""

from __future__ import annotations

from typing import Literal, NamedTuple

EventKind = Literal["request", "state", "notification", "attempt", "clock"]
CLOCK_TIMELINE = "clock"
"""The timeline on which changes of an account's clock stand."""
NOTIFICATION = "notification"
"""The kind of the tasks that deliver notifications; other tasks are of the kind whose object changes state."""


class Event(NamedTuple):
    """One step on a timeline: that of a trade with its refunds and splits, or of a payout.

    `timeline` is the trade_id or the payout_id. `reference` is the number of the exchange (`request`) or of the
    notification (`notification`, `attempt`) that the step is about; `text` is the new state, or a sentence.
    """

    timeline: str
    at: int
    kind: EventKind
    reference: int
    text: str


class Task(NamedTuple):
    """Work that is due at an instant: an object's next transition, or a notification's next delivery.

    A task is known by its `kind` (that of the object, or `NOTIFICATION`) and the id that it is `about`: scheduling it
    again replaces it.
    """

    at: int
    kind: str
    about: str
