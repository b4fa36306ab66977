"""Amounts: integer hundredths of a currency in code, decimal texts with two places in messages."""

from __future__ import annotations

import re
from functools import lru_cache

from mockserver.evidence import Fact
from mockserver.texts import shown

LARGEST_AMOUNT = 10**14 - 1
"""The largest amount that `parse_amount` accepts, in hundredths."""

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,2}))?")

HUNDREDTHS_PER_EURO = {
    "EUR": 100, "CNY": 780, "HKD": 850, "GBP": 85, "CHF": 95, "DKK": 746, "SEK": 1140, "PLN": 430, "NOK": 1160,
    "USD": 109, "HUF": 39_500, "CZK": 2520,
}  # fmt: skip
"""How much of each currency is one euro. Fixed, so that all runs settle alike."""

CURRENCIES = frozenset(HUNDREDTHS_PER_EURO)
SETTLEMENT_CURRENCY = "EUR"


@lru_cache(maxsize=4096)
def parse_amount(text: str) -> int:
    """Hundredths of an amount such as `24.99`.

    Raises:
        ValueError: the text is not a decimal number with at most two places and twelve digits before them.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a decimal number with at most two places, such as 24.99, not {shown(text)}")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def amount_text(hundredths: int) -> str:
    """An amount with two places, as in notifications and queries."""
    if hundredths < 0:
        return f"-{amount_text(-hundredths)}"
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def convert(hundredths: int, currency: str, into: str) -> int:
    """The same value in another currency, rounded half up to a hundredth."""
    if currency == into:
        return hundredths
    bought, sold = HUNDREDTHS_PER_EURO[into], HUNDREDTHS_PER_EURO[currency]
    value = (2 * abs(hundredths) * bought + sold) // (2 * sold)
    return value if hundredths > 0 else -value


@lru_cache(maxsize=len(HUNDREDTHS_PER_EURO))
def exchange_rate(currency: str) -> str:
    """Amount divided by settlement amount, without trailing zeros: `1` for euros, `7.8` for yuan."""
    return amount_text(HUNDREDTHS_PER_EURO[currency]).rstrip("0").rstrip(".")


EVIDENCE = (
    Fact("amount", "Notifications and queries show amounts with two decimals.", "documented", "3.14, 4.1, 5.5"),
    Fact("amount", "A decimal number with at most two places and twelve digits before them.", "assumed", "5.5 UNSEEN"),
    Fact("currency", "One of EUR, CNY, HKD, GBP, CHF, DKK, SEK, PLN, NOK, USD, HUF, CZK.", "client", "6, C5 and C6"),
    Fact("settlement", "Settled in euros at fixed rates.", "assumed", "no rates are published"),
)
