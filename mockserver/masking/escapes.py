"""Escapes in texts undone, whatever wrote them, and where in the escaped text a part of the plain one stands.

JSON's and Python's backslashes, percent-encoding, HTML's entities, and the zero bytes of UTF-16.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LEVELS = 6
"""How often a text may have been escaped: as a JSON text in a string of JSON in a header, for one."""

_TOKEN = re.compile(
    rb"""\\(?:u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|["'/\\bfnrt])"""
    rb"|%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*"
    rb"|&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|quot|amp|apos|lt|gt|nbsp);"
    rb"|\x00\x00*"
)
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_ENTITIES = {b"quot": b'"', b"amp": b"&", b"apos": b"'", b"lt": b"<", b"gt": b">", b"nbsp": b"\xc2\xa0"}
_LARGEST_CODE_POINT = 0x10FFFF


def unescaped(content: bytes) -> bytes:
    """A text with one level of escapes undone; the same object if it has none."""
    if b"\\" not in content and b"%" not in content and b"&" not in content and b"\x00" not in content:
        return content
    plain = _TOKEN.sub(_undone, without_slashes(content))
    return content if plain == content else plain


def without_slashes(content: bytes) -> bytes:
    """A text without the escapes of slashes, which PHP writes, if it has no other escapes of backslashes."""
    return content if b"\\" not in content or b"\\\\" in content else content.replace(b"\\/", b"/")


def levels(content: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    """A text, then with one level of escapes undone after the other; each with the texts that it came from."""
    before: list[bytes] = []
    yield content, before
    while len(before) < MOST_LEVELS and (plain := unescaped(content)) is not content:
        before = [*before, content]
        content = plain
        yield content, before


def origin(span: tuple[int, int], before: list[bytes]) -> tuple[int, int]:
    """Where a part of an unescaped text stood in the first of the texts that it came from."""
    for content in reversed(before):
        span = _Origins(content).of(span)
    return span


class _Origins:
    """The places of a text's escapes, before and after they are undone."""

    def __init__(self, content: bytes) -> None:
        self._plain: list[tuple[int, int]] = []
        self._escaped: list[tuple[int, int]] = []
        shorter = 0
        for token in _TOKEN.finditer(content):
            start = token.start() - shorter
            end = start + len(_undone(token))
            shorter = token.end() - end
            self._plain.append((start, end))
            self._escaped.append(token.span())
        self._starts = [start for start, _ in self._plain]

    def of(self, span: tuple[int, int]) -> tuple[int, int]:
        """The span of the escaped text; an escape that is partly in it is wholly in it."""
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
