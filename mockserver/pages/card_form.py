"""The card form of the checkout page. A card number goes no further than the request that brings it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from mockserver.domain.calendar import day_of
from mockserver.domain.cards import cards_taken, last_four
from mockserver.pages.language import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.cards import TestCard

_GROUPS = re.compile(r"\d{4}(?=\d)")


class ListedCard(NamedTuple):
    """A test card as the page lists it: its number in groups of four."""

    number: str
    card: TestCard


class EnteredCard(NamedTuple):
    """The number that was entered, and the errors by field, in the reader's language; a test card if there are none."""

    number: str
    errors: dict[str, str]


def listed_cards(sub_pay_method: str) -> list[tuple[str, list[ListedCard]]]:
    """The test cards that a payment accepts, by brand."""
    brands: dict[str, list[ListedCard]] = {}
    for number, card in cards_taken(sub_pay_method).items():
        brands.setdefault(card.brand, []).append(ListedCard(Markup(_GROUPS.sub(r"\g<0> ", number)), card))  # noqa: S704 - digits
    return list(brands.items())


def next_expiry(now: int) -> str:
    """An expiry date that lies well ahead, as it is printed on cards."""
    return f"12/{(day_of(now).year + 3) % 100:02d}"


def read_card(form: Mapping[str, str], sub_pay_method: str, now: int) -> EnteredCard:
    """Read the form. No error shows more of a number than its last four digits."""
    number = re.sub(r"[ \-\u00a0]", "", form.get("card_number", ""))
    found = {
        "card_number": _number_error(number, sub_pay_method),
        "expiry": _expiry_error(form.get("expiry", "").strip(), now),
        "cvc": "" if re.fullmatch("[0-9]{3,4}", form.get("cvc", "").strip()) else translated("Enter 3 or 4 digits."),
    }
    return EnteredCard(number, {name: error for name, error in found.items() if error})


def _number_error(number: str, sub_pay_method: str) -> str:
    if number in cards_taken(sub_pay_method):
        return ""
    if not re.fullmatch("[0-9]{12,19}", number):
        return translated("Enter the number of a test card from the list below.")
    return translated(
        "The card ending in {digits} is not a test card. Use one from the list below, and never enter a real card.",
        digits=last_four(number),
    )


def _expiry_error(text: str, now: int) -> str:
    parts = re.fullmatch(r"(0?[1-9]|1[0-2]) ?/ ?(?:20)?([0-9]{2})", text)
    if parts is None:
        return translated("Enter month and year, for example {example}.", example=next_expiry(now))
    today = day_of(now)
    past = (today.year // 100 * 100 + int(parts[2]), int(parts[1])) < (today.year, today.month)
    if not past:
        return ""
    return translated("This date has passed. Use a later one, for example {example}.", example=next_expiry(now))
