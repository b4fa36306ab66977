"""The work that an explanation may take: counted, not timed, so that a request is always explained alike.

A unit is about a nanosecond on a usual machine. What a step costs follows from its stage and the size of the message.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.variants.model import Message, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_UNITS = 150_000_000
"""For an explanation beside an answer of the gateway: about 0.1 s."""

PAIRS_UNITS = 1_800_000_000
"""The same of a small body, of which many pairs of mistakes are tried: about a second where nothing is found."""

AMPLE_UNITS = 6_000_000_000
"""For one that its reader waits for, as on the command line."""

_UNITS_BETWEEN_PAUSES = 500_000
_SMALL_BODY = 12_000
_FEW_MEMBERS = 600
_BASE = 6_000
_VARIANTS_AT_A_STAGE = 100
_SHARE_OF_SINGLES = 2  # the half of a budget


class Budget:
    """What is left to be spent on one explanation; `pause` is called about every half a millisecond.

    What `pause` raises ends the search. `reserve` is kept for later, and `was_enough` turns false with the first
    cost that is refused.
    """

    def __init__(
        self, units: int = DEFAULT_UNITS, pause: Callable[[], None] | None = None, *, for_small: int = PAIRS_UNITS
    ) -> None:
        """`for_small` is what there is at least for a small body."""
        self._for_small = for_small
        self.left = units
        self.reserve = 0
        self.was_enough = True
        self._pause = pause
        self._until_pause = _UNITS_BETWEEN_PAUSES

    def grow(self) -> None:
        """Grow to what there is for a small body."""
        self.left = max(self.left, self._for_small)

    def spend(self, cost: int) -> bool:
        """Spend a cost, if that much is left."""
        if cost > self.left - self.reserve:
            self.was_enough = False
            return False
        self.left -= cost
        self._until_pause -= cost
        if self._until_pause < 0:
            self._until_pause = _UNITS_BETWEEN_PAUSES
            if self._pause is not None:
                self._pause()
        return True


class Size(NamedTuple):
    """How large a message is: bytes of the string and of the body, and the number of fields and of nested members."""

    string: int
    whole: int
    fields: int
    members: int

    @classmethod
    def of(cls, message: Message, string: int) -> Size:
        """Measure a message; `string` is the number of bytes of its string to sign."""
        members = sum(map(message.json.count, ",[{"))
        return cls(string, len(message.json), len(message.parameters), members)

    @property
    def is_small(self) -> bool:
        """Whether everything may be tried."""
        return self.whole <= _SMALL_BODY and self.members <= _FEW_MEMBERS


class _Price(NamedTuple):
    """What a step at a stage costs for a byte of the string, one of the body, a field and a nested member.

    `making` is how many steps' worth of work it is to make the variants of the stage.
    """

    string: int
    whole: int = 0
    field: int = 0
    member: int = 0
    making: int = 0


_VALUES = _Price(3, 1, 400)
_NESTED = _Price(3, 10, 400, 1000)
_PRICES: Mapping[Stage, _Price] = MappingProxyType(
    {
        Stage.PARAMETERS: _NESTED._replace(making=2),
        Stage.SIGN: _VALUES,
        Stage.EMPTIES: _NESTED._replace(making=3),
        Stage.FIELDS: _VALUES._replace(making=2),
        Stage.TIME: _VALUES,
        Stage.LANGUAGE: _NESTED._replace(making=8),
        Stage.NUMBERS: _VALUES._replace(making=4),
        Stage.BOOLEANS: _VALUES,
        Stage.NULLS: _VALUES,
        Stage.NESTED: _NESTED._replace(making=20),
        Stage.CLEANING: _Price(15, 0, 400),
        Stage.ESCAPING: _Price(40, 0, 600),
        Stage.ORDER: _Price(3, 0, 500),
        Stage.JOINING: _Price(3, 0, 200),
        Stage.STRING: _Price(40),
        Stage.BYTES: _Price(5),
        Stage.KEY: _Price(2),
        Stage.DIGEST: _Price(3),
    }
)


def costs_of(size: Size) -> dict[Stage, int]:
    """What a step costs at each stage."""
    # The four prices stand in the order of the four sizes.
    return {stage: _BASE + sum(map(int.__mul__, size, price)) for stage, price in _PRICES.items()}


def cost_of_making(stage: Stage, cost: int) -> int:
    """What it costs to make the variants of a stage, a step of which has this cost."""
    return _PRICES[stage].making * cost


def allows_all(budget: Budget, costs: Mapping[Stage, int]) -> bool:
    """Whether every variant may be tried by itself, and as much is then left for pairs."""
    return _SHARE_OF_SINGLES * _VARIANTS_AT_A_STAGE * sum(costs.values()) < budget.left
