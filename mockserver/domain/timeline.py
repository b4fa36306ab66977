"""What has happened to a trade or a payout, and what is due next."""

from __future__ import annotations

from typing import Literal, NamedTuple

EventKind = Literal["request", "state", "notification", "attempt", "clock"]
CLOCK_TIMELINE = "clock"
"""The timeline on which changes of an account's clock stand."""
TaskKind = Literal["payment", "refund", "payout", "split", "notification"]


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
    """Work that falls due: the next move of a payment, refund, payout or split, or a notification's next delivery.

    A task is known by its kind and the id of what it is about: scheduling it again replaces it.
    """

    at: int
    kind: TaskKind
    about: str
