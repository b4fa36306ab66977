"""What is done to the texts before they are joined: trimmed, another case, URL-encoded, escaped, quoted."""

from __future__ import annotations

import re
from functools import partial
from html.entities import codepoint2name
from json.encoder import encode_basestring, encode_basestring_ascii
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from mockserver.explain.variants.line import Message, Texts, Way
from mockserver.explain.variants.selecting import FEW_FIELDS
from mockserver.explain.variants.urlencoding import ENCODERS, pieces
from mockserver.signing.php import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_Change = tuple[str, "Callable[[str], str]"]
_MOST_FOR_ONE = 3
_MOST_FOR_SOME = 6
_LONGEST_ALONE = 16_000  # a longer value is changed together with the others only
_PLAIN_NAME = re.compile("[A-Za-z0-9_.-]*")
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")


def _changed(texts: Texts, change: Callable[[str], str]) -> Texts:
    return {name: change(text) for name, text in texts.items()}


def _changed_with_names(texts: Texts, change: Callable[[str], str]) -> Texts:
    return {change(name): change(text) for name, text in texts.items()}


def _changed_some(texts: Texts, names: frozenset[str], change: Callable[[str], str]) -> Texts:
    return texts | {name: change(texts[name]) for name in names if name in texts}


def _to_some(
    texts: Texts,
    mistake: str,
    changes: tuple[_Change, ...],
    change_all: Callable[..., Texts] = _changed,
) -> Iterator[Way]:
    """A change to all values, to the addresses, to the rest, and to each value alone."""
    addresses = frozenset(name for name, text in texts.items() if "://" in text)
    rest = frozenset(texts) - addresses
    for how, change in changes:
        yield Way((mistake,), partial(change_all, change=change), how)
    for how, change in changes[:_MOST_FOR_SOME]:
        yield Way((mistake,), partial(_changed_some, names=addresses, change=change), f"only in addresses, {how}")
        yield Way((mistake,), partial(_changed_some, names=rest, change=change), f"except in addresses, {how}")
    yield from _to_each(texts, mistake, changes[:_MOST_FOR_ONE])


def _to_each(texts: Texts, mistake: str, changes: tuple[_Change, ...]) -> Iterator[Way]:
    """A change to each value alone."""
    for name, text in texts.items() if len(texts) <= FEW_FIELDS else ():
        for how, change in changes if len(text) <= _LONGEST_ALONE else ():
            if change(text) != text:
                step = partial(_changed_some, names=frozenset({name}), change=change)
                yield Way((mistake,), step, f"only {name}, {how}")


def of_touches(message: Message) -> Iterator[Way]:
    """Ways to trim the values, to change their case, or to decode them."""
    texts = message.texts
    trims: tuple[_Change, ...] = (
        ("at both ends", str.strip),
        ("at the end", str.rstrip),
        ("with white space inside made one space", lambda text: " ".join(text.split())),
        ("with every space taken out", lambda text: text.replace(" ", "")),
    )
    yield from _to_some(texts, "values trimmed", trims)
    decoders: tuple[_Change, ...] = (("as a form's", unquote_plus), ("as an address's", unquote))
    yield from _to_some(texts, "values URL-decoded", decoders)
    cases: tuple[_Change, ...] = (
        ("to lower case", str.lower),
        ("to upper case", str.upper),
        ("the first letter to upper case", lambda text: text[:1].upper() + text[1:]),
        ("the first letter to lower case", lambda text: text[:1].lower() + text[1:]),
        ("the first letter to upper case, the rest to lower", str.capitalize),
        ("each word with a capital", str.title),
    )
    is_same_as_whole = all(name == name.lower() for name in message.parameters)  # and the whole string is likelier
    yield from _to_some(texts, "case of values changed", cases[is_same_as_whole:])
    yield from _to_each(texts, "case of values changed", cases)


def _escaped_ascii(text: str) -> str:
    return _NON_ASCII.sub(lambda found: encode_basestring_ascii(found.group())[1:-1], text)


def _escaped_slashes(text: str) -> str:
    return text.replace("/", "\\/")


_NAMED = {chr(code): f"&{name};" for code, name in codepoint2name.items() if code > ord("~")}
_NUMBERED = {chr(code): f"&#{code};" for code in range(0xA0, 0x100)}


