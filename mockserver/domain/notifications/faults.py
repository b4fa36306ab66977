"""Faults of notifications: the ways in which a scenario has a notification misbehave."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

Form = Literal["json", "resultData", "percent-encoded"]
"""The three encodings of a notification's body that published receivers take (protocol.md 4.0)."""

FORMS: tuple[Form, ...] = get_args(Form)


class NotificationFaults(NamedTuple):
    """The faults of the notification of one change. Durations are milliseconds.

    `copies` are sent one after the other, or `concurrent`. With `after_next` it is sent only after the next
    notification about the same trade, with `before_answer` the answer to the request waits until it was delivered.
    `fields` replace the true ones, and are signed. `replay_after` sends the trade's oldest notification once more;
    during `ahead_of_query`, queries still report the previous state.
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
