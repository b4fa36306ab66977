"""Masks secret keys and card numbers in texts.

Keys of eight or more characters of all accounts are masked everywhere. A shorter key may appear in a text by chance,
and must not mask parts of another account's journal. So it is masked only in texts of its own account and in requests
of unknown users: as a whole word with four or more characters, otherwise as a whole value.

Masking in two steps keeps the journal fast. `are_absent`, the quick check, searches a request and its answer together,
without positions, with operations that run in C. Most texts pass it and stay as they are. If it finds anything, even
what may only look like a secret, `content` finds the exact spans.

A text may wait to be masked. A key that is removed in the meantime is masked in it, too: see `RemovedKeys`.
"""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING
from weakref import ref

from mockserver.domain.cards import card_spans, is_about_cards, masked_about_cards
from mockserver.masking.escapes import KeyIndex, folded, levels, origin, unescaped, without_slashes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Keys = Callable[[], Mapping[str, str]]

HIDDEN = "***"
_HIDDEN = HIDDEN.encode()
_SHORTEST = 4  # bytes of the shortest text that may have a number to be masked
_SHORTEST_ANYWHERE = 8  # characters
_SHORTEST_WORD = 4
_LONGEST_LETTER = 14  # bytes of one escaped character: two surrogates, with escaped backslashes
_LEAST_MARGIN = 512
_CUT = "…".encode()
_SHOWN_OF_CUT = 400
_LAST_FOUR = 4
_MOST_REMOVED = 1000  # keys, of a kilobyte each in the index; then all waiting texts are masked
_Span = tuple[int, int, int]


class Moment:
    """The time between two removals of keys. A text that waits to be masked holds the moment of its making."""

    __slots__ = ("__weakref__", "number")

    def __init__(self, number: int) -> None:
        self.number = number


class RemovedKeys:
    """The keys that accounts had, in the forms that are searched, while a text of their time waits to be masked."""

    def __init__(self) -> None:
        self.now = Moment(0)
        self.index = KeyIndex()
        self._removals: dict[bytes, int] = {}
        self._past: deque[tuple[ref[Moment], int, set[bytes]]] = deque()

    def __len__(self) -> int:
        return len(self._past)

    def add(self, forms: set[bytes]) -> None:
        """Remember a removed key; this ends the present moment."""
        number = self.now.number + 1
        for form in forms:
            is_new = form not in self._removals
            self._removals[form] = number
            if is_new:
                self.index.add(form)
        self._past.append((ref(self.now), number, forms))
        self.now = Moment(number)

    def forget(self) -> None:
        """Forget the keys that were removed before the making of every text that waits."""
        while self._past and self._past[0][0]() is None:
            _, number, forms = self._past.popleft()
            for form in forms:
                if self._removals[form] == number:  # it was not removed again since
                    self.index.remove(form)
                    del self._removals[form]

    def in_text(self, text: bytes, since: Moment) -> list[bytes]:
        """The keys in a text that were removed since its making."""
        return [key for key in self.index.in_text(text) if self._removals.get(key, 0) > since.number]


