"""Mistakes in how the text of each value is encoded, escaped or quoted before it is joined."""

from __future__ import annotations

import re
from functools import partial
from html.entities import codepoint2name
from json.encoder import encode_basestring, encode_basestring_ascii
from types import MappingProxyType
from typing import TYPE_CHECKING

from mockserver.explain.variants.joining import named
from mockserver.explain.variants.model import FEW_FIELDS, Likelihood, Message, Mistake, Stage, Step, Texts, Variant
from mockserver.signing.php import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Change = tuple[str, "Callable[[str], str]"]

_MOST_FOR_ONE = 4
_MOST_FOR_SOME = 6
_LONGEST_ALONE = 16_000  # a longer value is changed together with the others only
_PLAIN_NAME = re.compile("[A-Za-z0-9_.-]*")
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")
_BLOCK = 16 * 1024


def _translated(text: str, table: Mapping[int, str] | tuple[str, ...]) -> str:
    """A text translated in blocks, of which none takes longer than other threads can wait while Python works on it."""
    if len(text) <= _BLOCK:
        return text.translate(table)
    return "".join([text[start : start + _BLOCK].translate(table) for start in range(0, len(text), _BLOCK)])


_ALWAYS_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


def _encoder(safe: str, space: str = "%20", escape: str = "%{:02X}") -> Callable[[str], str]:
    """A function that URL-encodes all but letters, digits, `_.-` and what is safe beside them."""
    kept = _ALWAYS_SAFE | frozenset(safe.encode())
    table = tuple(
        [chr(byte) if byte in kept else space if byte == ord(" ") else escape.format(byte) for byte in range(256)]
    )
    return lambda text: _translated(text.encode("utf-8", "replace").decode("latin-1"), table)


_LONGEST_ESCAPED = 64 * 1024  # each letter is a step of Python
_KEPT_BY_ESCAPE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-@*+/")


def _javascript_escape(text: str) -> str:
    """What JavaScript's old `escape` makes: `%E9`, and `%u5206` for what lies beyond Latin-1."""
    if len(text) > _LONGEST_ESCAPED or _KEPT_BY_ESCAPE.issuperset(text):
        return text
    units = text.encode("utf-16-be", "replace")
    codes = [256 * high + low for high, low in zip(units[::2], units[1::2], strict=True)]
    return "".join(
        [
            letter if (letter := chr(code)) in _KEPT_BY_ESCAPE else f"%u{code:04X}" if code > 0xFF else f"%{code:02X}"  # noqa: PLR2004 - the last of Latin-1
            for code in codes
        ]
    )


http_build_query = _encoder("", "+")
_rawurlencode = _encoder("~")
_LOWER = "%{:02x}"
URL_ENCODERS: tuple[Change, ...] = (
    ("as http_build_query does, spaces as +", http_build_query),
    ("as rawurlencode does", _rawurlencode),
    ("as encodeURIComponent does", _encoder("~!'()*")),
    ("as encodeURI does", _encoder("~;,/?:@&=+$!*'()#")),
    ("as Java's URLEncoder and URLSearchParams do", _encoder("*", "+")),
    ("as Python's quote does, slashes kept", _encoder("~/")),
    ("as Python's quote_plus does", _encoder("~", "+")),
    ("as C#'s UrlEncode does, with escapes in lower case", _encoder("!*()", "+", _LOWER)),
    ("with escapes in lower case", _encoder("~", escape=_LOWER)),
    ("with escapes in lower case, spaces as +", _encoder("", "+", _LOWER)),
    ("as JavaScript's escape does", _javascript_escape),
    ("as Java's URLEncoder does, spaces as %20", _encoder("*")),
    ("as C#'s WebUtility.UrlEncode does", _encoder("!*()", "+")),
    ("as axios does", _encoder("~!'()*:$,", "+")),
    ("as Go's PathEscape does", _encoder("~$&+=:@")),
    ("only spaces, as +", lambda text: text.replace(" ", "+")),
    ("only spaces, as %20", lambda text: text.replace(" ", "%20")),
    ("twice", lambda text: _rawurlencode(_rawurlencode(text))),
    ("twice, spaces as +", lambda text: http_build_query(http_build_query(text))),
)
"""URL encoding as the languages do it, the likelier first: they differ in the letters that they leave, in spaces, and
in the case of the digits."""

_NAMED = {chr(code): f"&{name};" for code, name in codepoint2name.items() if code > ord("~")}
_NUMBERED = {chr(code): f"&#{code};" for code in range(0xA0, 0x100)}


