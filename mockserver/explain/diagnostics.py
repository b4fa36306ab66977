"""What is certain where no known mistake gives a sign: about the sign, the search, and the values in the body."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from mockserver.explain.variants.languages import is_fraction
from mockserver.explain.variants.model import ENVELOPE, Message
from mockserver.explain.variants.signs import shape
from mockserver.signing.php import Value, is_empty
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.explain.search import SearchResult

_MOST_NAMES = 8
_LONGEST_NAME = 100
_MOST_CHECKED = 1000

_NO_HASH = message("No known hash function returns a signature of this form, so no string was tried.")
_ONLY_LIKELIEST = message(
    "The body is so large that only the likeliest mistakes were tried ({tried} strings); none matches."
)
_NO_SINGLE = message("None of the known mistakes explains this signature by itself.")
_ONLY_SOME_PAIRS = message("Only the likeliest pairs of them were tried ({tried} strings); none matches.")
_NOTHING = message(
    "None of the known mistakes explains this signature, nor does a likely pair of them ({tried} strings tried)."
)
_NO_OTHER_KEY = message(
    "The correct string, signed with the key of another account, does not match either ({accounts} tried)."
)
_OTHER_BODY_OR_KEY = message("So the body is probably not what was signed, or the secret key is different.")
_AND_MORE = message("{names} and {more} more")
_UNSIGNED = message("These keys of the envelope are outside data and are not signed: {names}.")


def diagnose(message: Message, signature: str, found: SearchResult, accounts: int) -> tuple[str, ...]:
    """Sentences with what was checked and what that rules out, then what in the body is easily signed wrongly.

    `accounts` is how many accounts there are beside the message's own.
    """
    checked = list(islice(message.parameters.items(), _MOST_CHECKED))
    suspects = [
        sentence.format(names=_listed(names))
        for sentence, is_suspect in _SUSPECTS
        if (names := [name for name, value in checked if is_suspect(value, message.texts[name])])
    ]
    return (shape(signature), *_ruled_out(found, accounts), *_unsigned(message), *suspects)


def _ruled_out(found: SearchResult, accounts: int) -> list[str]:
    if not found.tried:
        return [_NO_HASH]
    if not found.tried_singles:
        return [_ONLY_LIKELIEST.format(tried=found.tried)]
    if not found.tried_pairs:
        return [_NO_SINGLE, _ONLY_SOME_PAIRS.format(tried=found.tried)]
    other_keys = [_NO_OTHER_KEY.format(accounts=accounts)] if accounts else []
    return [_NOTHING.format(tried=found.tried), *other_keys, _OTHER_BODY_OR_KEY]


def _unsigned(message: Message) -> list[str]:
    names = [name for name in message.envelope if name not in {*ENVELOPE, "sign", "data"}]
    return [_UNSIGNED.format(names=_listed(names))] if names else []


def shortened(text: str) -> str:
    """A name or a detail that a client made up, as long as a sentence may show it."""
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"


def _listed(names: list[str]) -> str:
    listed = ", ".join(map(shortened, names[:_MOST_NAMES]))
    more = len(names) - _MOST_NAMES
    return _AND_MORE.format(names=listed, more=more) if more > 0 else listed


_SUSPECTS: tuple[tuple[str, Callable[[Value, str], bool]], ...] = (
    (
        message("These values have non-ASCII characters, which are signed as UTF-8: {names}."),
        lambda _, text: not text.isascii(),
    ),
    (
        message("These values begin or end with white space, which is signed: {names}."),
        lambda value, _: isinstance(value, str) and value != value.strip(),
    ),
    (
        message("These values contain + or %, which are signed as they are: {names}."),
        lambda _, text: "+" in text or "%" in text,
    ),
    (
        message("These values are numbers with a fraction or exponent, signed as PHP writes them: {names}."),
        lambda value, _: is_fraction(value),
    ),
    (
        message("These values are empty or zero; sign either all or none of them: {names}."),
        lambda value, _: is_empty(value),
    ),
    (
        message("These values are objects or arrays, signed as compact JSON: {names}."),
        lambda value, _: isinstance(value, (dict, list)),
    ),
    (
        message("These values are true, false or null, signed as 1 or as an empty text: {names}."),
        lambda value, _: value is None or isinstance(value, bool),
    ),
)
