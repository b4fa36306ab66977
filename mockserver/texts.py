"""Texts that users enter, such as names and keys: parsing, quoting in messages, and suggestions for typos."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 200
"""The maximum length of a user, a name, a seed, a key or the name of a scenario, in characters."""

_SHOWN = 60
_NOT_IN_SEGMENT = re.compile(r"[\s/?#]")  # of a URL


def shown(text: str) -> str:
    """The text, quoted and shortened for a message."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}...")


def parse_text(text: str) -> str:
    """Return a text that is not empty, not too long, and valid UTF-8.

    Raises:
        ValueError: it is empty, longer than `LONGEST`, or not valid UTF-8.
    """
    if not text:
        raise ValueError("expected a text that is not empty")
    return parse_optional_text(text)


def parse_optional_text(text: str) -> str:
    """Like `parse_text`, but the text may be empty.

    Raises:
        ValueError: it is longer than `LONGEST`, or not valid UTF-8.
    """
    if len(text) > LONGEST:
        raise ValueError(f"expected a text of at most {LONGEST} characters, not one of {len(text)}")
    if not is_utf8(text):
        raise ValueError("expected a text in UTF-8")
    return text


def is_utf8(text: str) -> bool:
    """Whether a text can be encoded as UTF-8, as half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_segment(text: str) -> bool:
    """Whether a text can be one segment of a URL's path, without escapes and invisible characters."""
    fits = 0 < len(text) <= LONGEST and text not in {".", ".."}
    return fits and text.isprintable() and _NOT_IN_SEGMENT.search(text) is None


def parse_user(text: str) -> str:
    """Return the UID or e-mail address of an account.

    Raises:
        ValueError: `parse_text` refuses it, or it cannot be a segment of a URL.
    """
    parse_text(text)
    if not is_segment(text):
        raise ValueError(f"expected a UID or an e-mail address without spaces and slashes, not {shown(text)}")
    return text


_LONGEST_WORD = 200
_MOST_WORDS = 1000


def message(text: str) -> str:
    """Mark a text for translation, such as the label of a button in a table; returns it unchanged."""
    return text


def nearest_words(word: str, known: Iterable[str], most: int = 1, alike: float = 0.6) -> list[str]:
    """The known words most similar to a word: first those that differ only in case, spaces and punctuation.

    Others must have a similarity of `alike`, from 0 to 1. As clients send words of any number and length, and the
    comparison is slow for them, words of more than 200 characters are not compared, nor is any after the first 1,000.
    """
    if len(word) > LONGEST:
        return []
    from difflib import get_close_matches  # noqa: PLC0415 - only for mistakes; slows down the start

    words = [candidate for candidate in islice(known, _MOST_WORDS) if len(candidate) <= LONGEST]
    same = [candidate for candidate in words if _letters(candidate) == _letters(word)]
    folded = {candidate.casefold(): candidate for candidate in words}
    near = [folded[match] for match in get_close_matches(word.strip().casefold(), folded, n=most, cutoff=alike)]
    return list(dict.fromkeys([*same, *near]))[:most]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` with the most similar known word; empty if none is similar."""
    nearest = nearest_words(word, known)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def _letters(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())
