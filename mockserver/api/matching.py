"""Which requests of the journal are meant, and what differs in those that come near."""

from __future__ import annotations

import json
import re
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from mockserver.api.operations import taken
from mockserver.api.values import Counted, Pattern
from mockserver.scenarios.scenario import parse_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mockserver.domain.journal import Exchange

NEAREST = 3
_MOST_FIELDS = 100
_REMEMBERED_SIZE = 4096
_WILD = re.compile(r"[*?[]")


class Requests(msgspec.Struct, tag="requests", forbid_unknown_fields=True):
    """Requests like this: by the method's name, the code of the answer, the trade, or fields of data.

    In `method` and in fields `*` stands for any text; `count` of them are waited for.
    """

    method: Pattern | None = None
    code: Pattern | None = None
    trade_id: Pattern | None = None
    data: Annotated[dict[Pattern, Pattern], msgspec.Meta(max_length=_MOST_FIELDS)] = {}
    count: Counted = 1


class Matcher:
    """Looks at exchanges for requests of one kind. What matches has no difference."""

    def __init__(self, wanted: Requests) -> None:
        """Look for these requests.

        Raises:
            BadValue: a pattern is none.
        """
        named = {"method": wanted.method, "code": wanted.code, "trade_id": wanted.trade_id}
        patterns = {name: pattern for name, pattern in named.items() if pattern is not None}
        patterns |= {f"data.{name}": pattern for name, pattern in wanted.data.items()}
        self._patterns = [(name, pattern, _compiled(pattern)) for name, pattern in patterns.items()]

    def matches(self, exchange: Exchange) -> bool:
        """Whether nothing differs."""
        return all(_fits(_value(exchange, name), pattern, compiled) for name, pattern, compiled in self._patterns)

    def differences(self, exchange: Exchange) -> list[str]:
        """What of a request is not as it was wanted."""
        found = [(name, pattern, compiled, _value(exchange, name)) for name, pattern, compiled in self._patterns]
        return [
            f"{name} is {value!r}, not {pattern!r}"
            for name, pattern, compiled, value in found
            if not _fits(value, pattern, compiled)
        ]

    def nearest(self, exchanges: Iterable[Exchange]) -> list[Any]:
        """Those of the exchanges that do not match but come nearest, the newer of two first, and what differs."""
        found = [(self.differences(exchange), exchange.number) for exchange in exchanges]
        misses = sorted((len(differs), -number, differs) for differs, number in found if differs)
        return [{"exchange": -number, "differs": differs} for _, number, differs in misses[:NEAREST]]


def _compiled(pattern: str) -> re.Pattern[str] | None:
    taken(parse_pattern, pattern)
    return re.compile(translate(pattern)) if _WILD.search(pattern) else None


def _fits(value: str, pattern: str, compiled: re.Pattern[str] | None) -> bool:
    return value == pattern if compiled is None else compiled.match(value) is not None


def _value(exchange: Exchange, name: str) -> str:
    """The text of an exchange that a pattern of this name is compared with."""
    if name == "method":
        return exchange.method
    if name == "code":
        return exchange.code
    if name == "trade_id":
        return exchange.trade_id or str(_data(exchange.request).get("trade_id", ""))
    return str(_data(exchange.request).get(name[len("data.") :], ""))


def _data(request: bytes) -> Mapping[str, Any]:
    """The data of a request."""
    return _remembered_data(request) if len(request) <= _REMEMBERED_SIZE else _parsed_data(request)


def _parsed_data(request: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(request).get("data")
    except (ValueError, AttributeError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


_remembered_data = lru_cache(maxsize=1024)(_parsed_data)  # many patterns are compared with the same requests