def _html(double: str, single: str, more: Mapping[str, str] = MappingProxyType({})) -> Callable[[str], str]:
    """A function that escapes for HTML: how quotes are written, and what else is."""
    table = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': double, "'": single, **more})
    return lambda text: _translated(text, table)


_HTML_ESCAPERS: tuple[Change, ...] = (
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


def _slashes(text: str) -> str:
    return text.replace("/", "\\/")


_QUOTE_ESCAPERS: tuple[Change, ...] = (
    ("as addslashes does", lambda text: re.sub(r"([\\'\"])", r"\\\1", text)),
    ("as JSON does", lambda text: encode_basestring(text)[1:-1]),
    ("only single quotes", lambda text: text.replace("'", "\\'")),
    ("as SQL does", lambda text: text.replace("'", "''")),
    ("only double quotes", lambda text: text.replace('"', '\\"')),
    ("only backslashes", lambda text: text.replace("\\", "\\\\")),
    ("double quotes doubled, as in CSV", lambda text: text.replace('"', '""')),
)


def _letters(text: str) -> str:
    return _NON_ASCII.sub(lambda found: encode_basestring_ascii(found.group())[1:-1], text)


def _letters_in_capitals(text: str) -> str:
    return re.sub("u[0-9a-f]{4}", lambda found: "u" + found.group()[1:].upper(), _letters(text))


def _all(change: Callable[[str], str]) -> Step:
    return lambda texts: {name: change(text) for name, text in texts.items()}


def _all_and_names(change: Callable[[str], str]) -> Step:
    return lambda texts: {change(name): change(text) for name, text in texts.items()}


def some(names: frozenset[str], change: Callable[[str], str]) -> Step:
    return lambda texts: texts | {name: change(texts[name]) for name in names if name in texts}


def anywhere(
    *changes: Change, all_texts: Callable[[Callable[[str], str]], Step] = _all
) -> Callable[[Message], Iterator[Variant]]:
    """What makes the variants of changes to all values, to the addresses, to the rest, and to each value alone."""

    def variants(message: Message) -> Iterator[Variant]:
        addresses = frozenset(name for name, text in message.texts.items() if "://" in text)
        rest = frozenset(message.texts) - addresses
        for how, change in changes:
            yield Variant(all_texts(change), how)
        for how, change in changes[:_MOST_FOR_SOME]:
            yield Variant(some(addresses, change), f"only in addresses, {how}")
            yield Variant(some(rest, change), f"except in addresses, {how}")
        yield from alone(message.texts, changes[:_MOST_FOR_ONE])

    return variants


def alone(texts: Texts, changes: tuple[Change, ...]) -> Iterator[Variant]:
    if len(texts) > FEW_FIELDS:
        return
    for how, change in changes:
        for name, text in texts.items():
            if len(text) <= _LONGEST_ALONE and change(text) != text:
                yield Variant(some(frozenset({name}), change), f"only {name}, {how}")


def _url_encoded(message: Message) -> Iterator[Variant]:
    yield from anywhere(*URL_ENCODERS, all_texts=_all_and_names)(message)
    if not all(map(_PLAIN_NAME.fullmatch, message.parameters)):
        yield from [Variant(_all(change), f"the names not, {how}") for how, change in URL_ENCODERS]


def _slashes_escaped(message: Message) -> Iterator[Variant]:
    yield from anywhere(("as json_encode does", _slashes))(message)
    together: tuple[tuple[Callable[[str], str], tuple[str, ...]], ...] = (
        (lambda text: _letters(_slashes(text)), ("slashes escaped", "non-ASCII escaped")),
        (lambda text: _slashes(encode_basestring(text)[1:-1]), ("slashes escaped", "quotes escaped")),
        (lambda text: encode_basestring_ascii(text)[1:-1], ("non-ASCII escaped", "quotes escaped")),
        (
            lambda text: _slashes(encode_basestring_ascii(text)[1:-1]),
            ("slashes escaped", "non-ASCII escaped", "quotes escaped"),
        ),
    )
    for change, mistakes in together:
        present = tuple(name for name in mistakes if _is_seen(name, message.texts))
        yield Variant(_all(change), "as JSON does", present or mistakes[:1])


def _is_seen(mistake: str, texts: Texts) -> bool:
    """Whether a mistake in escaping makes a difference to any text."""
    if mistake == "slashes escaped":
        return any("/" in text for text in texts.values())
    if mistake == "non-ASCII escaped":
        return not all(map(str.isascii, texts.values()))
    return any(_TO_ESCAPE.search(text) for text in texts.values())


_TO_ESCAPE = re.compile(r"[\"\\\x00-\x1f]")


def _quoted(texts: Texts, mark: str, *, with_numbers: bool) -> Texts:
    return {
        name: f"{mark}{text}{mark}" if with_numbers or not isinstance(text, Number) else text
        for name, text in texts.items()
    }


def _joined_in_quotes(texts: Texts, mark: str, separator: str) -> str:
    return separator.join([f"{name}={mark}{text}{mark}" for name, text in texts.items()])


def _all_in_quotes(texts: Texts, mark: str, sign: str, separator: str) -> str:
    return separator.join([f"{mark}{name}{mark}{sign}{mark}{text}{mark}" for name, text in texts.items()])


_BETWEEN_QUOTED: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("=", "&", "", ()),
    (
        ":",
        ",",
        ", : in place of =, a comma in place of &",
        ("values quoted", "other separator", "equals sign left out"),
    ),
    (
        ": ",
        ", ",
        ", : and a space in place of =, a comma and a space in place of &",
        ("values quoted", "other separator", "equals sign left out"),
    ),
)

