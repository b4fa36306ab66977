"""The note that a form leaves: it travels in the session to the next page, and is shown beside the form.

An update of an open page shows the same note again, so that it stays until the next page is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, get_flashed_messages, request, session

if TYPE_CHECKING:
    from collections.abc import Mapping

PRESSED = "pressed"
"""The hidden field with the key of a form, which tells it apart from all others of its page."""

_LEFT, _SHOWN = "note", "shown_note"
_MOST_TYPED, _LONGEST = 12, 200


class FormNote:
    """What a form says after it was sent: the key of the form, a text, whether it failed, and then what was typed."""

    def __init__(self, key: str, text: str, typed: Mapping[str, str] | None = None) -> None:
        """With what was `typed`, it is an error: the form keeps the values."""
        self.key, self.text, self.typed = key[:_LONGEST], text, typed
        self.is_beside_its_form = False

    @property
    def is_error(self) -> bool:
        return self.typed is not None


def is_update() -> bool:
    """Whether the present request is an update of an open page, not a page that somebody opens."""
    return request.headers.get("X-Requested-With") == "live"


def leave_note(note: FormNote) -> None:
    """Show a note on the next page; it must not have a secret, as it travels in a cookie."""
    typed = None if note.typed is None else {
        name: text[:_LONGEST] for name, text in list(note.typed.items())[:_MOST_TYPED]
    }  # fmt: skip
    session[_LEFT] = [note.key, note.text, typed]


def show_note(note: FormNote) -> None:
    """Show a note on the page that answers the present request."""
    g.note = note


def note_at(key: str) -> FormNote | None:
    """The note of the form with this key, for the present page."""
    note = _present_note()
    if note is None or note.key != key[:_LONGEST]:
        return None
    note.is_beside_its_form = True
    return note


def note_of_no_form() -> FormNote | None:
    """The note, if its form is not on the page."""
    note = _present_note()
    return None if note is None or note.is_beside_its_form else note


def typed_at(key: str, name: str, default: Any = "") -> Any:  # noqa: ANN401 - whatever the template shows
    """The value of a field of a form: what was typed if the form failed, else the default."""
    note = _present_note()
    if note is None or note.typed is None or note.key != key[:_LONGEST]:
        return default
    return note.typed.get(name, default)


def _present_note() -> FormNote | None:
    if "note" not in g:
        g.note = _shown_again() if is_update() else _taken()
    note: FormNote | None = g.note
    return note


def _taken() -> FormNote | None:
    left = session.pop(_LEFT, None) or _flashed()
    if left is not None:
        session[_SHOWN] = [request.path, *left]
        return FormNote(*left)
    session.pop(_SHOWN, None)
    return None


def _flashed() -> list[Any] | None:
    """The last message that a view flashed, as Flask does it: it belongs to no form."""
    flashed = get_flashed_messages(with_categories=True)
    return ["", flashed[-1][1], {} if flashed[-1][0] == "error" else None] if flashed else None


def _shown_again() -> FormNote | None:
    path, *left = session.get(_SHOWN) or [""]
    return FormNote(*left) if path == request.path else None
