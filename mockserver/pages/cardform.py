"""The card that a payer types. Its number goes no further than the request that brings it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from mockserver.domain.calendar import day_of
from mockserver.domain.cards import cards_taken, last_four
from mockserver.pages.language import translated
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.cards import CardOutcome, TestCard

OUTCOMES: Mapping[CardOutcome, str] = {
    "approved": message("approved"),
    "declined": message("declined"),
    "failed": message("fails"),
    "challenged": message("asks the payer"),
}
_GROUPS = re.compile(r"\d{4}(?=\d)")


class Listed(NamedTuple):
    """A test card as the page lists it: its number in groups of four."""

    number: str
    card: TestCard


class TypedCard(NamedTuple):
    """A test card that was typed, or what is wrong, in the reader's language, by the field it is wrong in."""

    number: str
    mistakes: dict[str, str]


def listed_cards(sub_pay_method: str) -> list[tuple[str, list[Listed]]]:
    """The test cards that a payment takes, by their brands."""
    brands: dict[str, list[Listed]] = {}
    for number, card in cards_taken(sub_pay_method).items():
        brands.setdefault(card.brand, []).append(Listed(Markup(_GROUPS.sub(r"\g<0> ", number)), card))  # noqa: S704 - digits
    return list(brands.items())


def next_expiry(now: int) -> str:
    """A last month that lies well ahead, as it is printed on cards."""
    return f"12/{(day_of(now).year + 3) % 100:02d}"


def typed_card(form: Mapping[str, str], sub_pay_method: str, now: int) -> TypedCard:
    """Read the form; no mistake shows more of a number than its last four digits."""
    number = re.sub(r"[ \-\u00a0]", "", form.get("card_number", ""))
    found = {
        "card_number": _wrong_number(number, sub_pay_method),
        "expiry": _wrong_expiry(form.get("expiry", "").strip(), now),
        "cvc": "" if re.fullmatch("[0-9]{3,4}", form.get("cvc", "").strip()) else translated("Three or four digits."),
    }
    return TypedCard(number, {name: mistake for name, mistake in found.items() if mistake})


def _wrong_number(number: str, sub_pay_method: str) -> str:
    if number in cards_taken(sub_pay_method):
        return ""
    if not re.fullmatch("[0-9]{12,19}", number):
        return translated("Enter a card number, such as one of the test cards below.")
    return translated(
        "The card ending in {digits} is not one of the test cards below. Never enter a real card here.",
        digits=last_four(number),
    )


def _wrong_expiry(text: str, now: int) -> str:
    parts = re.fullmatch(r"(0?[1-9]|1[0-2]) ?/ ?(?:20)?([0-9]{2})", text)
    if parts is None:
        return translated("Month and year, such as {example}.", example=next_expiry(now))
    today = day_of(now)
    past = (today.year // 100 * 100 + int(parts[2]), int(parts[1])) < (today.year, today.month)
    return translated("This card has expired.") if past else ""
