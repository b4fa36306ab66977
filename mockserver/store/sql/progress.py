"""What an account has counted so far: a small text in its row, which most transactions change."""

from __future__ import annotations

from typing import NamedTuple

import msgspec


class Added(NamedTuple):
    """How many records of a kind have been added, the instant of the last one, and the largest number.

    `in_order` says whether each came later than the one before, so that positions are in the order of lists.
    """

    total: int = 0
    dated: int = -1
    number: int = 0
    in_order: bool = True


class Progress(NamedTuple):
    """The last numbers of the series of an account, and what was added of each kind of record."""

    numbers: dict[str, int]
    added: dict[str, Added]

    def copy(self) -> Progress:
        return Progress(self.numbers.copy(), self.added.copy())

    @property
    def text(self) -> str:
        """As JSON."""
        return msgspec.json.encode(self).decode()


progress_of = msgspec.json.Decoder(Progress).decode
"""The progress of a stored text."""
