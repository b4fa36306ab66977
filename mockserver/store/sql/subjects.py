"""Where the events and notifications of a timeline are stored.

The ids of trades are random, so rows that are stored in their order go to pages all over a table, and each page has to
be written. Rows of new trades are next to each other instead: by the position of the timeline's object, a number that
each record gets when it is added.
"""

from __future__ import annotations

from binascii import crc32

from mockserver.domain.kinds import KINDS

NOWHERE = -1
"""The subject of timelines without an object, such as that of the clock."""

OWNERS = tuple(kind.record for kind in KINDS.values() if kind.timeline == kind.identifier)
"""The classes of records that have timelines of their own."""


def subject_of(kind: str, position: int) -> int:
    """The subject of the record of a kind at a position. Two may have the same, as rows name their timeline too."""
    return position << 8 | crc32(kind.encode()) & 0xFF