MISTAKES = (
    Mistake(
        "values URL-encoded",
        "The values were URL-encoded before they were signed.",
        "Sign the raw values; do not use http_build_query, urlencode, encodeURIComponent or URLSearchParams.",
        {
            Stage.ESCAPING: _url_encoded,
            Stage.STRING: [
                Variant(change, f"the whole string, {how}") for how, change in URL_ENCODERS if "only" not in how
            ],
        },
        Likelihood.COMMON,
    ),
    Mistake(
        "values HTML-escaped",
        "The values were HTML-escaped before they were signed.",
        "Sign the raw values; escape for HTML only what you show on a page.",
        {Stage.ESCAPING: anywhere(*_HTML_ESCAPERS)},
    ),
    Mistake(
        "slashes escaped",
        "The slashes in the values were escaped as \\/ before they were signed.",
        "Sign the values as they are, not as json_encode writes them (or use JSON_UNESCAPED_SLASHES).",
        {Stage.ESCAPING: _slashes_escaped},
    ),
    Mistake(
        "non-ASCII escaped",
        "The non-ASCII characters were escaped before they were signed.",
        "Sign the characters in UTF-8, not their escapes (JSON_UNESCAPED_UNICODE, ensure_ascii=False).",
        {
            Stage.ESCAPING: anywhere(
                ("as \\u and four digits", _letters),
                ("as \\u and four upper-case digits", _letters_in_capitals),
                ("as HTML's numbers", lambda text: text.encode("ascii", "xmlcharrefreplace").decode()),
            )
        },
    ),
    Mistake(
        "quotes escaped",
        "The quotes or backslashes in the values were escaped before they were signed.",
        "Sign the values as they are, without addslashes, json_encode or the like.",
        {Stage.ESCAPING: anywhere(*_QUOTE_ESCAPERS)},
        Likelihood.RARE,
    ),
    Mistake(
        "values quoted",
        "The values were put in quotes before they were signed.",
        "Join the values without quotes around them.",
        {
            Stage.ESCAPING: [
                Variant(partial(_quoted, mark=mark, with_numbers=with_numbers), f"with {name} quotes{numbers}")
                for name, mark in (("double", '"'), ("single", "'"))
                for with_numbers, numbers in ((True, ""), (False, ", numbers without"))
            ],
            Stage.JOINING: [
                *[
                    Variant(
                        partial(_all_in_quotes, mark=mark, sign=sign, separator=separator),
                        f"{mark} around names and values{how}",
                        more,
                    )
                    for mark in ('"', "'")
                    for sign, separator, how, more in _BETWEEN_QUOTED
                ],
                *[
                    Variant(
                        partial(_joined_in_quotes, mark=mark, separator=separator),
                        f"{mark} around values, {named(separator)} between them",
                        ("values quoted", "other separator"),
                    )
                    for mark in ('"', "'")
                    for separator in (", ", ",", " ", ";", "; ", "\n", "")
                ],
            ],
            Stage.STRING: (
                Variant('"{}"'.format, "the whole string in double quotes"),
                Variant("'{}'".format, "the whole string in single quotes"),
            ),
        },
        Likelihood.RARE,
    ),
)
