"""The kinds of records in stores: their identifiers, and their conversion from and to JSON."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mockserver.domain.accounts import AnswersPlayed, LastExamination, ScenarioQueue, UsedReference
from mockserver.domain.cards import CardToken
from mockserver.domain.kinds import KINDS
from mockserver.domain.ledger import Balance, DailyTotal, Movement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class RecordKind:
    """One kind of record: named tuples of the class `shape`.

    `identifier` and `group` return a record's identifier, and the order_id, trade, split or day of its group, if any.
    `dated` records have an instant, a number and a state, by which they are listed; `date` returns the three.
    """

    def __init__(self, name: str, shape: type[Any], identifier: str, group: str = "", dated: str = "") -> None:
        self.name = name
        self.shape = shape
        self.identifier: Callable[[Any], str] = attrgetter(identifier)
        self.group: Callable[[Any], str] | None = attrgetter(group) if group else None
        self.dated: Callable[[Any], int] | None = attrgetter(dated) if dated else None
        date: Callable[[Any], tuple[int, int, str]] = attrgetter(dated or "number", "number", "state")
        self.date = date if dated else None

    def text(self, record: Any) -> str:  # noqa: ANN401 - a record of `shape`
        encoded: bytes = self._codec[0](record)
        return encoded.decode()

    def record(self, text: str) -> Any:  # noqa: ANN401 - a record of `shape`
        return self._codec[1](text)

    @cached_property
    def _codec(self) -> tuple[Callable[[Any], bytes], Callable[[str], Any]]:
        import msgspec  # noqa: PLC0415 - a sandbox in memory needs no texts

        return msgspec.json.Encoder().encode, msgspec.json.Decoder(self.shape).decode


RECORD_KINDS: Mapping[type[Any], RecordKind] = MappingProxyType(
    {
        kind.shape: kind
        for kind in chain(
            (
                RecordKind(kind.plural, kind.record, kind.identifier, kind.group, "created_at")
                for kind in KINDS.values()
            ),
            (
                RecordKind("movements", Movement, "movement_id", dated="at"),
                RecordKind("daily_totals", DailyTotal, "total_id", "day"),
                RecordKind("balances", Balance, "currency"),
                RecordKind("card_tokens", CardToken, "token"),
                RecordKind("scenario_queues", ScenarioQueue, "name"),
                RecordKind("examinations", LastExamination, "name"),
                RecordKind("answers_played", AnswersPlayed, "known_as"),
                RecordKind("used_references", UsedReference, "identifier"),
            ),
        )
    }
)
"""All kinds of records, by class."""
