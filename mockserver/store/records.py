"""The kinds of records in stores: their identifiers, and their conversion from and to JSON."""

from __future__ import annotations

import json
from functools import cached_property
from itertools import chain
from operator import attrgetter
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from mockserver.domain.accounts import AnswersPlayed, ScenarioQueue, UsedReference
from mockserver.domain.cards import CardToken
from mockserver.domain.kinds import KINDS
from mockserver.domain.ledger import Balance, DailyTotal, Movement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Restore = Callable[[Any], Any]


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
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"))

    def record(self, text: str) -> Any:  # noqa: ANN401 - a record of `shape`
        return self._restore(json.loads(text))

    @cached_property
    def _restore(self) -> Restore:
        return _restorer(self.shape) or self.shape._make


def _restorer(hint: Any) -> Restore | None:  # noqa: ANN401 - a type
    """The function that converts JSON to a type, such as lists to named tuples; None if no conversion is needed."""
    if isinstance(hint, type) and hasattr(hint, "_fields"):
        hints = get_type_hints(hint)
        inner = [(place, restore) for place, name in enumerate(hint._fields) if (restore := _restorer(hints[name]))]
        return lambda values: _named_tuple(hint, inner, values)
    if get_origin(hint) is tuple:
        each = _restorer(get_args(hint)[0])
        return tuple if each is None else lambda values: tuple(map(each, values))
    optional = [_restorer(one) for one in get_args(hint) if NoneType in get_args(hint) and one is not NoneType]
    if optional and optional[0] is not None:
        restore = optional[0]
        return lambda value: None if value is None else restore(value)
    return None


def _named_tuple(shape: type[Any], inner: list[tuple[int, Restore]], values: list[Any]) -> Any:  # noqa: ANN401 - a `shape`
    for place, restore in inner:
        values[place] = restore(values[place])
    return shape._make(values)


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
                RecordKind("answers_played", AnswersPlayed, "known_as"),
                RecordKind("used_references", UsedReference, "identifier"),
            ),
        )
    }
)
"""All kinds of records, by class."""
