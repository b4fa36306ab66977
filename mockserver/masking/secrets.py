"""Texts as they may be shown: without the secret keys of accounts and without numbers of cards.

A key of eight letters or more is found wherever it stands, whosever key it is. A shorter one may stand in any text by
chance, and an account must not blot out the journal of another. So it is masked in what its own account sends and in
requests of unknown users: from four letters on as a word, below that as a whole value.
"""

from __future__ import annotations

import re
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from mockserver.clock import stopwatch
from mockserver.domain.cards import card_spans, is_about_cards, masked_about_cards
from mockserver.masking.escapes import KeyIndex, folded, levels, origin, unescaped, without_slashes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Keys = Callable[[], Mapping[str, str]]

HIDDEN = "***"
_HIDDEN = HIDDEN.encode()
_SHORTEST_ANYWHERE = 8  # letters
_SHORTEST_WORD = 4
_LONGEST_LETTER = 14  # bytes of one letter, escaped: two surrogates, their backslashes escaped again
_LEAST_MARGIN = 512
_CUT = "…".encode()
_SHOWN_OF_CUT = 400
_LAST_FOUR = 4
_Span = tuple[int, int, int]


class Secrets:
    """Every account's secret key, to be masked in texts. Safe to use from several threads."""

    def __init__(self, *always: str, keys: Keys = dict, renewed: float | None = None) -> None:
        """Mask some secrets always, and the keys of accounts by their users, read when they are first needed.

        Where other processes change them too, they are read again once they are so many seconds old.
        """
        self._read = keys
        self._renewed = renewed
        self._lock = Lock()
        self._index = KeyIndex()
        self._keys: dict[str, str] = {}
        self._short: dict[str, int] = {}
        self._longest = 0
        self._ends_in_escape = False
        self._read_at: float | None = None
        for secret in always:
            self._add(secret)

    def __repr__(self) -> str:
        return f"Secrets({len(self._index) + len(self._short)})"

    def learn(self, user: str, secret_key: str) -> None:
        """An account has this key from now on; an empty one means that the account is gone."""
        with self._lock:
            if self._read_at is not None:
                self._set(user, secret_key)

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
        for needle in _needles(secret):
            self._index.remove(needle)
        if secret in self._short:
            self._short[secret] -= 1
            if not self._short[secret]:
                del self._short[secret]

    def _look(self) -> None:
        """Read the keys if they are not known, or if it is time to read them again."""
        is_old = self._renewed is not None and stopwatch() - (self._read_at or 0) > self._renewed
        if self._read_at is None or is_old:
            with self._lock:
                keys = self._read()
                self._read_at = stopwatch()
                for user in self._keys.keys() - keys.keys():
                    self._set(user, "")
                for user, secret_key in keys.items():
                    self._set(user, secret_key)

    @property
    def margin(self) -> int:
        """How many bytes more than are kept of a text have to be looked at, for what stands across its end.

        That is a secret key, or a card number with its separators.
        """
        if self._read_at is None:
            self._look()
        return max(_LEAST_MARGIN, _LONGEST_LETTER * self._longest)

    def are_absent(self, request: bytes, beside: bytes, own: str = "") -> bool:
        """Whether nothing is to be masked in a request and in what is kept beside it, nor does it speak of cards.

        It is quick, as every request is looked at. `own` is the key of its account.
        """
        if self._read_at is None:
            self._look()
        short = folded(own.encode("utf-8", "replace")) if 0 < len(own) < _SHORTEST_ANYWHERE else b""
        content = b"\n".join((request, beside))
        if not self._ends_in_escape:
            content = without_slashes(content)
        while True:
            text = folded(content)
            if self._index.in_text(text) or card_spans(text) or (short and short in text):
                return False
            if is_about_cards(text, len(request)):
                return False
            plain = unescaped(content)
            if plain is content:
                return True
            content = plain

    def has_key(self, content: bytes, own: str = "") -> bool:
        """Whether a key stands in a text, or perhaps its account's own short one."""
        self._look()
        short = folded(own.encode("utf-8", "replace")) if 0 < len(own) < _SHORTEST_ANYWHERE else None
        texts = [folded(plain) for plain, _ in levels(content)]
        return any(self._index.in_text(text) or (short is not None and short in text) for text in texts)

    def text(self, text: str, own: str = "", *, everyone: bool = False, about_cards: bool | None = None) -> str:
        """A text as it may be shown; the same object if nothing in it is masked.

        `own` is the key of the account that the text is about. `everyone` says that it is about an unknown one, so that
        short keys of all accounts count.
        """
        content = text.encode("utf-8", "surrogatepass")
        shown = self.content(content, own, everyone=everyone, about_cards=about_cards)
        return text if shown is content else shown.decode("utf-8", "surrogatepass")

    def content(
        self, content: bytes, own: str = "", *, everyone: bool = False, about_cards: bool | None = None
    ) -> bytes:
        """Bytes as they may be shown; the same object if nothing in them is masked.

        In a text about cards, which it is asked for unless that is known, all long numbers are masked.
        """
        self._look()
        spans = sorted(self._spans(content, own, everyone=everyone))
        shown = _without(content, spans) if spans else content
        if speaks_of_cards(content) if about_cards is None else about_cards:
            about = masked_about_cards(shown.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
            shown = shown if about == shown else about
        return shown

    def text_of(self, user: str, text: str) -> str:
        """A text about an account as it may be shown."""
        self._look()
        return self.text(text, self._keys.get(user, ""))

    def _spans(self, content: bytes, own: str, *, everyone: bool) -> Iterator[_Span]:
        """What is to be masked: from where to where, and how many of its last bytes stay."""
        short = [own] if len(own) < _SHORTEST_ANYWHERE else []
        patterns = [_short_pattern(key) for key in (*short, *(tuple(self._short) if everyone else ())) if key.strip()]
        for plain, before in levels(content):
            text = folded(plain)
            for key in self._index.in_text(text):
                for at in _places(key, text):
                    yield (*origin((at, at + len(key)), before), 0)
            for pattern in patterns:
                for match in pattern.finditer(text):
                    yield (*origin(match.span(1), before), 0)
            for span in self._broken_off(text):
                yield (*origin(span, before), 0)
            for span in card_spans(text):
                yield (*origin(span, before), _LAST_FOUR)

    def _broken_off(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Keys of which a shortened text shows the beginning."""
        end = text.find(_CUT)
        while end >= 0:
            start = max(0, end - _SHOWN_OF_CUT)
            begun = self._index.begun_in(text[start:end])
            if begun is not None:
                yield start + begun, end
            end = text.find(_CUT, end + 1)


def speaks_of_cards(content: bytes) -> bool:
    """Whether a text is about cards, so that any long number in it may be a card's."""
    return any(is_about_cards(folded(plain)) for plain, _ in levels(content))


def _without(content: bytes, spans: list[_Span]) -> bytes:
    """A text without some parts of it, in the order in which they begin; those that overlap are one."""
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
    """A key as it is looked for: folded; and, as it may hold what looks like an escape, with that undone."""
    content = key.encode("utf-8", "surrogatepass")
    return {folded(content), *(form for plain, _ in levels(content) if (form := folded(plain)).strip())}


def _needles(key: str) -> set[bytes]:
    if len(key) < _SHORTEST_ANYWHERE:
        return set()
    return {form for form in _forms(key) if len(form) >= _SHORTEST_ANYWHERE}


@lru_cache(maxsize=1024)
def _short_pattern(key: str) -> re.Pattern[bytes]:
    """Where a short key stands."""
    if len(key) < _SHORTEST_WORD:
        return _value_pattern(key)
    any_form = b"|".join(re.escape(form) for form in sorted(_forms(key)))
    return re.compile(rb"(?<![0-9a-z_])(" + any_form + rb")(?![0-9a-z_])")


def _value_pattern(key: str) -> re.Pattern[bytes]:
    """Where a key stands as a whole value: of JSON, of a form, of a string to sign, in quotes in a sentence."""
    any_form = b"|".join(re.escape(form) for form in sorted(_forms(key)))
    return re.compile(rb"(?:\A|[\"'=&]|[:\[,{]\s*)(" + any_form + rb")(?=\Z|[\"'&]|\s*[,}\]])")
