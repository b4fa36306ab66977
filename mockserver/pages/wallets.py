"""How each wallet looks on the payer's page, and in which way its payer pays."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

Way = Literal["app", "bank", "card", "challenge", "choose", "login", "transfer"]


class Look(NamedTuple):
    """The look of a wallet: its title, the names of its colours and of its drawing, the way to pay, its banks if any.

    Drawings and colours are the sandbox's own, not those of the brands.
    """

    title: str
    colours: str
    drawing: str
    way: Way = "app"
    banks: tuple[str, ...] = ()


_DUTCH_BANKS = ("Polderbank", "Duin & Dijk Bank", "Tulpenkas", "Bank van de Molen", "Grachtengeld")
_AUSTRIAN_BANKS = ("Gipfelkreuzbank", "Donauwellenbank", "Kaffeehauskasse", "Almrausch Bank")
_GERMAN_BANKS = ("Leuchtturmbank", "Bergblickbank", "Kornblumenkasse")

_UNIONPAY = Look(message("UnionPay"), "unionpay", "chip")
_PAYPAL = Look("PayPal", "paypal", "letter", "login")
_SOFORT = Look("Sofort", "sofort", "flash", "bank", _GERMAN_BANKS)
_IDEAL = Look("iDEAL", "ideal", "bank", "bank", _DUTCH_BANKS)

_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "List": Look(message("How would you like to pay?"), "yabandpay", "list", "choose"),
        "QRcode": Look(message("Scan to pay"), "yabandpay", "code", "choose"),
        "WeChat Pay": Look(message("WeChat Pay"), "wechat", "phone"),
        "Alipay": Look(message("Alipay"), "alipay", "wallet"),
        "YabandPay": Look("YabandPay", "yabandpay", "mark"),
        "iDEAL": _IDEAL,
        "iDEAL Fast Checkout": _IDEAL._replace(title="iDEAL Fast Checkout"),
        "Payconiq": Look("Payconiq", "payconiq", "code"),
        "EPS": Look("EPS", "eps", "bank", "bank", _AUSTRIAN_BANKS),
        "UnionPayWap": _UNIONPAY,
        "UnionPay": _UNIONPAY,
        "UnionPay QuickPass": _UNIONPAY._replace(title=message("UnionPay QuickPass"), drawing="tap"),
        "UnionPay Card": _UNIONPAY._replace(title=message("UnionPay card"), way="card"),
        "PayPal": _PAYPAL,
        "PayPal/recurring": _PAYPAL._replace(title=message("PayPal, again and again")),
        "Sofort/Digital": _SOFORT,
        "Sofort/Physical": _SOFORT,
        "Bancontact": Look("Bancontact", "bancontact", "tap"),
        "Visa": Look("Visa", "card", "card", "card"),
        "MasterCard": Look("Mastercard", "card", "card", "card"),
        "Cards HPP": Look(message("Card"), "card", "card", "card"),
        "Bank Transfer": Look(message("Bank transfer"), "transfer", "bank", "transfer"),
    }
)


def look_of(sub_pay_method: str) -> Look:
    """The look of a wallet; a plain one for wallets that have no page of their own."""
    return _LOOKS.get(sub_pay_method) or Look(sub_pay_method, "card", "card")
