"""What is certain where no known mistake gives a sign: facts about the sign, the search and the string."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from mockserver.explain.variants.forms import shape
from mockserver.explain.variants.line import ENVELOPE, Message
from mockserver.signing.php import Number, Value, is_empty

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.explain.search import Found

_MOST_NAMES = 8
_LONGEST_NAME = 100
_MOST_LOOKED_AT = 1000


def facts_of(message: Message, signature: str, found: Found, others: int) -> tuple[str, ...]:
    """Sentences with what was checked and what that rules out, then what in the body is easily signed wrongly.

    `others` is how many accounts there are beside the message's own.
    """
    looked_at = list(islice(message.parameters.items(), _MOST_LOOKED_AT))
    suspects = [
        f"{sentence}: {_listed(names)}."
        for sentence, is_suspect in _SUSPECTS
        if (names := [name for name, value in looked_at if is_suspect(value, message.texts[name])])
    ]
    return (shape(signature), *_ruled_out(found, others), *_unsigned(message), *suspects)


def _ruled_out(found: Found, others: int) -> list[str]:
    if not found.tried:
        return ["No known hash gives a sign of this form, so no string was tried."]
    if not found.all_alone:
        return [f"The body is so large that only the likeliest mistakes were tried ({found.tried} strings); none fits."]
    if not found.in_budget:
        return [
            "None of the known mistakes gives this sign by itself.",
            f"The body is so large that only some pairs of them were tried ({found.tried} strings); none fits.",
        ]
    said = [
        f"None of the known mistakes gives this sign, nor does a likely pair of them ({found.tried} strings tried)."
    ]
    if others:
        said.append(
            f"The right string, signed with the key of another account, does not give it either ({others} tried)."
        )
    return [*said, "So the body is probably not what was signed, or the secret key is another one."]


def _unsigned(message: Message) -> list[str]:
    names = [name for name in message.envelope if name not in {*ENVELOPE, "sign", "data"}]
    return [f"These keys of the envelope stand outside data and are not signed: {_listed(names)}."] if names else []


def shortened(text: str) -> str:
    """A name or a detail that a client made up, as long as a sentence may show it."""
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(map(shortened, names[:_MOST_NAMES])) + (f" and {more} more" if more > 0 else "")


def _is_spaced(value: Value) -> bool:
    return isinstance(value, str) and value != value.strip()


def _is_fraction(value: Value) -> bool:
    return isinstance(value, Number) and value.source.strip("-0123456789") != ""


_SUSPECTS: tuple[tuple[str, Callable[[Value, str], bool]], ...] = (
    ("These have letters beyond ASCII, which are signed as UTF-8", lambda _, text: not text.isascii()),
    ("These begin or end with white space, which is signed", lambda value, _: _is_spaced(value)),
    ("These have + or %, which are signed as they are", lambda _, text: "+" in text or "%" in text),
    ("These are numbers with a fraction or exponent, signed as PHP writes them", lambda value, _: _is_fraction(value)),
    ("These are empty, to be kept or dropped all together", lambda value, _: is_empty(value)),
    ("These are objects or arrays, signed as compact JSON", lambda value, _: isinstance(value, (dict, list))),
    (
        "These are true, false or null, signed as 1 or as nothing",
        lambda value, _: value is None or isinstance(value, bool),
    ),
)
