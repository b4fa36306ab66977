"""Test cards, their tokens and outcomes, and the masking of card numbers (protocol.md 3.11)."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.evidence import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

CardOutcome = Literal["approved", "declined", "failed", "challenged"]


class TestCard(NamedTuple):
    """A common test card and its outcome in the sandbox."""

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

BANCONTACT_CARDS: Mapping[str, TestCard] = MappingProxyType(
    {
        "67030000000000003": TestCard("Bancontact", "approved"),
        "6703000000003001": TestCard("Bancontact", "challenged"),
        "6703000000000007": TestCard("Bancontact", "declined"),
        "6703000000000106": TestCard("Bancontact", "failed"),
    }
)
"""The test cards of Bancontact, which only its own page takes. They have no security code."""

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
"""The sandbox's replacements for one-time tokens of the gateway's front-end plug-in, and their cards."""

DEFAULT_CARD = "4111111111111111"
"""The card of a payer on the hosted page, and of each wallet's token."""


_BRANDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Cards HPP": frozenset({"Visa", "Mastercard", "UnionPay"}),
        "Visa": frozenset({"Visa"}),
        "MasterCard": frozenset({"Mastercard"}),
        "UnionPay Card": frozenset({"UnionPay"}),
        "Bancontact": frozenset({"Bancontact"}),
    }
)


def cards_taken(sub_pay_method: str) -> dict[str, TestCard]:
    """The test cards that a payer can enter on the page of a payment; empty if it is not a card payment."""
    brands = _BRANDS.get(sub_pay_method, frozenset())
    known = {**TEST_CARDS, **BANCONTACT_CARDS}
    return {number: card for number, card in known.items() if card.brand in brands}


class CardUse(NamedTuple):
    """The card of a payment. `token` is the payment token that it creates, or empty.

    `three_d_secure` says whether the payer is authenticated, `three_d_secure_id` is the id of the authentication.
    """

    brand: str
    last_four: str
    outcome: CardOutcome
    three_d_secure: bool
    three_d_secure_id: str
    token: str

    @property
    def challenged(self) -> bool:
        """Whether the payer's bank requires a confirmation; only possible with 3-D Secure."""
        return self.outcome == "challenged" and self.three_d_secure


class CardToken(NamedTuple):
    """A card stored for later payments, by its token."""

    token: str
    brand: str
    last_four: str
    outcome: CardOutcome
    trade_id: str


def last_four(number: str) -> str:
    """The last four digits, which may be shown."""
    return number[-4:]


_SEPARATOR = r"[ \t.\-\u00a0\u2000-\u2015]{0,3}"
# `re` compiles these at their first use: it takes as long as reading this module, and most texts need none of them.
_LONG_NUMBER = rf"(?<!\d)\d(?:{_SEPARATOR}\d){{11,18}}(?!\d)"
_MEMBER = (
    r"(?i)((?:card_?number|pan|cvc2?|cvv2?|security_code|expiration_(?:month|year))"
    r"(?:[\\\"'\s]|\\[nrt])*[:=](?:[\\\"'\s]|\\[nrt])*)([^\\\"',}\]&]+)"
)
_ORDER_ID = r"(?i:\border_id)(?:[\\\"'\s]|\\[nrt])*[:=](?:[\\\"'\s]|\\[nrt])*(?P<order_id>[^\\\"',}\]&]+)"
_ESCAPED = r"\\u00([2-7][0-9a-fA-F])"
_FIRST_DIGITS = re.compile(rb"4|5[1-5]|2[2-7]|3[47]|62|6011|65|6703")
_SHORTEST, _LONGEST = 15, 19
_LARGEST_GROUP = 8
_LONGEST_GAP = 9  # bytes of three separators
_BETWEEN = b" \t.-" + bytes(range(0x80, 0x96)) + b"\xa0\xc2\xe2"  # the bytes of all separators
_TO_ZEROS = bytes(ord("0") if byte in b"0123456789" + _BETWEEN else byte for byte in range(256))
_ZEROS, _FEWEST_ZEROS = re.compile(rb"0+"), b"0" * _SHORTEST
_RUN = re.compile(rb"[0-9]+")


def masked(text: str) -> str:
    """A text with card data masked.

    In a text about cards, all long numbers and the values of card fields are masked. In other texts, only valid card
    numbers are, with the prefix of a brand and a correct check digit, so that other long numbers stay readable.
    """
    plain = re.sub(_ESCAPED, lambda match: chr(int(match[1], 16)), text) if "\\u00" in text else text
    content = plain.encode("utf-8", "surrogatepass")
    if is_about_cards(content.lower()):
        return masked_about_cards(plain)
    spans = card_spans(content)
    return in_place_of(content, spans).decode("utf-8", "surrogatepass") if spans else text


def masked_about_cards(text: str) -> str:
    """A text about cards, with all long numbers and the values of card fields masked.

    An order_id stays readable unless it has a valid card number: a merchant finds the request by it.
    """
    plain = re.sub(_ESCAPED, lambda match: chr(int(match[1], 16)), text) if "\\u00" in text else text
    members_masked = re.sub(_MEMBER, lambda match: match[1] + "***", plain)

    def starred(found: re.Match[str]) -> str:
        order_id = found["order_id"]
        if order_id and not card_spans(order_id.encode("utf-8", "surrogatepass")):
            return found[0]
        return re.sub(_LONG_NUMBER, lambda match: _stars(match[0]), found[0])

    return re.sub(f"{_ORDER_ID}|{_LONG_NUMBER}", starred, members_masked)


def is_about_cards(lowered: bytes, end: int | None = None) -> bool:
    """Whether a lower-case text, or its first `end` bytes, is about cards."""
    if lowered.find(b"cv", 0, end) >= 0 and (lowered.find(b"cvc", 0, end) >= 0 or lowered.find(b"cvv", 0, end) >= 0):
        return True
    return lowered.find(b"card", 0, end) >= 0 or lowered.find(b"security_code", 0, end) >= 0


def card_spans(content: bytes) -> list[tuple[int, int]]:
    """The spans of valid card numbers in a text, in one piece or in groups.

    Most texts have no long number. So all digits and separators are first translated to zeros, in which one search in
    C finds candidates; only those are checked in Python.
    """
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
    """The card numbers in adjacent groups of digits, which may have others, such as an expiry date."""
    found, first = list[tuple[int, int]](), 0
    while first < len(runs):
        last = _last_group(content, runs[first : first + _LONGEST])
        if last is not None:
            found.append((runs[first][0], runs[first + last][1]))
        first += 1 if last is None else last + 1
    return found


def _last_group(content: bytes, runs: list[tuple[int, int]]) -> int | None:
    """The index of the last group of a card number that begins with the first group; None if there is none."""
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
    """Whether a card number can have these groups: of equal size except the last, or those of American Express."""
    is_even = len(set(sizes[:-1])) <= 1 and (len(sizes) == 1 or max(sizes) <= _LARGEST_GROUP)
    return sum(sizes) >= _SHORTEST and (is_even or sizes == [4, 6, 5])


def in_place_of(content: bytes, spans: list[tuple[int, int]]) -> bytes:
    """A text with all but the last four characters of each span masked."""
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
    Fact("test cards", "Common test numbers; other card numbers are rejected with -1000.", "assumed",
         "3.11: no test cards are published"),
    Fact("test cards", "Bancontact's page takes cards of its own, without a security code.", "assumed",
         "3.1: C1 to C3 name Bancontact without its page"),
    Fact("payment_token_object", "tok_visa and others replace the one-time tokens of the front-end plug-in.",
         "assumed", "3.11"),
)  # fmt: skip
