"""Bounds of the values in the bodies and queries of the sandbox's own API, as its description shows them."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import Annotated

from msgspec import Meta

from mockserver.control.operations import BadValue
from mockserver.texts import LONGEST, shown

LARGEST_PAGE = 1000
MOST_LISTED = 10_000_000
"""As many requests as the journal of an account can be set to keep."""

_MOST_PAGES = 10**9

Label = Annotated[str, Meta(max_length=LONGEST)]
"""A name, or another short text that may be empty."""

Word = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
"""A short text."""

Pattern = Annotated[str, Meta(max_length=1000)]
"""A text in which `*` stands for any text."""

Text = Annotated[str, Meta(max_length=10_000)]
"""What a field of a notification says."""

Address = Annotated[str, Meta(max_length=8000)]
"""A web address."""

PageNumber = Annotated[int, Meta(ge=1, le=_MOST_PAGES)]
PageSize = Annotated[int, Meta(ge=1, le=LARGEST_PAGE)]
Listed = Annotated[int, Meta(ge=0, le=MOST_LISTED)]
"""How many of a long list."""

Counted = Annotated[int, Meta(ge=1, le=MOST_LISTED)]
"""How many must have come."""


def check_pattern(pattern: str) -> None:
    """Let a pattern pass that texts can be compared with.

    Raises:
        BadValue: it cannot be read.
    """
    try:
        re.compile(translate(pattern))
    except re.error:
        raise BadValue(f"Expected a pattern in which * stands for any text, not {shown(pattern)}.") from None
