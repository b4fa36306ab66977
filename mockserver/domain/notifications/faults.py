"""Faults of notifications, which scenarios use."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

Form = Literal["json", "resultData", "percent-encoded"]
"""The encodings of a notification's body that published receivers accept (protocol.md 4.0)."""

FORMS: tuple[Form, ...] = get_args(Form)


class NotificationFaults(NamedTuple):
    """The faults of the notification of one change of state. Durations are milliseconds.

    `copies` are sent one after the other, or at the same time if `concurrent`. With `after_next` it is sent only after
    the next notification of the same trade; with `before_answer` the answer to the request waits for its delivery.
    `fields` replace the real ones and are signed. `replay_after` resends the oldest notification of the trade. For
    `ahead_of_query`, queries return the previous state.
    """

    delay: int = 0
    copies: int = 1
    concurrent: bool = False
    after_next: bool = False
    before_answer: bool = False
    dropped: bool = False
    wrong_signature: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    replay_after: int | None = None
    form: Form = "json"
    ahead_of_query: int = 0
