"""Two aligned strings as they are shown: what differs in each parameter, in words, marked, and byte by byte."""

from __future__ import annotations

import unicodedata
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mockserver.explain.alignment import Alignment, Row, Status, align, parts_by_names
from mockserver.explain.changes import SENTENCES, Change
from mockserver.signing.php import NotJsonError, is_empty, parse, text_of
from mockserver.signing.signature import signed_parameters, string_to_sign
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mockserver.explain.variants.model import Hide
    from mockserver.signing.php import Value

MOST_DIFFERING = 100
"""The rows with a difference that are shown; the others are counted."""

_LONGEST_SHOWN = 2000
_MOST_BYTES = 48
_AROUND = 6
_FEW_EQUAL = 3
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs", "Cs", "Co", "Cn", "Mn"})
_UNSEEN_CHANGES = frozenset({Change.SPACE, Change.UNICODE, Change.CHARSET})
_UNCLEAR_CHANGES = frozenset({Change.OTHER, Change.CUT, Change.NAME, Change.QUOTES, Change.NUMBER})
_LOOKALIKES = ("CYRILLIC", "GREEK", "ARMENIAN", "LATIN SMALL LETTER DOTLESS", "LATIN LETTER", "CHEROKEE")
_NAMES = MappingProxyType(
    {"\n": "LF, line feed", "\r": "CR, carriage return", "\t": "TAB", " ": "space", "\0": "NUL",
     "\ufeff": "BOM, ZERO WIDTH NO-BREAK SPACE"}
)  # fmt: skip

_STATUS_SENTENCES: Mapping[Status, str] = MappingProxyType(
    {
        Status.EQUAL: message("Equal."),
        Status.MISSING: message("Missing: you did not sign this parameter."),
        Status.SURPLUS: message("Surplus: you signed a parameter that the gateway does not sign."),
        Status.MOVED: message("Moved: the value is right, but its place is not."),
        Status.CHANGED: message("Changed."),
    }
)
_NOT_IN_ORDER = message("It is also moved.")
_EMPTY_PART = message("Surplus: a separator with nothing behind it.")
_OTHER_SEPARATOR = message("The parameters are joined with {separator} instead of &.")
_OTHER_EQUALS = message("Names and values are joined with {separator} instead of =.")
_IS_JSON = message("You signed JSON instead of parameters that are joined with & and =.")
_HIDDEN_DIFFERENCE = message("The strings differ in a secret that is masked here.")
_EQUAL = message("Both strings are the same, byte by byte.")


class Piece(NamedTuple):
    """A part of a text: equal or differing, or, with `is_name`, the visible name of an invisible character."""

    text: str
    differs: bool
    is_name: bool = False


class Letter(NamedTuple):
    """One character in the view of bytes: its bytes as hexadecimal digits, how it looks, and its name in Unicode."""

    hex: str
    shown: str
    name: str
    differs: bool


class XrayRow(NamedTuple):
    """A parameter as it is shown; `expected` and `sent` are None where a string does not have it.

    `opens_bytes` says that the difference cannot be seen without the bytes.
    """

    status: Status
    name: str
    expected: tuple[Piece, ...] | None
    sent: tuple[Piece, ...] | None
    sentences: tuple[str, ...]
    places: tuple[int, int]
    bytes: tuple[tuple[Letter, ...], tuple[Letter, ...]]
    opens_bytes: bool

    @property
    def is_moved(self) -> bool:
        """Whether it stands at another place, by what the sentences say."""
        return self.status is Status.MOVED or _NOT_IN_ORDER in self.sentences


class Xray(NamedTuple):
    """The rows in groups, each with whether it is folded: a long run of equal ones is.

    `said` are sentences about the strings as a whole, each with its value, and `more` counts rows that are not shown.
    `steps` are the steps of signing that differ, as `mockserver.explain.lines` names them.
    """

    groups: tuple[tuple[bool, tuple[XrayRow, ...]], ...]
    said: tuple[tuple[str, str], ...]
    is_whole: bool
    more: int
    steps: frozenset[str]


