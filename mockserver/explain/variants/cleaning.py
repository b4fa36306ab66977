"""Mistakes in what becomes of the text of each value before it is escaped: trimmed, decoded, cut, letters lost."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from mockserver.explain.variants.escaping import Change, alone, anywhere, some
from mockserver.explain.variants.model import FEW_FIELDS, Likelihood, Message, Mistake, Stage, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CASES: tuple[Change, ...] = (
    ("to lower case", str.lower),
    ("to upper case", str.upper),
    ("the first letter to upper case", lambda text: text[:1].upper() + text[1:]),
    ("the first letter to lower case", lambda text: text[:1].lower() + text[1:]),
    ("the first letter to upper case, the rest to lower", str.capitalize),
    ("each word with a capital", str.title),
)


_LINE_ENDS: tuple[Change, ...] = (
    ("\\r\\n made \\n", lambda text: text.replace("\r\n", "\n")),
    ("\\n made \\r\\n", lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n")),
    ("left out", lambda text: text.replace("\r", "").replace("\n", "")),
    ("made spaces", lambda text: text.replace("\r\n", " ").replace("\n", " ")),
    ("written as a backslash and n", lambda text: text.replace("\r", "\\r").replace("\n", "\\n")),
    ("as nl2br does", lambda text: text.replace("\n", "<br />\n")),
    ("made <br>", lambda text: text.replace("\r\n", "\n").replace("\n", "<br>")),
    ("only the first line", lambda text: text.split("\n", maxsplit=1)[0]),
    ("a backslash and n read as a line end", lambda text: text.replace("\\r", "\r").replace("\\n", "\n")),
)
_GERMAN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"}
)


def _without(pattern: str, instead: str = "") -> Callable[[str], str]:
    return partial(re.compile(pattern).sub, instead)


def _without_marks(text: str) -> str:
    if len(text) > _LONGEST_NORMALIZED:
        return text
    return "".join([letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter)])


_LONGEST_NORMALIZED = 2_000  # combining marks in a row take time that grows with the square of their number
_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})
_LOST: tuple[Change, ...] = (
    ("those that are not ASCII left out", _without(r"[^\x00-\x7f]")),
    ("? for each that is not ASCII", _without(r"[^\x00-\x7f]", "?")),
    ("all but letters, digits and spaces left out", _without("[^A-Za-z0-9 ]")),
    ("emoji left out", _without("[\U00010000-\U0010ffff]")),
    ("quotes left out", _without("['\"]")),
    ("tags left out", _without("<[^>]*>")),
    ("tags left out, as strip_tags does", _without(r"<(?!\s)[^>]*(?:>|$)")),
    ("? for each that is not in Latin-1", _without(r"[^\x00-\xff]", "?")),
    ("?? for each emoji", _without("[\U00010000-\U0010ffff]", "??")),
    ("? for each emoji", _without("[\U00010000-\U0010ffff]", "?")),
    ("letters without their marks", _without_marks),
    ("umlauts as two letters", lambda text: text.translate(_GERMAN)),
    ("all but letters and digits left out", _without("[^A-Za-z0-9]")),
    ("all but letters, digits, spaces and . , - _ left out", _without("[^A-Za-z0-9 .,_-]")),
    ("all but letters, digits and _ - left out", _without("[^A-Za-z0-9_-]")),
    ("all that are no letters, digits or spaces in any language left out", _without(r"[^\w\s]")),
    ("& left out", _without("&")),
    ("& as and", _without("&", "and")),
    ("control characters left out", _without(r"[\x00-\x1f\x7f]")),
    ("invisible characters left out", _without("[\u200b-\u200f\u2060\ufeff\xad]")),
    ("backslashes left out", _without(r"\\")),
    ("< and > left out", _without("[<>]")),
    ("dashes left out", _without("-")),
    ("slashes left out", _without("/")),
    ("plus signs left out", _without(r"\+")),
    ("commas left out", _without(",")),
    ("curly quotes made straight", lambda text: text.translate(_STRAIGHT)),
    ("straight quotes made curly", lambda text: text.replace("'", "\u2019")),
    ("the part behind # left out", lambda text: text.partition("#")[0]),
    ("the part behind ? left out", lambda text: text.partition("?")[0]),
    ("the part behind & left out", lambda text: text.partition("&")[0]),
    ("a slash at the end left out", lambda text: text.rstrip("/")),
    ("a slash added behind the host, as URL objects do", _without(r"(?<=://)([^/?#]+)$", r"\1/")),
    ("a slash added at the end", lambda text: f"{text}/" if "://" in text else text),
    ("https made http", lambda text: text.replace("https://", "http://")),
    ("http made https", lambda text: text.replace("http://", "https://")),
    ("www. left out", lambda text: text.replace("://www.", "://")),
    ("the address without its scheme", lambda text: text.partition("://")[2] or text),
)

_LENGTHS = (
    10,
    15,
    16,
    20,
    25,
    30,
    32,
    36,
    40,
    45,
    48,
    50,
    60,
    63,
    64,
    80,
    100,
    120,
    127,
    128,
    140,
    150,
    160,
    200,
    255,
    256,
)
_ENDS = ("", "...", "\u2026")
_LONGEST_CUT = 2_000


def _in_other_case(message: Message) -> Iterator[Variant]:
    is_same_as_whole = all(name == name.lower() for name in message.parameters)  # and the whole string is likelier
    yield from anywhere(*_CASES[is_same_as_whole:])(message)
    yield from alone(message.texts, _CASES)


def _cut(message: Message) -> Iterator[Variant]:
    """Each value as a column or a field of a form may cut it, in characters or in bytes of UTF-8."""
    texts = message.texts if len(message.texts) <= FEW_FIELDS else {}
    for name, text in texts.items():
        content = text.encode("utf-8", "replace")
        for length in _LENGTHS if len(text) <= _LONGEST_CUT else ():
            if length < len(text):
                for end in _ENDS:
                    yield _instead(name, text[: length - len(end)] + end, f"to {length} characters")
            if length < len(content) and not text.isascii():
                yield _instead(name, content[:length].decode("utf-8", "ignore"), f"to {length} bytes")


def _instead(name: str, text: str, detail: str) -> Variant:
    return Variant(some(frozenset({name}), lambda _: text), f"{name} {detail}")


MISTAKES = (
    Mistake(
        "values URL-decoded",
        "The values were URL-decoded before they were signed.",
        "Sign the values exactly as they are in the body, with their % and +.",
        {
            Stage.CLEANING: anywhere(("as a form's", unquote_plus), ("as an address's", unquote)),
            Stage.STRING: (
                Variant(unquote_plus, "the whole string, as a form's"),
                Variant(unquote, "the whole string, as an address's"),
            ),
        },
    ),
    Mistake(
        "values trimmed",
        "The white space in the values was trimmed before they were signed.",
        "Trim the values before you build the body, so that you send what you sign.",
        {
            Stage.CLEANING: anywhere(
                ("at both ends", str.strip),
                ("at the end", str.rstrip),
                ("with white space inside made one space", lambda text: " ".join(text.split())),
                ("with every space taken out", lambda text: text.replace(" ", "")),
                ("at the beginning", str.lstrip),
                ("with no-break spaces made spaces", lambda text: text.replace("\xa0", " ")),
                ("with tabs made spaces", lambda text: text.replace("\t", " ")),
                ("with spaces made underscores", lambda text: text.replace(" ", "_")),
                ("with spaces made dashes", lambda text: text.replace(" ", "-")),
            )
        },
        Likelihood.RARE,
    ),
    Mistake(
        "case of values changed",
        "The case of the values was changed before they were signed.",
        "Sign the values in the case in which you send them.",
        {Stage.CLEANING: _in_other_case},
        Likelihood.RARE,
    ),
    Mistake(
        "line ends changed",
        "The line ends in the values were changed before they were signed.",
        "Change the line ends before you build the body, so that you send what you sign.",
        {Stage.CLEANING: anywhere(*_LINE_ENDS)},
        Likelihood.RARE,
    ),
    Mistake(
        "characters lost",
        "The characters of some values were left out or replaced before they were signed.",
        "Change the values before you build the body, so that you send what you sign.",
        {Stage.CLEANING: anywhere(*_LOST)},
        Likelihood.RARE,
    ),
    Mistake(
        "values cut short",
        "A value was cut short before it was signed.",
        "Shorten the values before you build the body, so that you send what you sign.",
        {Stage.CLEANING: _cut},
        Likelihood.RARE,
    ),
)