class Secrets:
    """Masks the secret keys of all accounts in texts. Safe for use by several threads."""

    def __init__(self, *always: str, keys: Keys = dict, mask_waiting: Callable[[], None] | None = None) -> None:
        """Mask the secrets in `always`, and the keys of accounts, which `keys` returns by user at the first use.

        `mask_waiting` masks all texts that wait to be masked; it is None if no text waits.
        """
        self._read = keys
        self._mask_waiting = mask_waiting
        self._removed = RemovedKeys()
        self._lock = Lock()
        self._index = KeyIndex()
        self._keys: dict[str, str] = {}
        self._short: dict[str, int] = {}
        self._longest = 0
        self._ends_in_escape = False
        self._is_read = False
        for secret in always:
            self._add(secret)

    def __repr__(self) -> str:
        return f"Secrets({len(self._index) + len(self._short)})"

    def learn(self, user: str, secret_key: str) -> None:
        """Set the key of an account; an empty one removes it."""
        with self._lock:
            if self._is_read:
                self._set(user, secret_key)
        if self._mask_waiting is not None and len(self._removed) > _MOST_REMOVED:
            self._mask_waiting()  # not under the lock, as it needs those of the accounts
            with self._lock:
                self._removed.forget()

    def _set(self, user: str, secret_key: str) -> None:
        before = self._keys.get(user, "")
        if before == secret_key:
            return
        if secret_key:
            self._keys[user] = secret_key
            self._add(secret_key)
        else:
            del self._keys[user]
        if before:
            self._remove(before)

    def _add(self, secret: str) -> None:
        for needle in _needles(secret):
            self._index.add(needle)
        if 0 < len(secret) < _SHORTEST_ANYWHERE:
            self._short[secret] = self._short.get(secret, 0) + 1
        self._longest = max(self._longest, len(secret))
        self._ends_in_escape = self._ends_in_escape or secret.endswith("\\")

    def _remove(self, secret: str) -> None:
        needles = _needles(secret)
        self._removed.add(needles)
        for needle in needles:
            self._index.remove(needle)
        self._removed.forget()
        if secret in self._short:
            self._short[secret] -= 1
            if not self._short[secret]:
                del self._short[secret]

    def _look(self) -> None:
        """Read the keys at the first use; changes are learned."""
        if not self._is_read:
            with self._lock:
                for user, secret_key in self._read().items():
                    self._set(user, secret_key)
                self._is_read = True

    def moment(self) -> Moment:
        """The present moment, for a text that is masked later: keys that are removed in the meantime are masked too."""
        if not self._is_read:
            self._look()
        return self._removed.now

    @property
    def margin(self) -> int:
        """The number of bytes after the limit of a text that must be searched too.

        A secret key, or a card number with its separators, may begin before the limit and end after it.
        """
        if not self._is_read:
            self._look()
        return max(_LEAST_MARGIN, _LONGEST_LETTER * self._longest)

    def are_absent(self, request: bytes, other: bytes, own: str = "", since: Moment | None = None) -> bool:
        """Quick check that a request and `other` have nothing to mask, and that the request is not about cards.

        It may return False for harmless texts, but never True for others. `own` is the key of the account.
        """
        if not self._is_read:
            self._look()
        short = folded(own.encode("utf-8", "replace")) if 0 < len(own) < _SHORTEST_ANYWHERE else b""
        content = b"\n".join((request, other))
        if not self._ends_in_escape:
            content = without_slashes(content)
        while True:
            text = folded(content)
            if self._keys_in(text, since) or card_spans(text) or (short and short in text):
                return False
            if is_about_cards(text, len(request)):
                return False
            plain = unescaped(content)
            if plain is content:
                return True
            content = plain

    def has_key(self, content: bytes, own: str = "") -> bool:
        """Whether a text has a key, or may have the account's short one."""
        self._look()
        short = folded(own.encode("utf-8", "replace")) if 0 < len(own) < _SHORTEST_ANYWHERE else None
        texts = [folded(plain) for plain, _ in levels(content)]
        return any(self._index.in_text(text) or (short is not None and short in text) for text in texts)

    def text(self, text: str, own: str = "", *, everyone: bool = False, about_cards: bool | None = None) -> str:
        """A text with secrets masked; the same object if there are none.

        `own` is the key of the text's account. `everyone` is for texts of unknown users: short keys of all accounts
        are masked.
        """
        content = text.encode("utf-8", "surrogatepass")
        shown = self.content(content, own, everyone=everyone, about_cards=about_cards)
        return text if shown is content else shown.decode("utf-8", "surrogatepass")

    def content(
        self, content: bytes, own: str = "", *, everyone: bool = False, about_cards: bool | None = None,
        since: Moment | None = None,
    ) -> bytes:  # fmt: skip
        """Bytes with secrets masked; the same object if there are none.

        If the text is about cards, all long numbers are masked; `about_cards` says whether it is, or is None if that
        is unknown. `since` is the moment at which it was made, if it waited.
        """
        self._look()
        if len(content) < min(_SHORTEST, len(own)) and not everyone:
            return content  # such as the `ok` of a merchant, and no error
        spans = sorted(self._spans(content, own, everyone=everyone, since=since))
        shown = _without(content, spans) if spans else content
        if speaks_of_cards(content) if about_cards is None else about_cards:
            about = masked_about_cards(shown.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
            shown = shown if about == shown else about
        return shown

    def text_of(self, user: str, text: str) -> str:
        self._look()
        return self.text(text, self._keys.get(user, ""))

    def _keys_in(self, text: bytes, since: Moment | None) -> list[bytes]:
        keys = self._index.in_text(text)
        return keys if since is None else [*keys, *self._removed.in_text(text, since)]

    def _spans(self, content: bytes, own: str, *, everyone: bool, since: Moment | None) -> Iterator[_Span]:
        """The spans to mask, each with the number of last bytes to keep."""
        short = [own] if len(own) < _SHORTEST_ANYWHERE else []
        patterns = [_short_pattern(key) for key in (*short, *(tuple(self._short) if everyone else ())) if key.strip()]
        for plain, before in levels(content):
            text = folded(plain)
            for key in self._keys_in(text, since):
                for at in _places(key, text):
                    yield (*origin((at, at + len(key)), before), 0)
            for pattern in patterns:
                for match in pattern.finditer(text):
                    yield (*origin(match.span(1), before), 0)
            for span in self._broken_off(text, since):
                yield (*origin(span, before), 0)
            for span in card_spans(text):
                yield (*origin(span, before), _LAST_FOUR)

    def _broken_off(self, text: bytes, since: Moment | None) -> Iterator[tuple[int, int]]:
        """The spans of incomplete keys before the … of a shortened text."""
        indexes = [self._index] if since is None else [self._index, self._removed.index]
        end = text.find(_CUT)
        while end >= 0:
            start = max(0, end - _SHOWN_OF_CUT)
            begun = [at for index in indexes if (at := index.begun_in(text[start:end])) is not None]
            if begun:
                yield start + min(begun), end
            end = text.find(_CUT, end + 1)


def speaks_of_cards(content: bytes) -> bool:
    """Whether a text is about cards, so that all its long numbers are masked."""
    return any(is_about_cards(folded(plain)) for plain, _ in levels(content))


def _without(content: bytes, spans: list[_Span]) -> bytes:
    """A text with sorted spans masked; overlapping ones are merged."""
    apart = spans[:1]
    for start, end, kept in spans[1:]:
        first, last, _ = apart[-1]
        if start >= last:
            apart.append((start, end, kept))
        elif (start, end) != (first, last):
            apart[-1] = (first, max(last, end), 0)
    parts, at = list[bytes](), 0
    for start, end, kept in apart:
        stars = b"*" * (end - start - kept) if kept else _HIDDEN
        parts += [content[at:start], stars, content[end - kept : end]]
        at = end
    return b"".join([*parts, content[at:]])


def _places(key: bytes, text: bytes) -> Iterator[int]:
    at = text.find(key)
    while at >= 0:
        yield at
        at = text.find(key, at + 1)


def _forms(key: str) -> set[bytes]:
    """The forms of a key to search: folded, and with possible escapes removed."""
    content = key.encode("utf-8", "surrogatepass")
    return {folded(content), *(form for plain, _ in levels(content) if (form := folded(plain)).strip())}


def _needles(key: str) -> set[bytes]:
    if len(key) < _SHORTEST_ANYWHERE:
        return set()
    return {form for form in _forms(key) if len(form) >= _SHORTEST_ANYWHERE}


@lru_cache(maxsize=1024)
def _short_pattern(key: str) -> re.Pattern[bytes]:
    if len(key) < _SHORTEST_WORD:
        return _value_pattern(key)
    any_form = b"|".join(re.escape(form) for form in sorted(_forms(key)))
    return re.compile(rb"(?<![0-9a-z_])(" + any_form + rb")(?![0-9a-z_])")


def _value_pattern(key: str) -> re.Pattern[bytes]:
    """A key as a whole value: of JSON, a form, a string to sign, or in quotes."""
    any_form = b"|".join(re.escape(form) for form in sorted(_forms(key)))
    return re.compile(rb"(?:\A|[\"'=&]|[:\[,{]\s*)(" + any_form + rb")(?=\Z|[\"'&]|\s*[,}\]])")
