"""The card form of the checkout page. A card number goes no further than the request that brings it."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from markupsafe import Markup

from mockserver.domain.calendar import day_of
from mockserver.domain.cards import cards_taken, last_four
from mockserver.pages.rendering import translated
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.cards import CardOutcome

_LONGEST = {"card_number": 23, "expiry": 7, "cvc": 4}
_GROUPS = re.compile(r"\d{4}(?=\d)")


CARD_OUTCOMES: Mapping[CardOutcome, str] = MappingProxyType(
    {"approved": message("approved"), "declined": message("declined"), "failed": message("fails"),
     "challenged": message("3-D Secure")}
)  # fmt: skip


def test_cards(sub_pay_method: str) -> dict[str, list[tuple[str, CardOutcome]]]:
    """The test cards that a payment accepts, by brand: each number in groups of four, and its outcome."""
    brands: dict[str, list[tuple[str, CardOutcome]]] = {}
    for number, card in cards_taken(sub_pay_method).items():
        grouped = Markup(_GROUPS.sub(r"\g<0> ", number))  # noqa: S704 - digits, which must not be masked as a card
        brands.setdefault(card.brand, []).append((grouped, card.outcome))
    return brands


def next_expiry(now: int) -> str:
    """An expiry date that lies well ahead, as it is printed on cards."""
    return f"12/{(day_of(now).year + 3) % 100:02d}"


def kept_card(form: Mapping[str, str], errors: Mapping[str, str]) -> dict[str, str]:
    """What a form with errors shows again.

    A number that is not one of a test card may be a real one: neither it nor its security code leaves the request.
    """
    typed = {name: form.get(name, "").strip() for name in _LONGEST}
    typed = {name: text if len(text) <= _LONGEST[name] else "" for name, text in typed.items()}
    if not errors or "card_number" in errors:
        return {**typed, "card_number": "", "cvc": ""}
    number = re.sub(r"\D", "", typed["card_number"])
    return {**typed, "card_number": Markup(_GROUPS.sub(r"\g<0> ", number))}  # noqa: S704 - a test card's digits


def read_card(form: Mapping[str, str], sub_pay_method: str, now: int) -> tuple[str, dict[str, str]]:
    """The number in the form, and the errors by field: if there are none, it is the number of a test card.

    No error shows more of a number than its last four digits.
    """
    number = re.sub(r"[ \-\u00a0]", "", form.get("card_number", ""))
    found = {
        "card_number": _number_error(number, sub_pay_method),
        "expiry": _expiry_error(form.get("expiry", "").strip(), now),
        "cvc": _cvc_error(form.get("cvc", "").strip(), sub_pay_method),
    }
    return number, {name: error for name, error in found.items() if error}


def _number_error(number: str, sub_pay_method: str) -> str:
    if number in cards_taken(sub_pay_method):
        return ""
    if not re.fullmatch("[0-9]{12,19}", number):
        return translated("Enter the number of a test card from the list below.")
    return translated(
        "The card ending in {digits} is not a test card. Use one from the list below, and never enter a real card.",
        digits=last_four(number),
    )


def _cvc_error(text: str, sub_pay_method: str) -> str:
    """What is wrong with a security code, which cards of Bancontact do not have."""
    fits = sub_pay_method == "Bancontact" or re.fullmatch("[0-9]{3,4}", text)
    return "" if fits else translated("Enter 3 or 4 digits.")


def _expiry_error(text: str, now: int) -> str:
    parts = re.fullmatch(r"(0?[1-9]|1[0-2]) ?/ ?(?:20)?([0-9]{2})", text)
    if parts is None:
        return translated("Enter month and year, for example {example}.", example=next_expiry(now))
    today = day_of(now)
    past = (today.year // 100 * 100 + int(parts[2]), int(parts[1])) < (today.year, today.month)
    if not past:
        return ""
    return translated("This date has passed. Use a later one, for example {example}.", example=next_expiry(now))
