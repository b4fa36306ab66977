"""Texts become one string of bytes: their order, how they are joined, and the character set."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, unquote_plus

from mockserver.explain.variants.line import ENVELOPE, Message, Texts, Way
from mockserver.explain.variants.urlencoding import ENCODERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DIGITS = re.compile("([0-9]+)")
_SMALLEST_TABLE = 16
_CHARSET = ("other character set",)


def in_order(texts: Texts) -> Texts:
    """The right step: sorted by byte."""
    return dict(sorted(texts.items()))


def joined(texts: Texts) -> str:
    """The right step: `key=value`, joined with `&`."""
    return "&".join(map("=".join, texts.items()))


encoded: Callable[[str], bytes] = partial(str.encode, encoding="utf-8", errors="replace")
"""The right step: UTF-8."""


def joined_and_encoded(texts: Texts) -> bytes:
    """Two right steps at once."""
    return "&".join(map("=".join, texts.items())).encode("utf-8", "replace")


def ordered_and_encoded(texts: Texts) -> bytes:
    """Three right steps at once."""
    return "&".join(map("=".join, sorted(texts.items()))).encode("utf-8", "replace")


def of_order(message: Message) -> Iterator[Way]:
    """Ways to put the parameters in another order."""
    yield Way(("keys unsorted",), _as_it_stands, "in the order of the body")
    orders = list(permutations(ENVELOPE)) if "method" in message.parameters else []
    yield from _of_parts("keys unsorted", _as_it_stands, orders[:1])
    for larger in (1, 2):
        for put in (_as_it_stands, _envelope_first, _envelope_last):
            step = partial(_in_hash_map, put=put, larger=larger)
            yield Way(("keys unsorted",), step, "in the order of a Java HashMap")
    yield Way(("keys unsorted",), _whole_numbers_first, "in the order of a JavaScript object")
    yield from _of_parts("keys unsorted", _as_it_stands, orders[1:])
    yield from _of_parts("only data sorted", in_order, orders)
    for mistake, how, key in _SORTS:
        yield Way((mistake,), partial(_sorted_by, key=key), how)
    yield Way(("sorted by value",), _by_value)
    yield Way(("sorted by value",), _by_value_backwards, "backwards")
    yield Way(("sorted by value",), _by_pair, "by the joined pairs")
    yield Way(("sorted backwards",), _backwards)


def _of_parts(mistake: str, own: Callable[[Texts], Texts], orders: list[tuple[str, ...]]) -> Iterator[Way]:
    for order in orders:
        for is_first, how in ((True, "before data"), (False, "after data")):
            step = partial(_in_parts, order=order, own=own, is_first=is_first)
            yield Way((mistake,), step, f"{', '.join(order)} {how}")


def _as_it_stands(texts: Texts) -> Texts:
    return texts


def _in_parts(texts: Texts, order: tuple[str, ...], own: Callable[[Texts], Texts], *, is_first: bool) -> Texts:
    outer = {name: texts[name] for name in order if name in texts}
    data = own({name: text for name, text in texts.items() if name not in outer})
    return outer | data if is_first else data | outer


_envelope_first = partial(_in_parts, order=ENVELOPE, own=_as_it_stands, is_first=True)
_envelope_last = partial(_in_parts, order=ENVELOPE, own=_as_it_stands, is_first=False)


def _in_hash_map(texts: Texts, put: Callable[[Texts], Texts], larger: int) -> Texts:
    """The order of a Java HashMap: by bucket, and within one by the order in which they were put into it."""
    size = _SMALLEST_TABLE
    while size * 3 < len(texts) * 4:
        size *= 2
    last = size * larger - 1  # putAll may take a larger table than it needs
    return dict(sorted(put(texts).items(), key=lambda item: _spread(item[0]) & last))


def _spread(name: str) -> int:
    number = 0
    units = name.encode("utf-16-be", "replace")
    for high, low in zip(units[::2], units[1::2], strict=True):
        number = (31 * number + 256 * high + low) & 0xFFFFFFFF
    return number ^ number >> 16


def _whole_numbers_first(texts: Texts) -> Texts:
    numbers = [name for name in texts if name.isascii() and name.isdecimal() and (name == "0" or name[0] != "0")]
    return {name: texts[name] for name in (*sorted(numbers, key=int), *texts)}


def _sorted_by(texts: Texts, key: Callable[[str], str | int | list[tuple[int, str]]]) -> Texts:
    return {name: texts[name] for name in sorted(texts, key=key)}


def _in_dictionary(name: str) -> str:
    return name.lower().replace("_", " ")


def _without_marks(name: str) -> str:
    return "".join([letter for letter in name.lower() if letter.isalnum()])


def _letters_first(name: str) -> str:
    return name.lower().translate(_DIGITS_LAST)


def _naturally(name: str) -> list[tuple[int, str]]:
    return [(int(part[:18]), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name) if part]


_DIGITS_LAST = {ord(digit): chr(0x10000 + ord(digit)) for digit in "0123456789"}
_SORTS: tuple[tuple[str, str, Callable[[str], str | int | list[tuple[int, str]]]], ...] = (
    ("keys sorted without case", "as lower case", str.lower),
    ("keys sorted without case", "as upper case", str.upper),
    ("keys sorted without case", "as a dictionary does", _in_dictionary),
    ("keys sorted without case", "as a dictionary does, without underscores", _without_marks),
    ("keys sorted without case", "small letters before capitals", str.swapcase),
    ("keys sorted without case", "digits behind letters", _letters_first),
    ("sorted as numbers or naturally", "naturally", _naturally),
    ("sorted as numbers or naturally", "by the length of the key", len),
)


def _by_value(texts: Texts) -> Texts:
    return dict(sorted(texts.items(), key=lambda item: item[1]))


def _by_value_backwards(texts: Texts) -> Texts:
    return dict(sorted(texts.items(), key=lambda item: item[1], reverse=True))


def _by_pair(texts: Texts) -> Texts:
    return dict(sorted(texts.items(), key=lambda item: f"{item[0]}={item[1]}"))


def _backwards(texts: Texts) -> Texts:
    return dict(sorted(texts.items(), reverse=True))


_MARKS = (
    ("", ""), (":", ","), (":", "\n"), (": ", "\n"), ("", ","), ("", "\n"), (":", ";"), (":", "|"), (": ", ", "),
    (":", ""), ("|", "|"), (",", ","), ("\n", "\n"), (" ", " "), ("_", "_"),
)  # fmt: skip
"""What may stand in the places of the equals sign and of the separator."""


def of_joining(_message: Message) -> Iterator[Way]:
    """Ways to join the parameters with other marks, or without their names."""
    for separator in ("", ",", ";", "\n", "&amp;", "|", " ", "\r\n", ", ", "+", "?", "$"):
        yield Way(("other separator",), partial(_joined, separator=separator), f"{separator!r} between parameters")
    yield Way(("names left out",), partial(_values, separator="&"))
    for separator in ("", ",", "|", "\n", "+", ";", " ", "-", "_", ".", ":", "#"):
        step = partial(_values, separator=separator)
        yield Way(("names left out", "other separator"), step, f"{separator!r} between values")
    yield Way(("equals sign left out",), partial(_joined, sign=""))
    for sign in (":", "=>", " = ", ": "):
        yield Way(("equals sign left out",), partial(_joined, sign=sign), f"{sign!r} in its place")
    for sign, separator in _MARKS:
        step = partial(_joined, sign=sign, separator=separator)
        yield Way(("equals sign left out", "other separator"), step, f"{sign!r} and {separator!r} in their places")
    for mark in ('"', "'"):
        for separator in (", ", ",", " ", ";", "; ", "\n", ""):
            step = partial(_joined_in_quotes, mark=mark, separator=separator)
            yield Way(("values quoted", "other separator"), step, f"{mark} around values, {separator!r} between them")


def _joined(texts: Texts, sign: str = "=", separator: str = "&") -> str:
    return separator.join(map(sign.join, texts.items()))


def _joined_in_quotes(texts: Texts, mark: str, separator: str) -> str:
    return separator.join([f"{name}={mark}{text}{mark}" for name, text in texts.items()])


def _values(texts: Texts, separator: str) -> str:
    return separator.join(texts.values())


# The time that is taken grows with the square of how many combining marks, or digits of a reference, stand in a row.
_MANY_MARKS = re.compile(r"[^\w\x00-\x7f]{31,}")
_MANY_DIGITS = re.compile("&#[xX]?[0-9a-fA-F]{31}")
_MOST_MARKS = 30
_LONGEST_DECODED = 64 * 1024


def _normalised(text: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> str:
    """A text in a normal form; as it is where marks are piled up as in no language."""
    piles = (found.group() for found in _MANY_MARKS.finditer(text))
    if any(sum(map(bool, map(unicodedata.combining, pile))) > _MOST_MARKS for pile in piles):
        return text
    return unicodedata.normalize(form, text)


def _without_accents(text: str, form: Literal["NFD", "NFKD"]) -> str:
    if len(text) > _LONGEST_DECODED:
        return text
    return "".join([letter for letter in _normalised(text, form) if not unicodedata.combining(letter)])


def _without_entities(text: str) -> str:
    return text if len(text) > _LONGEST_DECODED or _MANY_DIGITS.search(text) else html.unescape(text)


_STRINGS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("line break at the end", "\\n", lambda text: f"{text}\n"),
    ("line break at the end", "\\r\\n", lambda text: f"{text}\r\n"),
    ("line break at the end", "\\r", lambda text: f"{text}\r"),
    ("stray separator", "& at the end", lambda text: f"{text}&"),
    ("stray separator", "& at the beginning", lambda text: f"&{text}"),
    ("stray separator", "? at the beginning", lambda text: f"?{text}"),
    ("stray separator", "? at the end", lambda text: f"{text}?"),
    ("stray separator", "& at both ends", lambda text: f"&{text}&"),
    ("stray separator", "a space at the end", lambda text: f"{text} "),
    *[("values URL-encoded", f"the whole string, {how}", encode) for how, encode in ENCODERS],
    ("values URL-decoded", "the whole string, as a form's", unquote_plus),
    ("values URL-decoded", "the whole string, as an address's", unquote),
    ("string in other case", "lower case", str.lower),
    ("string in other case", "upper case", str.upper),
    ("entity decoded", "", _without_entities),
    ("other Unicode form", "NFC", partial(_normalised, form="NFC")),
    ("other Unicode form", "NFD", partial(_normalised, form="NFD")),
    ("other Unicode form", "NFKC", partial(_normalised, form="NFKC")),
    ("other Unicode form", "NFKD", partial(_normalised, form="NFKD")),
    ("other Unicode form", "letters without their marks", lambda text: _without_accents(text, "NFD")),
    ("other Unicode form", "NFKD, letters without their marks", lambda text: _without_accents(text, "NFKD")),
    ("values quoted", "the whole string in double quotes", lambda text: f'"{text}"'),
    ("values quoted", "the whole string in single quotes", lambda text: f"'{text}'"),
)


def of_string(_message: Message) -> Iterator[Way]:
    """Ways to change the joined string as a whole."""
    for mistake, how, change in _STRINGS:
        yield Way((mistake,), change, how)


def of_bytes(_message: Message) -> Iterator[Way]:
    """Ways to encode the string in another character set than UTF-8."""
    for name in ("latin-1", "gbk", "ascii"):
        yield Way(_CHARSET, partial(_encoded, charset=name), name.upper())
    yield Way(_CHARSET, partial(_encoded_twice, charset="latin-1"), "UTF-8 twice, read as LATIN-1")
    for name in ("utf-16-le", "utf-16-be", "cp1252", "gb18030", "big5", "utf-8-sig"):
        yield Way(_CHARSET, partial(_encoded, charset=name), name.upper())
    yield Way(_CHARSET, partial(_encoded, charset="utf-16-be", mark=b"\xfe\xff"), "UTF-16 with byte order mark")
    yield Way(_CHARSET, partial(_encoded, charset="utf-16-le", mark=b"\xff\xfe"), "UTF-16-LE with byte order mark")
    for name in ("cp1252", "gbk"):
        yield Way(_CHARSET, partial(_encoded_twice, charset=name), f"UTF-8 twice, read as {name.upper()}")
    yield Way(_CHARSET, partial(str.encode, errors="ignore", encoding="ascii"), "ASCII, the rest left out")
    yield Way(_CHARSET, partial(str.encode, errors="ignore", encoding="latin-1"), "LATIN-1, the rest left out")
    for name in ("shift_jis", "euc_kr", "iso-8859-15"):
        yield Way(_CHARSET, partial(_encoded, charset=name), name.upper())
    yield Way(_CHARSET, _low_bytes, "the low byte of each UTF-16 unit")


def _low_bytes(text: str) -> bytes:
    return text.encode("utf-16-le", "replace")[::2]


def _encoded(text: str, charset: str, mark: bytes = b"") -> bytes:
    return mark + text.encode(charset, "replace")


def _encoded_twice(text: str, charset: str) -> bytes:
    return text.encode("utf-8", "replace").decode(charset, "replace").encode()