def _html(double: str, single: str, more: Mapping[str, str] = MappingProxyType({})) -> Callable[[str], str]:
    """A function that escapes for HTML: how quotes are written, and what else is."""
    marks = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': double, "'": single, **more}
    return partial(_translated, table=str.maketrans(marks))


def _translated(text: str, table: dict[int, str]) -> str:
    return "".join([piece.translate(table) for piece in pieces(text)])


_HTML: tuple[_Change, ...] = (
    ("as htmlspecialchars does", _html("&quot;", "&#039;")),
    ("as Python's html.escape does", _html("&quot;", "&#x27;")),
    ("as htmlentities does", _html("&quot;", "&#039;", _NAMED)),
    ("as lodash and Ruby do", _html("&quot;", "&#39;")),
    ("without quotes", _html('"', "'")),
    ("only double quotes", _html("&quot;", "'")),
    ("as Java's escapeHtml4 does", _html("&quot;", "'", _NAMED)),
    ("as Go and MarkupSafe do", _html("&#34;", "&#39;")),
    ("as validator.js does", _html("&quot;", "&#x27;", {"/": "&#x2F;", "\\": "&#x5C;", "`": "&#96;"})),
    ("as Spring's htmlEscape does", _html("&quot;", "&#39;", _NAMED)),
    ("as C#'s HtmlEncode does", _html("&quot;", "&#39;", _NUMBERED)),
    ("as XML", _html("&quot;", "&apos;")),
    ("as Mustache does", _html("&quot;", "&#39;", {"/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;"})),
    ("as Handlebars does", _html("&quot;", "&#x27;", {"`": "&#x60;", "=": "&#x3D;"})),
    ("only &", lambda text: text.replace("&", "&amp;")),
)
_SLASHES: tuple[_Change, ...] = (
    ("as json_encode does", _escaped_slashes),
    ("with quotes, as json_encode does", lambda text: _escaped_slashes(encode_basestring(text)[1:-1])),
)
_UNICODE: tuple[_Change, ...] = (
    ("as \\u and four digits", _escaped_ascii),
    ("as \\u and four upper-case digits", lambda text: re.sub("u[0-9a-f]{4}", _in_capitals, _escaped_ascii(text))),
    ("with quotes, as json.dumps does", lambda text: encode_basestring_ascii(text)[1:-1]),
    ("as HTML's numbers", lambda text: text.encode("ascii", "xmlcharrefreplace").decode()),
)
_BOTH: tuple[_Change, ...] = (
    ("", lambda text: _escaped_ascii(_escaped_slashes(text))),
    ("", lambda text: _escaped_slashes(encode_basestring_ascii(text)[1:-1])),
)


def _in_capitals(found: re.Match[str]) -> str:
    return "u" + found.group()[1:].upper()


def of_escapes(message: Message) -> Iterator[Way]:
    """Ways to encode, escape or quote the texts."""
    texts = message.texts
    yield from _to_some(texts, "values URL-encoded", ENCODERS, change_all=_changed_with_names)
    if not all(_PLAIN_NAME.fullmatch(name) for name in message.parameters):
        for how, change in ENCODERS:
            yield Way(("values URL-encoded",), partial(_changed, change=change), f"the names not, {how}")
    yield from _to_some(texts, "slashes escaped", _SLASHES)
    yield from _to_some(texts, "non-ASCII escaped", _UNICODE)
    for _, change in _BOTH:
        yield Way(("slashes escaped", "non-ASCII escaped"), partial(_changed, change=change))
    yield from _to_some(texts, "values HTML-escaped", _HTML)
    for name, mark in (("with double quotes", '"'), ("with single quotes", "'")):
        yield Way(("values quoted",), partial(_quoted, mark=mark, numbers=True), name)
        yield Way(("values quoted",), partial(_quoted, mark=mark, numbers=False), f"{name}, numbers without")


def _quoted(texts: Texts, mark: str, *, numbers: bool) -> Texts:
    return {
        name: f"{mark}{text}{mark}" if numbers or not isinstance(text, Number) else text for name, text in texts.items()
    }
