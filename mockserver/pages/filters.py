"""The filters of a list, which are in the address of its page, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from flask import request

from mockserver.api.operations import BadValue
from mockserver.api.searching import begin_of, end_of
from mockserver.domain.accounts import MAX_INSTANT
from mockserver.pages.rendering import translated
from mockserver.store.search import Wanted, is_cursor
from mockserver.texts import LONGEST, is_utf8

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHOWN = 60
_OWN = frozenset({"before", "page"})


class Filters(NamedTuple):
    """The values of the filters, the search that they mean, and a sentence about each wrong value."""

    values: Mapping[str, str]
    wanted: Wanted
    errors: Sequence[str]
    choices: Mapping[str, Sequence[str]]

    @property
    def are_set(self) -> bool:
        return any(text for name, text in self.values.items() if name not in _OWN)

    @property
    def more_are_set(self) -> bool:
        """Whether others than the text and the choices are set."""
        return any(text for name, text in self.values.items() if name not in {*_OWN, "q", *self.choices})

    def address(self, **changes: str) -> str:
        """The address of the list with some values changed, relative to its page."""
        kept = {name: text for name, text in self.values.items() if text and name not in _OWN}
        return "?" + urlencode({name: text for name, text in {**kept, **changes}.items() if text})


def read_filters(*names: str, **choices: Sequence[str]) -> Filters:
    """The filters in the address of the present page: those with these names, and those with some choices."""
    values, errors = {}, []
    for name in (*names, *choices, "before"):
        text = request.args.get(name, "").strip()
        if name in choices and text and text not in choices[name]:
            errors.append(_error(text, ", ".join(choices[name])))
            text = ""
        elif (name == "before" and text and not is_cursor(text)) or len(text) > LONGEST or not is_utf8(text):
            errors.append(_error(text, translated("at most {count} characters", count=LONGEST)))
            text = ""
        values[name] = text
    since = until = None
    try:
        since = begin_of(values.get("since", ""))
        until = end_of(values.get("until", ""))
    except BadValue:
        wrong = "since" if since is None else "until"
        errors.append(_error(values[wrong], translated("a day such as {day}", day="2024-11-27")))
        values[wrong] = ""
    wanted = Wanted(
        values.get("q", ""), values.get("method", ""), values.get("wallet", ""), values.get("code", ""),
        values.get("state", ""), since or 0, MAX_INSTANT if until is None else until, cursor=values["before"],
    )  # fmt: skip
    return Filters(values, wanted, errors, choices)


def _error(text: str, expected: str) -> str:
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return translated("This filter was left out: {value}. Expected: {expected}.", value=shown, expected=expected)
