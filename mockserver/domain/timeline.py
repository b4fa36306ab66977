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
    notification (`notification`, `attempt`) that the step is about; `text` is the new state, or a sentence. `duration`
    is how many milliseconds an attempt took.
    """

    timeline: str
    at: int
    kind: EventKind
    reference: int
    text: str
    duration: int | None = None

    @property
    def sentence(self) -> str:
        """The text, with the duration in brackets."""
        return self.text if self.duration is None else f"{self.text} ({self.duration} ms)"


class Task(NamedTuple):
    """Work that is due at an instant: an object's next transition, or a notification's next delivery.

    A task is known by its `kind` (that of the object, or `NOTIFICATION`) and the id that it is `about`: scheduling it
    again replaces it.
    """

    at: int
    kind: str
    about: str


class Exchange(NamedTuple):
    """One request to the gateway and its answer, as the journal keeps them.

    `trade_id` and `scenario` are empty when there was none; `reason` is empty for an accepted
    request that nothing was done to; `duration` is in microseconds. `explanation` is what was found out about a
    refusal, as JSON.
    """

    number: int
    at: int
    user: str
    method: str
    code: str
    trade_id: str
    scenario: str
    reason: str
    string_to_sign: str
    request: bytes
    answer: bytes
    duration: int
    explanation: str = ""
