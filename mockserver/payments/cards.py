"""Test cards and their tokens: what each leads to. No number of a real card is ever taken (protocol.md 3.11)."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.evidence import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

CardOutcome = Literal["approved", "declined", "failed", "challenged"]


class TestCard(NamedTuple):
    """A number that the usual test environments know, and what the sandbox does with it."""

    brand: str
    outcome: CardOutcome


TEST_CARDS: Mapping[str, TestCard] = MappingProxyType(
    {
        "4111111111111111": TestCard("Visa", "approved"),
        "4242424242424242": TestCard("Visa", "approved"),
        "4000000000000002": TestCard("Visa", "declined"),
        "4000000000003220": TestCard("Visa", "challenged"),
        "4000000000000119": TestCard("Visa", "failed"),
        "5555555555554444": TestCard("Mastercard", "approved"),
        "5105105105105100": TestCard("Mastercard", "approved"),
        "5400000000000005": TestCard("Mastercard", "declined"),
        "5400000000003009": TestCard("Mastercard", "challenged"),
        "5400000000000104": TestCard("Mastercard", "failed"),
        "6200000000000005": TestCard("UnionPay", "approved"),
        "6205500000000000004": TestCard("UnionPay", "approved"),
        "6200000000001003": TestCard("UnionPay", "declined"),
        "6200000000003009": TestCard("UnionPay", "challenged"),
        "6200000000000104": TestCard("UnionPay", "failed"),
    }
)

ONE_TIME_TOKENS: Mapping[str, str] = MappingProxyType(
    {
        "tok_visa": "4111111111111111",
        "tok_mastercard": "5555555555554444",
        "tok_unionpay": "6200000000000005",
        "tok_declined": "4000000000000002",
        "tok_challenged": "4000000000003220",
        "tok_failed": "4000000000000119",
    }
)
"""What stands in for a one-time token of the gateway's front-end plug-in: each is the card beside it."""

USUAL_CARD = "4111111111111111"
"""The card of a payer on the hosted page, and behind a wallet's token."""


_BRANDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Cards HPP": frozenset({"Visa", "Mastercard", "UnionPay"}),
        "Visa": frozenset({"Visa"}),
        "MasterCard": frozenset({"Mastercard"}),
        "UnionPay Card": frozenset({"UnionPay"}),
    }
)


def cards_taken(sub_pay_method: str) -> dict[str, TestCard]:
    """The test cards that a payer can type on the page of a payment; none where it is not paid by a typed card."""
    brands = _BRANDS.get(sub_pay_method, frozenset())
    return {number: card for number, card in TEST_CARDS.items() if card.brand in brands}


class CardUse(NamedTuple):
    """How a payment uses a card. `token` is the payment token that it makes, empty for none.

    `three_d_secure` says whether the payer is authenticated, with the number of that.
    """

    brand: str
    last_four: str
    outcome: CardOutcome
    three_d_secure: bool
    three_d_secure_id: str
    token: str

    @property
    def challenged(self) -> bool:
        """Whether the payer's bank asks the payer to confirm; without 3-D Secure nobody could."""
        return self.outcome == "challenged" and self.three_d_secure


class CardToken(NamedTuple):
    """A card kept for later payments, as its token stands for it."""

    token: str
    brand: str
    last_four: str
    outcome: CardOutcome
    trade_id: str


def last_four(number: str) -> str:
    """What may be shown of a card number."""
    return number[-4:]


_SEPARATOR = r"[ \t.\-\u00a0\u2000-\u2015]{0,3}"
_LONG_NUMBER = re.compile(rf"(?<!\d)\d(?:{_SEPARATOR}\d){{11,18}}(?!\d)")
# Begins with a single character class, which the search looks for fast; years such as 2024 begin no card number.
_MANY_DIGITS = re.compile(r"[2-6](?<![0-9].)(?!(?<=2)0)[0-9 \t.\-\u00a0\u2000-\u2015]{14}")
_MEMBER = re.compile(
    r"(?i)((?:card_?number|pan|cvc2?|cvv2?|security_code|expiration_(?:month|year))"
    r"(?:[\\\"'\s]|\\[nrt])*[:=](?:[\\\"'\s]|\\[nrt])*)([^\\\"',}\]&]+)"
)
_ESCAPED = re.compile(r"\\u00([2-7][0-9a-fA-F])")
_ABOUT_CARDS = ("card", "cvc", "cvv", "security_code")
_FIRST_DIGITS = re.compile(r"4|5[1-5]|2[2-7]|3[47]|62|6011|65")
_SHORTEST = 15


def masked(text: str) -> str:
    """A text with everything in it made unreadable that is, or in a text about cards may be, a card's.

    Elsewhere only what can be a card number is masked: its first digits are those of a card brand and its check digit
    is right. Fewer texts than that are about cards, and other long numbers must stay readable.
    """
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "\\u00" in text else text
    lowered = plain.casefold()
    if any(word in lowered for word in _ABOUT_CARDS):
        return _LONG_NUMBER.sub(lambda match: _stars(match[0]), _MEMBER.sub(lambda match: match[1] + "***", plain))
    if _MANY_DIGITS.search(plain) and any(_can_be_card(match[0]) for match in _LONG_NUMBER.finditer(plain)):
        return _LONG_NUMBER.sub(lambda match: _stars(match[0]) if _can_be_card(match[0]) else match[0], plain)
    return text


def _stars(number: str) -> str:
    return "*" * (len(number) - 4) + last_four(number)


def _can_be_card(number: str) -> bool:
    digits = "".join(digit for digit in number if digit.isdecimal())
    if len(digits) < _SHORTEST or not digits.isascii() or not _FIRST_DIGITS.match(digits):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - the sum of its digits


EVIDENCE = (
    Fact("test cards", "The usual test numbers; any other card number is refused with -1000.", "assumed",
         "3.11: no test cards are published"),
    Fact("payment_token_object", "One-time tokens of the front-end plug-in are stood in for by tok_visa and others.",
         "assumed", "3.11"),
)  # fmt: skip
