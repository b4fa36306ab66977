"""Texts that people give an account: what it may be called, named and signed with."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 200
"""Characters that a user, a name, a seed, a key or the name of a scenario has at most."""

_SHOWN = 60
_HAS_NO_PLACE = re.compile(r"[\s/?#]")  # in one segment of an address


def shown(text: str) -> str:
    """A text as a message shows it: quoted, and shortened."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}...")


def parse_text(text: str) -> str:
    """Take a text that is not empty, not too long, and can be sent and stored.

    Raises:
        ValueError: it is empty, longer than `LONGEST`, or cannot be written as UTF-8.
    """
    if not text:
        raise ValueError("expected a text that is not empty")
    return parse_optional_text(text)


def parse_optional_text(text: str) -> str:
    """Take a text that may be empty, as `parse_text` does.

    Raises:
        ValueError: it is longer than `LONGEST`, or cannot be written as UTF-8.
    """
    if len(text) > LONGEST:
        raise ValueError(f"expected a text of at most {LONGEST} characters, not one of {len(text)}")
    if not is_utf8(text):
        raise ValueError("expected a text in UTF-8")
    return text


def is_utf8(text: str) -> bool:
    """Whether a text can be written as UTF-8, which half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_segment(text: str) -> bool:
    """Whether something can be addressed by a text: it stands for itself as one segment of a path, and can be seen."""
    fits = 0 < len(text) <= LONGEST and text not in {".", ".."}
    return fits and text.isprintable() and _HAS_NO_PLACE.search(text) is None


def parse_user(text: str) -> str:
    """Take the UID or the e-mail address of an account.

    Raises:
        ValueError: it is no text as above, or no account can be addressed by it.
    """
    parse_text(text)
    if not is_segment(text):
        raise ValueError(f"expected a UID or an e-mail address without spaces and slashes, not {shown(text)}")
    return text


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