def parts_to_sign(parameters: Mapping[str, Value], expected: str, hide: Hide) -> list[str]:
    """The parts of the string that is signed for parameters; `expected` is that string, masked as a whole."""
    names = sorted(parameters)
    for kept in (names, [name for name in names if not is_empty(parameters[name])]):
        parts = [hide(f"{name}={text_of(parameters[name])}") for name in kept]
        if "&".join(parts) == expected:
            return parts
    for kept in (names, [name for name in names if not is_empty(parameters[name])]):
        found = parts_by_names(expected, [hide(name) for name in kept])
        if len(found) == len(kept):
            return found
    return expected.split("&")


def xray(expected: Sequence[str], sent: str, *, differs: bool) -> Xray:
    """The parts of the expected string beside the client's string, both masked; `differs` is whether they do."""
    fields = _fields_of_json(sent)
    aligned = align([_clean(part) for part in expected], _clean(sent if fields is None else fields))
    wrong = [row for row in aligned.rows if row.status is not Status.EQUAL]
    left_out = set(map(id, wrong[MOST_DIFFERING:]))
    rows = [row_of(row) for row in aligned.rows if id(row) not in left_out]
    groups = [(is_equal, tuple(run)) for is_equal, run in groupby(rows, lambda row: row.status is Status.EQUAL)]
    folded = tuple((is_equal and len(run) > _FEW_EQUAL, run) for is_equal, run in groups)
    return Xray(
        folded,
        tuple(_said(aligned, is_json=fields is not None, differs=differs)),
        aligned.is_whole,
        len(left_out),
        _steps(aligned),
    )


def compare(
    parameters: Mapping[str, Value], strings: tuple[str, str], hide: Hide, *, differs: bool | None = None
) -> Xray:
    """The expected string of these parameters, and the client's, both masked already by `hide`."""
    expected, sent = strings
    parts = parts_to_sign(parameters, expected, hide)
    return xray(parts, sent, differs=expected != sent if differs is None else differs)


def _clean(text: str) -> str:
    """A text that can be sent: half a surrogate pair cannot."""
    return text.encode("utf-8", "replace").decode()


def _fields_of_json(text: str) -> str | None:
    """The fields of a JSON object that was signed as it is, joined as they should have been; None for other texts."""
    if text.lstrip()[:1] != "{":
        return None
    try:
        envelope = parse(text.strip().encode())
    except NotJsonError:
        return None
    return string_to_sign(signed_parameters({"data": envelope, **envelope})) if isinstance(envelope, dict) else None


def _steps(aligned: Alignment) -> frozenset[str]:
    found = {_STEPS[row.status] for row in aligned.rows if row.status in _STEPS}
    found |= {"parameters" for row in aligned.rows if row.change is Change.NAME}
    found |= {"order" for row in aligned.rows if row.is_moved}
    return frozenset(found | ({"joining"} if (aligned.separator, aligned.equals) != ("&", "=") else set()))


_STEPS = MappingProxyType(
    {
        Status.MISSING: "parameters", Status.SURPLUS: "parameters", Status.MOVED: "order", Status.CHANGED: "values",
    }
)  # fmt: skip


def _said(aligned: Alignment, *, is_json: bool, differs: bool) -> Iterator[tuple[str, str]]:
    for sentence, joint, right in ((_OTHER_SEPARATOR, aligned.separator, "&"), (_OTHER_EQUALS, aligned.equals, "=")):
        if joint != right:
            shown = " ".join(piece.text.replace(" ", "␣") for piece in _named(joint, differs=True))
            yield sentence, shown or "∅"
    if is_json:
        yield _IS_JSON, ""
    elif aligned.is_equal:
        yield (_HIDDEN_DIFFERENCE if differs else _EQUAL), ""


