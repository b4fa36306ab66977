"""The result of a tool, small enough for the context of an assistant, and without hiding that something is left out."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

LARGEST_RESULT = 20_000
"""Characters of a result as JSON."""

_LONGEST_TEXT, _LONGEST_IN_LISTS, _SHORTEST_CUT = 4_000, 400, 100
_SMALLEST_LIST = 2


class ToolError(Exception):
    """A tool cannot do what was asked; the message says why, and what to do."""


class ToolResult(NamedTuple):
    """What a tool gives: a value of JSON, or a text. One that `failed` says why."""

    value: Any
    failed: bool = False

    def fitted(self) -> ToolResult:
        """The result without empty values, with long texts cut, and with items left out in the middle of long lists."""
        return ToolResult(_fitted(self.value), self.failed)

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else _json(self.value)

    @property
    def structured(self) -> dict[str, Any] | None:
        """The value as an object, as the protocol wants it; None for a text."""
        if isinstance(self.value, dict):
            return self.value
        return {"items": self.value} if isinstance(self.value, list) else None


def _json(value: Any) -> str:  # noqa: ANN401 - JSON
    return msgspec.json.encode(value).decode()


def _fitted(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, str):
        return _cut(value, LARGEST_RESULT)
    items = value if isinstance(value, list) else value.get("items") if isinstance(value, dict) else None
    longest = _LONGEST_IN_LISTS if isinstance(items, list) else _LONGEST_TEXT
    whole = _without_empty(value)
    if items == []:
        whole = {**whole, "items": []} if isinstance(value, dict) else []
    while True:
        found = _with_short_texts(whole, longest)
        if len(_json(found)) <= LARGEST_RESULT:
            return found
        if longest > _SHORTEST_CUT:
            longest //= 2
        elif not _shorten_largest(whole):
            return found


def _cut(text: str, longest: int) -> str:
    """A text of at most about this length, with the beginning and the end of a longer one."""
    if len(text) <= longest:
        return text
    end = longest // 4
    return f"{text[: longest - end]} … {len(text) - longest} characters left out … {text[-end:]}"


def _without_empty(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, dict):
        return {name: _without_empty(one) for name, one in value.items() if one not in ("", None, [], {})}
    return [_without_empty(one) for one in value] if isinstance(value, list) else value


def _with_short_texts(value: Any, longest: int) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, str):
        return _cut(value, longest)
    if isinstance(value, dict):
        return {name: _with_short_texts(one, longest) for name, one in value.items()}
    return [_with_short_texts(one, longest) for one in value] if isinstance(value, list) else value


def _shorten_largest(value: Any) -> bool:  # noqa: ANN401 - as above
    """Leave out half of the items in the middle of the largest list; False if no list has more than two."""
    found = max(_lists_in(value), key=lambda one: len(_json(one)), default=None)
    if found is None:
        return False
    marks = [place for place, one in enumerate(found) if isinstance(one, str) and one.endswith(_MARK)]
    before = int(found.pop(marks[0]).split()[1]) if marks else 0
    leaves_out = max(1, len(found) // 2)
    begin = (len(found) - leaves_out) // 2
    found[begin : begin + leaves_out] = [f"… {before + leaves_out} {_MARK}"]
    return True


_MARK = "items left out …"


def _lists_in(value: Any) -> list[list[Any]]:  # noqa: ANN401 - as above
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [one for part in inner for one in _lists_in(part)]
    is_long = isinstance(value, list) and len(value) > _SMALLEST_LIST + 1
    return [value, *found] if is_long else found
