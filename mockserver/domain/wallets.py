"""The values of sub_pay_method, with their currencies and minimum amounts (protocol.md 3.1, 5.5)."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mockserver.evidence import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEN_CENTS = MappingProxyType({"EUR": 10, "CNY": 100})
_NOTHING: Mapping[str, int] = MappingProxyType({})  # the card methods check it, as a token charges nothing
_ONE_EURO = MappingProxyType({"EUR": 100, "CNY": 100})
_ANY_CURRENCY: frozenset[str] = frozenset()
_EUROS_ONLY = frozenset({"EUR"})


class Wallet(NamedTuple):
    """A wallet: name, other spellings, minimum amounts in hundredths, and currencies (empty for all)."""

    name: str
    also: tuple[str, ...] = ()
    smallest: Mapping[str, int] = _TEN_CENTS
    currencies: frozenset[str] = _ANY_CURRENCY


HOSTED = (
    Wallet("List"),
    Wallet("WeChat Pay"),
    Wallet("Alipay"),
    Wallet("YabandPay"),
    Wallet("iDEAL", smallest=_ONE_EURO, currencies=_EUROS_ONLY),
    Wallet("iDEAL Fast Checkout", smallest=_ONE_EURO, currencies=_EUROS_ONLY),
    Wallet("Payconiq", smallest=_ONE_EURO, currencies=_EUROS_ONLY),
    Wallet("EPS", ("ESP",), currencies=_EUROS_ONLY),
    Wallet("UnionPayWap", smallest=_ONE_EURO),
    Wallet("PayPal", currencies=_EUROS_ONLY),
    Wallet("PayPal/recurring", currencies=_EUROS_ONLY),
    Wallet("UnionPay"),
    Wallet("UnionPay Card"),
    Wallet("UnionPay QuickPass"),
    Wallet("Sofort/Digital", currencies=_EUROS_ONLY),
    Wallet("Sofort/Physical", currencies=_EUROS_ONLY),
    Wallet("Bancontact", currencies=_EUROS_ONLY),
    Wallet("Visa"),
    Wallet("MasterCard"),
)
"""The wallets of v3.CreatePayments."""

_CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "List": ("WeChat Pay", "Alipay", "iDEAL", "PayPal", "Sofort/Digital", "Bancontact", "Visa"),
        "QRcode": ("WeChat Pay", "Alipay"),
    }
)
_SMALLEST_ON_CASHIER = MappingProxyType({"PayPal": _ONE_EURO, "Sofort/Digital": _ONE_EURO})


def choices(name: str, currency: str, amount: int) -> tuple[str, ...]:
    """The wallets that a payer can pick on a hosted cashier or with a code in a shop; the first is the default.

    Only wallets that support the currency and amount; empty if the merchant has picked the wallet.
    """
    listed = _CHOICES.get(name)
    if listed is None:
        return ()
    offered = []
    for wallet in HOSTED:
        smallest = _SMALLEST_ON_CASHIER.get(wallet.name, wallet.smallest).get(currency, 0)
        if amount >= smallest and (not wallet.currencies or currency in wallet.currencies):
            offered.append(wallet.name)
    return tuple(choice for choice in listed if choice in offered)


ALIPAY = Wallet("Alipay")
WECHAT = Wallet("WeChat Pay")
IDEAL = next(wallet for wallet in HOSTED if wallet.name == "iDEAL")
QR_CODE = Wallet("QRcode")
BANK_TRANSFER = Wallet("Bank Transfer", smallest=_ONE_EURO, currencies=_EUROS_ONLY)
CARD_PAGE = Wallet("Cards HPP", smallest=_NOTHING)
CARD = Wallet("Card", smallest=_NOTHING)
CARD_TOKEN = Wallet("Token", smallest=_NOTHING)
APPLE_PAY = Wallet("Apple Pay", ("ApplePay",), smallest=_NOTHING)
GOOGLE_PAY = Wallet("Google Pay", ("GooglePay",), smallest=_NOTHING)


_WECHAT = "1[0-5][0-9]{16}"
_ALIPAY_PLUS = "28[0-9]{17}"
_ALIPAY_CHINA = "(?:2[5-9]|30)[0-9]{14,22}"


def wallet_of(auth_code: str) -> str | None:
    """The wallet of a barcode: `WeChat Pay`, `Alipay`, or None."""
    if re.fullmatch(_WECHAT, auth_code):
        return "WeChat Pay"
    if re.fullmatch(_ALIPAY_PLUS, auth_code) and (auth_code[2], auth_code[-6]) == ("9", "6"):
        return "Alipay"
    return "Alipay" if re.fullmatch(_ALIPAY_CHINA, auth_code) else None


EVIDENCE = (
    Fact("sub_pay_method", "Compared without case, stored in its documented spelling.", "assumed", "7.11"),
    Fact("sub_pay_method", "EPS is accepted in both documented spellings.", "documented", "3.1, 7.11"),
    Fact("sub_pay_method", "UnionPay, UnionPay Card, UnionPay QuickPass, Sofort, Bancontact, Visa, MasterCard and"
         " PayPal/recurring.", "client", "3.1: C1, C2, C3"),
    Fact("sub_pay_method", "Apple Pay and Google Pay.", "assumed", "3.11 UNSEEN"),
    Fact("sub_pay_method", "An order of the hosted cashier or of a code in a shop has the wallet that it was paid"
         " with.", "assumed", "3.1, 3.3"),
    Fact("amount", "At least EUR 1 for iDEAL and Payconiq, as on the stricter of two pages.", "documented",
         "5.5, 7.10"),
    Fact("amount", "On the hosted cashier iDEAL, Sofort and PayPal are offered from EUR 1.", "documented", "3.1, 5.5"),
    Fact("sub_pay_method", "The wallets that the hosted cashier offers.", "assumed", "3.1"),
    Fact("amount", "At least EUR 1 for UnionPayWap and bank transfer.", "documented", "5.5"),
    Fact("currency", "Only EUR for iDEAL, Payconiq, EPS and PayPal.", "documented", "3"),
    Fact("currency", "Only EUR for Sofort, Bancontact and bank transfer.", "assumed", "European schemes; 3.13"),
    Fact("auth_code", "WeChat: 18 digits that begin with 10 to 15.", "documented", "3.10"),
    Fact("auth_code", "Alipay+: 19 digits, 28 first, 9 third, 6 sixth from the end.", "documented", "3.10"),
    Fact("auth_code", "Alipay of China: 16 to 24 digits that begin with 25 to 30.", "assumed", "3.10 UNSEEN"),
)  # fmt: skip