def row_of(row: Row) -> XrayRow:
    """An aligned parameter as it is shown."""
    name, value = _name_and_value(row.expected if row.expected is not None else row.sent or "")
    if row.expected is None or row.sent is None:
        alone, letters = tuple(_named(_short(value), differs=True)), _letters(value, 0, len(value))
        ours, theirs = (alone, None) if row.sent is None else (None, alone)
        alone_bytes = (letters, ()) if row.sent is None else ((), letters)
        return XrayRow(row.status, name, ours, theirs, _sentences(row), row.places, alone_bytes, opens_bytes=False)
    other_name, other = _name_and_value(row.sent)
    if other_name != name:
        value, other = row.expected, row.sent
    start, ends = _differing(value, other)
    pieces = tuple(_pieces(text, start, end) for text, end in zip((value, other), ends, strict=True))
    spans = (_letters(value, start, ends[0]), _letters(other, start, ends[1]))
    opens_bytes = _opens_bytes(row, value[start : ends[0]] + other[start : ends[1]])
    return XrayRow(row.status, name, pieces[0], pieces[1], _sentences(row), row.places,
                   spans if row.status is Status.CHANGED else ((), ()), opens_bytes)  # fmt: skip


def _opens_bytes(row: Row, differing: str) -> bool:
    if row.change in _UNSEEN_CHANGES:
        return True
    return row.change in _UNCLEAR_CHANGES and any(_is_unseen(one) or _looks_alike(one) for one in differing)


def _name_and_value(part: str) -> tuple[str, str]:
    name, separator, value = part.partition("=")
    return (name, value) if separator else ("", name)


def _sentences(row: Row) -> tuple[str, ...]:
    if row.status is Status.SURPLUS and not row.sent:
        return (_EMPTY_PART,)
    first = SENTENCES[row.change] if row.change is not None else _STATUS_SENTENCES[row.status]
    return (first, _NOT_IN_ORDER) if row.is_moved and row.change is not None else (first,)


def _differing(one: str, other: str) -> tuple[int, tuple[int, int]]:
    """Where two texts begin to differ, and where the difference ends in each."""
    shorter = min(len(one), len(other))
    start = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    same = next((at for at in range(shorter - start) if one[-1 - at] != other[-1 - at]), shorter - start)
    return start, (len(one) - same, len(other) - same)


def _pieces(text: str, start: int, end: int) -> tuple[Piece, ...]:
    """A text with its differing part; the characters that cannot be seen there have their names."""
    before = text[:start] if start <= _LONGEST_SHOWN else f"…{text[start - _LONGEST_SHOWN // 2 : start]}"
    after = _short(text[end:])
    found = [Piece(before, differs=False), *_named(_short(text[start:end]), differs=True), Piece(after, differs=False)]
    return tuple(piece for piece in found if piece.text)


def _named(text: str, *, differs: bool) -> Iterator[Piece]:
    for is_unseen, letters in groupby(text, _is_unseen):
        if is_unseen:
            yield from (Piece(_code(letter), differs, is_name=True) for letter in letters)
        else:
            yield Piece("".join(letters), differs)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _letters(text: str, start: int, end: int) -> tuple[Letter, ...]:
    """The characters of a difference, and a few around it."""
    first, last = max(0, start - _AROUND), min(end + _AROUND, start + _MOST_BYTES)
    return tuple(
        Letter(
            letter.encode("utf-8", "surrogatepass").hex(" "),
            "" if _is_unseen(letter) else "␣" if letter == " " else letter,
            _name_of(letter),
            start <= first + at < end,
        )
        for at, letter in enumerate(text[first:last])
    )


def _is_unseen(letter: str) -> bool:
    """Whether a character cannot be seen, or is a space that is not the usual one."""
    return letter != " " and unicodedata.category(letter) in _UNSEEN_CATEGORIES


def _looks_alike(letter: str) -> bool:
    """Whether a character may look like one of ASCII."""
    return not letter.isascii() and (
        unicodedata.normalize("NFKC", letter).isascii() or unicodedata.name(letter, "").startswith(_LOOKALIKES)
    )


def _code(letter: str) -> str:
    short = {"\n": "LF", "\r": "CR", "\t": "TAB", "\ufeff": "BOM", "\xa0": "NBSP"}
    return short.get(letter, f"U+{ord(letter):04X}")


def _name_of(letter: str) -> str:
    if letter.isascii() and letter not in _NAMES and letter.isprintable():
        return ""
    name = _NAMES.get(letter) or unicodedata.name(letter, "")
    return f"U+{ord(letter):04X} {name}".strip()
