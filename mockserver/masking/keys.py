"""Finds which of many keys stand in a text, in a time that hardly depends on how many keys there are.

A text that holds a key of 15 bytes holds eight bytes of it that begin at a multiple of eight, wherever the key stands.
So only every eighth byte of a text is looked up; for keys of eight bytes every fourth.
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST = 8
"""Bytes of the shortest key that can be looked for anywhere in a text; a shorter one may stand there by chance."""

_FEW = 10
_UPPER_AND_PLUS = bytes(range(256)).lower().replace(b"+", b" ")


def folded(content: bytes) -> bytes:
    """A text in which keys are looked for: in lower case, as hexadecimal keys come in either, and + as a space."""
    return content.translate(_UPPER_AND_PLUS)


class _Blocks:
    """Keys by their pieces of a few bytes, of which a text with a key has one at a multiple of as many bytes."""

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
        """The keys of which a piece stands in a text, and perhaps more of them."""
        if not self._keys:
            return set()
        pieces = array(self._code, content[: len(content) // self._size * self._size])
        found = [known for piece in self._keys.keys() & pieces if (known := self._keys.get(piece)) is not None]
        return {key for known in found for key in (tuple(known) if isinstance(known, set) else (known,))}


class KeyIndex:
    """Keys of eight bytes or more, all folded. Reads need no lock; one at a time may change it."""

    def __init__(self) -> None:
        self._counts: Counter[bytes] = Counter()
        self._few: tuple[bytes, ...] | None = ()
        self._long, self._short = _Blocks(8, "Q"), _Blocks(4, "I")

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, key: bytes) -> None:
        """Look for a key too."""
        self._counts[key] += 1
        if self._counts[key] == 1:
            self._blocks_of(key).add(key)
            self._remember_few()

    def remove(self, key: bytes) -> None:
        """Look for a key no more, once it has been removed as often as it was added."""
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
        """The keys that stand in a folded text."""
        keys = self._few
        if keys is None:
            keys = (*self._long.candidates(content), *self._short.candidates(content))
        return [key for key in keys if key in content]

    def begun_in(self, content: bytes) -> int | None:
        """Where at the end of a folded text a key begins of which at least eight bytes stand there, or None."""
        keys = self._few
        if keys is None:
            shifted = [content[at:] for at in range(8)]
            keys = tuple({key for text in shifted for key in self._all_candidates(text)})
        return min((at for key in keys for at in _beginnings(key, content)), default=None)

    def _all_candidates(self, content: bytes) -> set[bytes]:
        return self._long.candidates(content) | self._short.candidates(content)


def _beginnings(key: bytes, content: bytes) -> Iterator[int]:
    """Where a key begins that a text breaks off in."""
    at = content.find(key[:SHORTEST])
    while at >= 0:
        if key.startswith(content[at:]):
            yield at
        at = content.find(key[:SHORTEST], at + 1)
