"""Types with limits for the bodies and queries of the API."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from mockserver.scenarios.scenario import LONGEST_PATTERN
from mockserver.texts import LONGEST

LARGEST_PAGE = 1000
MOST_LISTED = 10_000_000
"""The largest size of a journal."""

_MOST_PAGES = 10**9

Label = Annotated[str, Meta(max_length=LONGEST)]
"""A name, or another short text that may be empty."""

Word = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
"""A short text."""

Pattern = Annotated[str, Meta(max_length=LONGEST_PATTERN)]
"""A text in which `*` stands for any text."""

Text = Annotated[str, Meta(max_length=10_000)]
"""The value of a field in a notification."""

Address = Annotated[str, Meta(max_length=8000)]
"""A web address."""

PageNumber = Annotated[int, Meta(ge=1, le=_MOST_PAGES)]
PageSize = Annotated[int, Meta(ge=1, le=LARGEST_PAGE)]
Listed = Annotated[int, Meta(ge=0, le=MOST_LISTED)]
"""A number of items to list."""

Counted = Annotated[int, Meta(ge=1, le=MOST_LISTED)]
"""A number of items to expect."""
