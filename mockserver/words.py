"""Words: the one that somebody most likely meant, and those that are to be translated."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from mockserver.texts import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable


_LONGEST_WORD = 200
_MOST_WORDS = 1000


def message(text: str) -> str:
    """Mark a text that is translated where it is shown, such as the label of a button kept in a table."""
    return text


def nearest_words(word: str, known: Iterable[str], most: int = 1, alike: float = 0.6) -> list[str]:
    """The known words that a word comes nearest to: first those that differ only in case, spaces and punctuation.

    Others must be `alike` to this degree, between 0 and 1. Clients send any number of words of any length, and the
    comparison takes long for many and for long ones: none is near to a word of more than 200 characters, no longer
    word is near to any, and the first 1,000 known words are compared.
    """
    if len(word) > LONGEST:
        return []
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes need it, and every start would pay for it

    words = [candidate for candidate in islice(known, _MOST_WORDS) if len(candidate) <= LONGEST]
    same = [candidate for candidate in words if _letters(candidate) == _letters(word)]
    folded = {candidate.casefold(): candidate for candidate in words}
    near = [folded[match] for match in get_close_matches(word.strip().casefold(), folded, n=most, cutoff=alike)]
    return list(dict.fromkeys([*same, *near]))[:most]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest known word, as the end of a sentence; empty if none is near."""
    nearest = nearest_words(word, known)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def _letters(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())
