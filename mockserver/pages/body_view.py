"""A body as a page shows it: JSON coloured and foldable, forms decoded, and whatever cannot be seen made visible."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, unquote_plus

from markupsafe import Markup, escape

from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_DEEPEST = 20  # a browser nests at most 512 elements
_MOST_TOKENS = 20_000
_CLOSING = {"{": "}", "[": "]"}
_PUNCTUATION = {"{": "{", "}": "}", "[": "[", "]": "]", ",": ", ", ":": ": "}
_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180e\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3000\u3164\ufeff\uffa0\ufff0-\ufffc\ud800-\udfff\U000e0000-\U000e0fff]"
)
_FORM = re.compile(r"[\w.~*+%=&;/:@!$'(),?-]+", re.ASCII)
_FIRST_UNDECODABLE, _LAST_UNDECODABLE = 0xDC80, 0xDCFF  # how Python decodes the bytes 80 to FF outside UTF-8


class BodyView(NamedTuple):
    """A body to show.

    `text` is the exact text, to be copied; None for bytes that are not UTF-8. `fields` are those of a form, decoded;
    the name is empty if the whole body is percent-encoded.
    """

    kind: str
    size: int
    text: str | None
    html: Markup
    fields: list[tuple[str, Markup]]


def body_view(body: bytes | str, mask: Callable[[str], str] = str) -> BodyView:
    """A body of any content, whole, after `mask` has hidden its secrets. JSON keeps each token as it was sent."""
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    text = mask(content.decode("utf-8", "surrogateescape"))
    exact = None if _has_undecodable(text) else text
    if is_json(text):
        return BodyView(message("JSON"), len(content), exact, json_view(text), [])
    decoded = [(name, mask(value)) for name, value in _fields(text)]
    fields = [(name, json_view(value) if is_json(value) else visible(value)) for name, value in decoded]
    kind = message("form") if fields else message("text")
    return BodyView(kind, len(content), exact, visible(text), fields)


def is_json(text: str) -> bool:
    """Whether a text is an object or an array of JSON."""
    try:
        return text.lstrip(" \t\r\n")[:1] in _CLOSING and json.loads(text) is not None
    except (ValueError, RecursionError):
        return False


def visible(text: str) -> Markup:
    """A text with a mark for each character that cannot be seen, or that is a byte outside UTF-8."""
    escaped = escape(text)
    return Markup(_INVISIBLE.sub(_mark, escaped)) if _INVISIBLE.search(text) else escaped  # noqa: S704 - escaped


def json_view(text: str) -> Markup:
    """Valid JSON with a colour for each kind of token, in which objects and arrays can be folded."""
    tokens = [*_TOKEN.findall(text), "", ""]
    parts: list[str] = []
    if len(tokens) > _MOST_TOKENS:
        return _flat(tokens)
    place, depth = 0, 0
    while token := tokens[place]:
        key = ""
        if tokens[place + 1] == ":":
            key = f'<span class="key">{visible(token)}</span>: '
            place += 2
            token = tokens[place]
        if token in _CLOSING and tokens[place + 1] != _CLOSING[token] and depth < _DEEPEST:
            parts.append(f'<details open><summary data-end="{_CLOSING[token]}">{key}{token}</summary><div>')
            depth += 1
        elif token in {"}", "]"}:
            place, comma = _after_comma(tokens, place)
            parts.append(f"</div>{token}{comma}</details>")
            depth -= 1
        else:
            end = _end_of(tokens, place)
            value = _flat(tokens[place : end + 1])
            place, comma = _after_comma(tokens, end)
            parts.append(f"<div>{key}{value}{comma}</div>")
        place += 1
    return Markup("".join(parts))  # noqa: S704 - each token was escaped


def _after_comma(tokens: list[str], place: int) -> tuple[int, str]:
    return (place + 1, ",") if tokens[place + 1] == "," else (place, "")


def _end_of(tokens: list[str], begin: int) -> int:
    """The place of the last token of the value that begins at a place."""
    depth = 0
    for place in range(begin, len(tokens)):
        depth += (tokens[place] in {"{", "["}) - (tokens[place] in {"}", "]"})
        if depth == 0:
            return place
    return len(tokens) - 1


def _flat(tokens: list[str]) -> Markup:
    """Tokens one after the other, in colours."""
    shown = [_PUNCTUATION.get(token) or _coloured(token) for token in tokens if token]
    return Markup("".join(shown))  # noqa: S704 - each token was escaped


def _coloured(token: str) -> str:
    kind = "string" if token[0] == '"' else "number" if token[0] in "-0123456789" else "literal"
    return f'<span class="{kind}">{visible(token)}</span>'


def _mark(found: re.Match[str]) -> str:
    number = ord(found[0])
    if _FIRST_UNDECODABLE <= number <= _LAST_UNDECODABLE:
        return f'<span class="invisible">\\x{number - 0xDC00:02X}</span>'
    known = {"\t": "\\t", "\r": "\\r"}.get(found[0], f"U+{number:04X}")
    return f'<span class="invisible">{known}</span>'


def _has_undecodable(text: str) -> bool:
    return not text.isascii() and any(_FIRST_UNDECODABLE <= ord(letter) <= _LAST_UNDECODABLE for letter in text)


def _fields(text: str) -> list[tuple[str, str]]:
    """The fields of a form, decoded; one without a name if the whole text is percent-encoded; none of another text."""
    if _FORM.fullmatch(text) is None or not ("=" in text or "%" in text):
        return []
    if "=" not in text:
        return [("", unquote_plus(text))]
    return parse_qsl(text, keep_blank_values=True)
