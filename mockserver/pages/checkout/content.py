"""What the checkout page shows: a style for each payment method, the outcomes to choose from, and the results."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from mockserver.domain.payments.payer import success_of
from mockserver.domain.payments.payment import PAYMENT_STATES, UNPAID, Payment, State
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.payments.payer import PaymentProblem

Flow = Literal[
    "alipay", "app", "bancontact", "bank", "card", "challenge", "choose", "payconiq", "paypal", "transfer", "unionpay",
    "wechat", "yabandpay",
]  # fmt: skip
"""How the payer pays: the page of each flow is the template of its name."""


class Bank(NamedTuple):
    """An invented bank of the payer: its name and its icon."""

    name: str
    icon: str


class WalletStyle(NamedTuple):
    """How a payment method looks: its title, its brand colour and icon, its flow, and its banks if there are any.

    Icons and colours are the sandbox's own, not those of the brands.
    """

    title: str
    brand: str
    icon: str
    flow: Flow = "app"
    banks: tuple[Bank, ...] = ()


_DUTCH_BANKS = (
    Bank("Polderbank", "waves"), Bank("Duin & Dijk Bank", "hills"), Bank("Tulpenkas", "flower"),
    Bank("Bank van de Molen", "mill"), Bank("Grachtengeld", "houses"),
)  # fmt: skip
_AUSTRIAN_BANKS = (
    Bank("Gipfelkreuzbank", "hills"), Bank("Donauwellenbank", "waves"), Bank("Kaffeehauskasse", "cup"),
    Bank("Almrausch Bank", "flower"),
)  # fmt: skip
_GERMAN_BANKS = (Bank("Leuchtturmbank", "tower"), Bank("Bergblickbank", "hills"), Bank("Kornblumenkasse", "flower"))

_UNIONPAY = WalletStyle(message("UnionPay"), "unionpay", "chip", "unionpay")
_PAYPAL = WalletStyle("PayPal", "paypal", "letter", "paypal")
_SOFORT = WalletStyle("Sofort", "sofort", "flash", "bank", _GERMAN_BANKS)
_IDEAL = WalletStyle("iDEAL", "ideal", "bank", "bank", _DUTCH_BANKS)

_STYLES: Mapping[str, WalletStyle] = MappingProxyType(
    {
        "List": WalletStyle(message("Choose a payment method"), "yabandpay", "list", "choose"),
        "QRcode": WalletStyle(message("Scan to pay"), "yabandpay", "code", "choose"),
        "WeChat Pay": WalletStyle(message("WeChat Pay"), "wechat", "bubbles", "wechat"),
        "Alipay": WalletStyle(message("Alipay"), "alipay", "wallet", "alipay"),
        "YabandPay": WalletStyle("YabandPay", "yabandpay", "mark", "yabandpay"),
        "iDEAL": _IDEAL,
        "iDEAL Fast Checkout": _IDEAL._replace(title="iDEAL Fast Checkout"),
        "Payconiq": WalletStyle("Payconiq", "payconiq", "code", "payconiq"),
        "EPS": WalletStyle("EPS", "eps", "bank", "bank", _AUSTRIAN_BANKS),
        "UnionPayWap": _UNIONPAY,
        "UnionPay": _UNIONPAY,
        "UnionPay QuickPass": _UNIONPAY._replace(title=message("UnionPay QuickPass"), icon="tap"),
        "UnionPay Card": _UNIONPAY._replace(title=message("UnionPay card"), flow="card"),
        "PayPal": _PAYPAL,
        "PayPal/recurring": _PAYPAL._replace(title=message("PayPal recurring payment")),
        "Sofort/Digital": _SOFORT,
        "Sofort/Physical": _SOFORT,
        "Bancontact": WalletStyle("Bancontact", "bancontact", "tap", "bancontact"),
        "Visa": WalletStyle("Visa", "card", "card", "card"),
        "MasterCard": WalletStyle("Mastercard", "card", "card", "card"),
        "Cards HPP": WalletStyle(message("Card"), "card", "card", "card"),
        "Bank Transfer": WalletStyle(message("Bank transfer"), "transfer", "bank", "transfer"),
    }
)


def wallet_style(sub_pay_method: str) -> WalletStyle:
    """The style of a payment method; a plain one for those that have no page of their own."""
    return _STYLES.get(sub_pay_method) or WalletStyle(sub_pay_method, "card", "card")


class CheckoutOutcome(NamedTuple):
    """An outcome to choose: the state that it leads to, the label of its button, and whether it is good or bad."""

    state: State
    label: str
    mood: str


_OUTCOMES = (
    CheckoutOutcome("paid", message("Pay"), "good"),
    CheckoutOutcome("authorized", message("Authorize"), "good"),
    CheckoutOutcome("verify", message("Hold for review"), "warn"),
    CheckoutOutcome("declined", message("Decline"), "bad"),
    CheckoutOutcome("failed", message("Fail"), "bad"),
    CheckoutOutcome("expired", message("Expire"), "bad"),
    CheckoutOutcome("cancelled", message("Cancel payment"), "bad"),
)


def outcomes(payment: Payment) -> list[CheckoutOutcome]:
    """The outcomes that a payment can have now."""
    if payment.state not in UNPAID:
        return []
    legal = PAYMENT_STATES.after("processing") - ({"paid", "verify"} if payment.authorizes else {"authorized"})
    return [outcome for outcome in _OUTCOMES if outcome.state in legal]


class EdgeCase(NamedTuple):
    """A payment with a complication that shops have to handle: the label of its button, and what happens."""

    label: str
    description: str


EDGE_CASES: Mapping[PaymentProblem, EdgeCase] = MappingProxyType({
    "late": EdgeCase(message("Pay after expiry"),
                     message("The order expires now. The payment arrives {seconds} seconds later.")),
    "cancelled": EdgeCase(message("Pay after cancellation"),
                          message("The order is cancelled now. The payment arrives {seconds} seconds later.")),
    "lost": EdgeCase(message("Drop the notification"),
                     message("The payment succeeds, but the shop receives no notification.")),
    "twice": EdgeCase(message("Notify twice"),
                      message("The payment succeeds, and the shop receives the notification twice.")),
    "forged": EdgeCase(message("Sign with a wrong key"),
                       message("The payment succeeds, but the signature of the notification is invalid.")),
})  # fmt: skip


class CheckoutResult(NamedTuple):
    """How the page describes a payment that is over: whether that is good or bad, a heading and a sentence."""

    mood: str
    heading: str
    text: str


_RESULTS: Mapping[State, CheckoutResult] = MappingProxyType({
    "paid": CheckoutResult("good", message("Paid"), message("Thank you. Your payment is complete.")),
    "authorized": CheckoutResult("good", message("Authorized"),
                                 message("The amount is reserved. The shop captures it later.")),
    "verify": CheckoutResult("warn", message("Under review"), message("Your payment is held for a risk review.")),
    "declined": CheckoutResult("bad", message("Declined"),
                               message("The payment was declined. You have not been charged.")),
    "failed": CheckoutResult("bad", message("Failed"), message("The payment failed. You have not been charged.")),
    "expired": CheckoutResult("bad", message("Expired"),
                              message("The time to pay is over. You have not been charged.")),
    "cancelled": CheckoutResult("bad", message("Cancelled"),
                                message("The payment was cancelled. You have not been charged.")),
})  # fmt: skip
_CARD_SAVED = CheckoutResult(
    "good", message("Card saved"), message("You can use this card for future payments. You have not been charged.")
)


def result_of(payment: Payment) -> CheckoutResult:
    """How the page describes a payment that is over.

    Raises:
        KeyError: it is still unpaid.
    """
    if payment.amount == 0 and payment.state == success_of(payment):
        return _CARD_SAVED
    return _RESULTS[payment.state]
