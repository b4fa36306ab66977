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

DEFAULT_CARD = "4111111111111111"
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
_MEMBER = re.compile(
    r"(?i)((?:card_?number|pan|cvc2?|cvv2?|security_code|expiration_(?:month|year))"
    r"(?:[\\\"'\s]|\\[nrt])*[:=](?:[\\\"'\s]|\\[nrt])*)([^\\\"',}\]&]+)"
)
_ESCAPED = re.compile(r"\\u00([2-7][0-9a-fA-F])")
_FIRST_DIGITS = re.compile(rb"4|5[1-5]|2[2-7]|3[47]|62|6011|65")
_SHORTEST, _LONGEST = 15, 19
_LARGEST_GROUP = 8
_LONGEST_GAP = 9  # bytes of three separators
_BETWEEN = b" \t.-" + bytes(range(0x80, 0x96)) + b"\xa0\xc2\xe2"  # the bytes of all separators
_TO_ZEROS = bytes(ord("0") if byte in b"0123456789" + _BETWEEN else byte for byte in range(256))
_ZEROS, _FEWEST_ZEROS = re.compile(rb"0+"), b"0" * _SHORTEST
_RUN = re.compile(rb"[0-9]+")


def masked(text: str) -> str:
    """A text with everything in it made unreadable that is, or in a text about cards may be, a card's.

    Elsewhere only what can be a card number is masked: its first digits are those of a card brand and its check digit
    is right. Fewer texts than that are about cards, and other long numbers must stay readable.
    """
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "\\u00" in text else text
    content = plain.encode("utf-8", "surrogatepass")
    if is_about_cards(content.lower()):
        return masked_about_cards(plain)
    spans = card_spans(content)
    return in_place_of(content, spans).decode("utf-8", "surrogatepass") if spans else text


def masked_about_cards(text: str) -> str:
    """A text about cards without any long number in it, and without the values of the members that are a card's."""
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "\\u00" in text else text
    return _LONG_NUMBER.sub(lambda match: _stars(match[0]), _MEMBER.sub(lambda match: match[1] + "***", plain))


def is_about_cards(lowered: bytes, end: int | None = None) -> bool:
    """Whether a text in lower case, or its beginning of so many bytes, speaks of cards."""
    if lowered.find(b"cv", 0, end) >= 0 and (lowered.find(b"cvc", 0, end) >= 0 or lowered.find(b"cvv", 0, end) >= 0):
        return True
    return lowered.find(b"card", 0, end) >= 0 or lowered.find(b"security_code", 0, end) >= 0


def card_spans(content: bytes) -> list[tuple[int, int]]:
    """Where in a text a number stands that can be a card's, in one piece or in groups; quick where no long one does."""
    marked, spans = content.translate(_TO_ZEROS), list[tuple[int, int]]()
    at = marked.find(_FEWEST_ZEROS)
    while at >= 0:
        zeros = _ZEROS.match(marked, at)
        end = len(marked) if zeros is None else zeros.end()
        if (piece := content[at:end]).isdigit():
            spans += [(at, end)] if _is_card_number(piece) else []
        else:
            spans += _cards_in(content, [run.span() for run in _RUN.finditer(content, at, end)])
        at = marked.find(_FEWEST_ZEROS, end)
    return spans


def _cards_in(content: bytes, runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Card numbers among digits that stand side by side: all of them, or some, as where an expiry follows."""
    found, first = list[tuple[int, int]](), 0
    while first < len(runs):
        last = _last_group(content, runs[first : first + _LONGEST])
        if last is not None:
            found.append((runs[first][0], runs[first + last][1]))
        first += 1 if last is None else last + 1
    return found


def _last_group(content: bytes, runs: list[tuple[int, int]]) -> int | None:
    """The last group of a card number that begins with the first one, None if none does."""
    sizes, before = list[int](), runs[0][0]
    for place, (start, end) in enumerate(runs):
        sizes.append(end - start)
        if start - before > _LONGEST_GAP or sum(sizes) > _LONGEST:
            return None
        if _are_groups(sizes) and _can_be_card(content[runs[0][0] : end]):
            return place
        before = end
    return None


def _are_groups(sizes: list[int]) -> bool:
    """Whether a card's digits are written in such groups: all alike but for the last, or as American Express does."""
    is_even = len(set(sizes[:-1])) <= 1 and (len(sizes) == 1 or max(sizes) <= _LARGEST_GROUP)
    return sum(sizes) >= _SHORTEST and (is_even or sizes == [4, 6, 5])


def in_place_of(content: bytes, spans: list[tuple[int, int]]) -> bytes:
    """A text with all but the last four letters of some spans of it made unreadable."""
    parts, at = list[bytes](), 0
    for start, end in spans:
        parts += [content[at:start], b"*" * (end - start - 4), content[end - 4 : end]]
        at = end
    return b"".join([*parts, content[at:]])


def _stars(number: str) -> str:
    return "*" * (len(number) - 4) + last_four(number)


def _can_be_card(number: bytes) -> bool:
    return _is_card_number(b"".join(_RUN.findall(number)))


def _is_card_number(digits: bytes) -> bool:
    if not _SHORTEST <= len(digits) <= _LONGEST or not _FIRST_DIGITS.match(digits):
        return False
    doubled = [(digit - ord("0")) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 - the sum of its digits


EVIDENCE = (
    Fact("test cards", "The usual test numbers; any other card number is refused with -1000.", "assumed",
         "3.11: no test cards are published"),
    Fact("payment_token_object", "One-time tokens of the front-end plug-in are stood in for by tok_visa and others.",
         "assumed", "3.11"),
)  # fmt: skip
