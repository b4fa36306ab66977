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


_NUMBER = re.compile(rb"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
_CODE = re.compile(rb"(?i)((?:cvc|cvv|cvv2|cvc2|security_code)[\\\"']*\s*[:=]\s*[\\\"']*)([0-9]{3,4})(?![0-9])")


def masked(text: bytes) -> bytes:
    """A text that may hold card data, with every number of 13 to 19 digits and every CVC made unreadable."""

    def number(match: re.Match[bytes]) -> bytes:
        digits = match[0]
        return b"*" * (len(digits) - 4) + digits[-4:]

    return _CODE.sub(lambda match: match[1] + b"***", _NUMBER.sub(number, text))


EVIDENCE = (
    Fact("test cards", "The usual test numbers; any other card number is refused with -1000.", "assumed",
         "3.11: no test cards are published"),
    Fact("payment_token_object", "One-time tokens of the front-end plug-in are stood in for by tok_visa and others.",
         "assumed", "3.11"),
)  # fmt: skip
