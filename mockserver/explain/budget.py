"""How much is done to find out what one client did: counted, not timed, so that a request is explained alike each time.

The unit is about a nanosecond of a usual machine. What a step costs is told from the size of what it works on.
"""

from __future__ import annotations

import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.variants.line import Message, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

USUAL = 150_000_000
"""For one explanation on request of a client: about 0.15 s at most."""

AMPLE = 20 * USUAL
"""For one that somebody waits for who waits for nothing else."""

_SLICE = 500_000
_SMALL_BODY = 2_500
_FEW_MEMBERS = 600
_BASE = 6_000
_WAYS_AT_A_STAGE = 50
_FOR_SINGLE_WAYS = 2  # the half of a budget


class Budget:
    """What is left to be spent on one explanation; `pause` is called between pieces of about half a millisecond.

    What `pause` raises ends the search.
    """

    def __init__(self, units: int = USUAL, pause: Callable[[], None] | None = None) -> None:
        """Spend nothing yet."""
        self.units = units
        self.left = units
        self.floor = 0  # what is kept for later
        self.was_enough = True
        self._pause = pause
        self._pausing = _SLICE

    def lift(self) -> None:
        """Refuse nothing, as for a small body, of which only so many strings can be made."""
        self.left = sys.maxsize

    def takes(self, cost: int) -> bool:
        """Spend a cost, if that much is left."""
        if cost > self.left - self.floor:
            self.was_enough = False
            return False
        self.left -= cost
        self._pausing -= cost
        if self._pausing < 0:
            self._pausing = _SLICE
            if self._pause is not None:
                self._pause()
        return True


class Size(NamedTuple):
    """How large a message is: the string that is signed, the whole body, the fields, and what is nested in them."""

    string: int
    whole: int
    fields: int
    members: int

    @classmethod
    def of(cls, message: Message, string: int) -> Size:
        """Measure a message whose string has so many bytes."""
        members = sum(map(message.json.count, ",[{"))
        return cls(string, len(message.json), len(message.parameters), members)

    @property
    def is_small(self) -> bool:
        """Whether everything may be tried."""
        return self.whole <= _SMALL_BODY and self.members <= _FEW_MEMBERS


class _Price(NamedTuple):
    """What a step at a stage costs for a byte of the string, one of the body, a field and a nested member."""

    string: int
    whole: int = 0
    field: int = 0
    member: int = 0


_VALUES = _Price(3, 1, 400)
_NESTED = _Price(3, 10, 400, 1000)
_PRICES: Mapping[Stage, _Price] = MappingProxyType(
    {
        Stage.PARAMETERS: _NESTED,
        Stage.SIGN: _VALUES,
        Stage.EMPTIES: _NESTED,
        Stage.FIELDS: _VALUES,
        Stage.TIME: _VALUES,
        Stage.LANGUAGE: _NESTED,
        Stage.NUMBERS: _VALUES,
        Stage.BOOLEANS: _VALUES,
        Stage.NULLS: _VALUES,
        Stage.NESTED: _NESTED,
        Stage.TOUCHES: _Price(15, 0, 400),
        Stage.ESCAPES: _Price(40, 0, 600),
        Stage.ORDER: _Price(3, 0, 500),
        Stage.JOINING: _Price(3, 0, 200),
        Stage.STRING: _Price(40),
        Stage.BYTES: _Price(5),
        Stage.KEY: _Price(2),
        Stage.DIGEST: _Price(3),
    }
)
_PREPARING: Mapping[Stage, int] = MappingProxyType(
    {
        Stage.LANGUAGE: 8, Stage.NESTED: 20, Stage.PARAMETERS: 2, Stage.NUMBERS: 4, Stage.FIELDS: 2, Stage.EMPTIES: 3,
    }
)  # fmt: skip
"""How many steps' worth of work it is to find out which ways there are at a stage."""


def costs_of(size: Size) -> dict[Stage, int]:
    """What a step costs at each stage."""
    return {stage: _BASE + sum(map(int.__mul__, size, price)) for stage, price in _PRICES.items()}


def allows_all(budget: Budget, costs: Mapping[Stage, int]) -> bool:
    """Whether every way may be tried by itself, and much then is left for pairs."""
    return _FOR_SINGLE_WAYS * _WAYS_AT_A_STAGE * sum(costs.values()) < budget.left


def preparing(stage: Stage, cost: int) -> int:
    """What it costs to find out which ways there are at a stage."""
    return _PREPARING.get(stage, 0) * cost
