"""Removes escapes from texts, maps parts of the plain text back to the escaped one, and finds keys in texts.

The escapes are the backslashes of JSON and Python, percent-encoding, HTML entities, and the zero bytes of UTF-16.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LEVELS = 6
"""How often a text may be escaped, such as JSON in a string of JSON in a header."""

_TOKEN = (  # compiled by `re` at its first use, as most texts have no escapes
    rb"""\\(?:u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|["'/\\bfnrt])"""
    rb"|%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*"
    rb"|&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|quot|amp|apos|lt|gt|nbsp);"
    rb"|\x00\x00*"
)
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_ENTITIES = {b"quot": b'"', b"amp": b"&", b"apos": b"'", b"lt": b"<", b"gt": b">", b"nbsp": b"\xc2\xa0"}
_LARGEST_CODE_POINT = 0x10FFFF


def unescaped(content: bytes) -> bytes:
    """A text with one level of escapes removed; the same object if it has none."""
    if b"\\" not in content and b"%" not in content and b"&" not in content and b"\x00" not in content:
        return content
    plain = re.sub(_TOKEN, _undone, without_slashes(content))
    return content if plain == content else plain


def without_slashes(content: bytes) -> bytes:
    """A text without PHP's escapes of slashes, if it has no escaped backslashes."""
    return content if b"\\" not in content or b"\\\\" in content else content.replace(b"\\/", b"/")


def levels(content: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    """A text, and the results of removing one level of escapes after another; each with the texts before it."""
    before: list[bytes] = []
    yield content, before
    while len(before) < MOST_LEVELS and (plain := unescaped(content)) is not content:
        before = [*before, content]
        content = plain
        yield content, before


def origin(span: tuple[int, int], before: list[bytes]) -> tuple[int, int]:
    """The span in the first of the texts before, for a span of the unescaped text."""
    for content in reversed(before):
        span = _Origins(content).of(span)
    return span


class _Origins:
    """The positions of a text's escapes, before and after their removal."""

    def __init__(self, content: bytes) -> None:
        self._plain: list[tuple[int, int]] = []
        self._escaped: list[tuple[int, int]] = []
        shorter = 0
        for token in re.finditer(_TOKEN, content):
            start = token.start() - shorter
            end = start + len(_undone(token))
            shorter = token.end() - end
            self._plain.append((start, end))
            self._escaped.append(token.span())
        self._starts = [start for start, _ in self._plain]

    def of(self, span: tuple[int, int]) -> tuple[int, int]:
        """The span in the escaped text; it includes escapes that are only partly covered."""
        return self._of(span[0])[0], self._of(span[1] - 1)[1]

    def _of(self, place: int) -> tuple[int, int]:
        at = bisect_right(self._starts, place) - 1
        if at < 0:
            return place, place + 1
        end = self._plain[at][1]
        if place < end:
            return self._escaped[at]
        start = self._escaped[at][1] + place - end
        return start, start + 1


def _undone(token: re.Match[bytes]) -> bytes:
    text = token[0]
    if text[:1] == b"\\":
        return _backslash(text)
    if text[:1] == b"%":
        return bytes.fromhex(text.replace(b"%", b"").decode("ascii"))
    return _entity(text) if text[:1] == b"&" else b""


def _backslash(text: bytes) -> bytes:
    kind = text[1:2]
    if kind == b"u":
        units = bytes.fromhex(text.replace(b"\\u", b"").decode("ascii"))
        return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")
    if kind in {b"U", b"x"}:
        return _letter(int(text[2:].decode("ascii"), 16))
    return _LETTERS.get(kind, kind)


def _entity(text: bytes) -> bytes:
    name = text[1:-1]
    if name[:1] != b"#":
        return _ENTITIES[name]
    return _letter(int(name[2:].decode("ascii"), 16) if name[1:2] in b"xX" else int(name[1:]))


def _letter(code_point: int) -> bytes:
    return chr(min(code_point, _LARGEST_CODE_POINT)).encode("utf-8", "surrogatepass")


SHORTEST = 8
"""The minimum length in bytes of a key that is searched everywhere; a shorter one may appear by chance."""

_FEW = 10
_UPPER_AND_PLUS = bytes(range(256)).lower().replace(b"+", b" ")


def folded(content: bytes) -> bytes:
    """A text prepared for the search: in lower case, as hexadecimal keys are used in both, and with + as a space."""
    return content.translate(_UPPER_AND_PLUS)


class _Blocks:
    """Finds the keys that may be in a text, in a time that does not depend on the number of keys.

    The text is cut into blocks of `size` bytes, which are read as an array of integers. A key of at least 2 * size - 1
    bytes in the text covers a whole block, at one of `size` offsets. So a dictionary has the blocks of each key at all
    offsets, and the candidates are the intersection of two sets, computed in C.
    """

    def __init__(self, size: int, code: str) -> None:
        self._size = size
        self._code = code
        self._keys: dict[int, bytes | set[bytes]] = {}

    def add(self, key: bytes) -> None:
        for piece in self._pieces(key):
            known = self._keys.setdefault(piece, key)
            if isinstance(known, set):
                known.add(key)
            elif known != key:
                self._keys[piece] = {known, key}

    def remove(self, key: bytes) -> None:
        for piece in self._pieces(key):
            known = self._keys.get(piece)
            if isinstance(known, set) and len(known) > 1:
                known.discard(key)
            else:
                self._keys.pop(piece, None)

    def _pieces(self, key: bytes) -> set[int]:
        size = self._size
        return {array(self._code, key[at : at + size])[0] for at in range(size)}

    def candidates(self, content: bytes) -> set[bytes]:
        """The keys with a block in a text; it may not have the whole key."""
        if not self._keys:
            return set()
        pieces = array(self._code, content[: len(content) // self._size * self._size])
        found = [known for piece in self._keys.keys() & pieces if (known := self._keys.get(piece)) is not None]
        return {key for known in found for key in (tuple(known) if isinstance(known, set) else (known,))}


class KeyIndex:
    """Keys of eight bytes or more, all folded. Reads need no lock; changes must not run in parallel."""

    def __init__(self) -> None:
        self._counts: Counter[bytes] = Counter()
        self._few: tuple[bytes, ...] | None = ()
        self._long, self._short = _Blocks(8, "Q"), _Blocks(4, "I")

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, key: bytes) -> None:
        self._counts[key] += 1
        if self._counts[key] == 1:
            self._blocks_of(key).add(key)
            self._remember_few()

    def remove(self, key: bytes) -> None:
        """Remove a key; it must be removed as often as it was added."""
        self._counts[key] -= 1
        if self._counts[key] <= 0:
            del self._counts[key]
            self._blocks_of(key).remove(key)
            self._remember_few()

    def _blocks_of(self, key: bytes) -> _Blocks:
        return self._long if len(key) >= 2 * 8 - 1 else self._short

    def _remember_few(self) -> None:
        self._few = tuple(self._counts) if len(self._counts) <= _FEW else None

    def in_text(self, content: bytes) -> list[bytes]:
        keys = self._few
        if keys is None:
            keys = (*self._long.candidates(content), *self._short.candidates(content))
        return [key for key in keys if key in content]

    def begun_in(self, content: bytes) -> int | None:
        """The position of an incomplete key of at least eight bytes at the end of a folded text, or None."""
        keys = self._few
        if keys is None:
            shifted = [content[at:] for at in range(8)]
            keys = tuple({key for text in shifted for key in self._all_candidates(text)})
        return min((at for key in keys for at in _beginnings(key, content)), default=None)

    def _all_candidates(self, content: bytes) -> set[bytes]:
        return self._long.candidates(content) | self._short.candidates(content)


def _beginnings(key: bytes, content: bytes) -> Iterator[int]:
    """The positions from which a text ends with the beginning of a key."""
    at = content.find(key[:SHORTEST])
    while at >= 0:
        if key.startswith(content[at:]):
            yield at
        at = content.find(key[:SHORTEST], at + 1)
