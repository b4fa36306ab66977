"""The values by which lists are filtered, in the API and on pages, and the search that they mean."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mockserver.api.accounts import parse_instant
from mockserver.api.operations import BadValue, Label
from mockserver.clock import LAST_INSTANT
from mockserver.domain.accounts import MAX_INSTANT
from mockserver.store.search import Wanted, is_cursor
from mockserver.texts import shown

_DAY = 86_400_000
Code = Annotated[str, msgspec.Meta(pattern="^(refused|-?[0-9]{1,6})?$")]
"""A code of an answer, or all that refuse."""


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """Selects by any part of an id, a description or an amount (`q`, in any case), and by time.

    `since` and `until` are ISO 8601 instants or days, both included. A search finds the newest first. It looks at some
    thousand items and says where it goes on: in `next`, the value of `before` for the rest.
    """

    q: Label = ""
    since: Label = ""
    until: Label = ""
    before: Label = ""

    def wanted(self, limit: int, **exact: str) -> Wanted:
        """The search.

        Raises:
            BadValue: an instant or the place to go on is none.
        """
        if self.before and not is_cursor(self.before):
            raise BadValue(f"Expected the next of an earlier answer as before, not {shown(self.before)}.")
        since, until = begin_of(self.since), end_of(self.until)
        return Wanted(self.q, since=since, until=until, limit=limit, cursor=self.before, **exact)


def begin_of(since: str) -> int:
    """The first instant since an instant or a day; the first of all for an empty text."""
    return parse_instant(since.strip()) if since.strip() else 0


def end_of(until: str) -> int:
    """The last instant until an instant or the end of a day; the last of all for an empty text."""
    text = until.strip()
    if not text:
        return MAX_INSTANT
    return min(parse_instant(text) + (_DAY - 1 if len(text) == len("2024-11-27") else 0), LAST_INSTANT)
