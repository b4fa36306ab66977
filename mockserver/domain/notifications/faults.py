"""How a merchant is told of a change when a scenario wants it told otherwise than at once, once and truly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

Form = Literal["json", "resultData", "percent-encoded"]
"""The three encodings of a notification's body that published receivers take (protocol.md 4.0)."""

FORMS: tuple[Form, ...] = get_args(Form)


class NotificationFaults(NamedTuple):
    """The ways in which the notification of one change misbehaves. Durations are milliseconds.

    `copies` are sent one after the other, or `concurrent`. One that comes `after_next` goes out only after the next
    notification about the same trade. With `before_answer` the answer to the request waits until the merchant has
    been told.
    `fields` stand in place of the true ones, and are signed. `replay_after` sends the trade's oldest notification
    once more; `ahead_of_query` makes queries go on telling the state before.
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


def restored(values: Sequence[Any] | None) -> NotificationFaults | None:
    """A telling that was kept as JSON."""
    if values is None:
        return None
    kept = NotificationFaults(*values)
    return kept._replace(fields=tuple((name, text) for name, text in kept.fields))
