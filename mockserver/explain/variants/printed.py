"""Values as functions of languages print them for people: indented JSON, print_r, var_export, serialize, inspect."""

from __future__ import annotations

import re
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TYPE_CHECKING

from mockserver.signing.php import Number, Value, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NAME = re.compile("[A-Za-z_$][A-Za-z0-9_$]*")


def _members(value: dict[str, Value] | list[Value]) -> Iterable[tuple[str | int, Value]]:
    return value.items() if isinstance(value, dict) else enumerate(value)


def _literal(value: Value, text: Callable[[str], str], null: str = "null") -> str:
    if isinstance(value, Number):
        return value.source
    if isinstance(value, str):
        return text(value)
    return null if value is None else "true" if value is True else "false"


def indented(value: Value, text: Callable[[str], str], indent: int, depth: int = 0) -> str:
    """JSON with a line for each member."""
    if not isinstance(value, (dict, list)):
        return _literal(value, text)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    if not value:
        return opening + closing
    margin, inner = "\n" + " " * indent * depth, "\n" + " " * indent * (depth + 1)
    names = [f"{text(name)}: " if isinstance(name, str) else "" for name, _ in _members(value)]
    written = [indented(member, text, indent, depth + 1) for _, member in _members(value)]
    members = [f"{inner}{name}{member}" for name, member in zip(names, written, strict=True)]
    return f"{opening}{','.join(members)}{margin}{closing}"


def print_r(value: Value, depth: int = 0) -> str:
    """What PHP's print_r returns."""
    if not isinstance(value, (dict, list)):
        return text_of(value)
    margin = " " * 8 * depth
    members = [f"{margin}    [{name}] => {print_r(member, depth + 1)}\n" for name, member in _members(value)]
    return f"Array\n{margin}(\n{''.join(members)}{margin})\n"


def var_export(value: Value, depth: int = 0) -> str:
    """What PHP's var_export returns."""
    if not isinstance(value, (dict, list)):
        return _literal(value, _single_quoted, "NULL")
    margin = "  " * depth
    members = []
    for name, member in _members(value):
        line = f"\n{margin}  " if isinstance(member, (dict, list)) else ""
        key = _single_quoted(name) if isinstance(name, str) else str(name)
        members.append(f"{margin}  {key} => {line}{var_export(member, depth + 1)},\n")
    return f"array (\n{''.join(members)}{margin})"


def _single_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def serialize(value: Value) -> str:
    """What PHP's serialize returns."""
    if isinstance(value, Number):
        return f"i:{value};" if value.lstrip("-").isdecimal() else f"d:{value.source};"
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return f"i:{value};" if isinstance(value, int) else f's:{len(value.encode("utf-8", "replace"))}:"{value}";'
    if isinstance(value, (dict, list)):
        members = [serialize(name) + serialize(member) for name, member in _members(value)]
        return f"a:{len(members)}:{{{''.join(members)}}}"
    return "N;" if value is None else f"b:{int(value)};"


def inspect(value: Value) -> str:
    """What Node's util.inspect returns of a value that fits on a line."""
    if not isinstance(value, (dict, list)):
        return _literal(value, _single_quoted)
    if not value:
        return "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, list):
        return f"[ {', '.join([inspect(member) for member in value])} ]"
    names = [name if _NAME.fullmatch(name) else _single_quoted(name) for name in value]
    members = [f"{name}: {inspect(member)}" for name, member in zip(names, value.values(), strict=True)]
    return f"{{ {', '.join(members)} }}"


def _all_escaped(text: str) -> str:
    return encode_basestring_ascii(text).replace("/", "\\/")


def _indented_by(indent: int, text: Callable[[str], str] = encode_basestring) -> Callable[[Value], str]:
    return lambda value: indented(value, text, indent)


PRINTERS: tuple[tuple[str, Callable[[Value], str]], ...] = (
    ("JSON indented by two", _indented_by(2)),
    ("JSON indented by four", _indented_by(4)),
    ("print_r prints it", print_r),
    ("var_export prints it", var_export),
    ("serialize writes it", serialize),
    ("util.inspect prints it", inspect),
    ("JSON indented by two, as json.dumps writes it", _indented_by(2, encode_basestring_ascii)),
    ("JSON indented by four, as json.dumps writes it", _indented_by(4, encode_basestring_ascii)),
    ("JSON indented by four, as json_encode writes it", _indented_by(4, _all_escaped)),
    ("a C# dictionary's type", lambda _: "System.Collections.Generic.Dictionary`2[System.String,System.Object]"),
    ("a C# dictionary of texts", lambda _: "System.Collections.Generic.Dictionary`2[System.String,System.String]"),
)
