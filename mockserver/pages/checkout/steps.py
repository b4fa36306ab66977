"""The steps of a payment on the checkout page. A step is in the address, so that reloading and going back keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from flask import request

from mockserver.domain.wallets import choices
from mockserver.pages.checkout.content import wallet_style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.payments.payment import Payment
    from mockserver.pages.checkout.content import Bank, Flow, WalletStyle

SCANNED = "scanned"
"""The parameter of the address in a QR code, by which the page on the computer learns that it was scanned."""

_STEPS: Mapping[Flow, tuple[str, ...]] = {
    "alipay": ("sheet",),
    "bancontact": ("app", "card"),
    "bank": ("login", "approve"),
    "payconiq": ("app",),
    "paypal": ("review",),
    "unionpay": ("sheet",),
    "wechat": ("sheet", "password"),
    "yabandpay": ("sheet",),
}
"""The steps of each flow after the first one, which has no name."""
_KEPT = ("wallet", "plain")


class CheckoutStep(NamedTuple):
    """Where the payer is: the wallet (empty if the merchant chose it), its style, the flow, the step and the bank."""

    wallet: str
    style: WalletStyle
    flow: Flow
    name: str = ""
    bank: Bank | None = None

    @property
    def bank_number(self) -> int:
        """The place of the bank in the list, from 1, which gives it its colour; 0 without a bank."""
        return 0 if self.bank is None else self.style.banks.index(self.bank) + 1


def step_of(payment: Payment, *, has_errors: bool = False) -> CheckoutStep:
    """The step that the present request is about; an unknown one is the first."""
    chosen = with_wallet(payment, request.values.get("wallet", ""))
    wallet = "" if chosen is payment else chosen.sub_pay_method
    style = wallet_style(chosen.sub_pay_method)
    name, flow = request.args.get("step", ""), style.flow
    asks_for_card = has_errors and "card_number" in request.form
    if payment.card is not None and payment.card.challenged and not asks_for_card and "card" not in request.args:
        return CheckoutStep(wallet, style, "challenge")
    if flow == "bancontact" and (name == "card" or asks_for_card or "card" in request.args):
        return CheckoutStep(wallet, style, "card", "card")
    bank = next((one for one in style.banks if one.name == request.args.get("bank")), None)
    if name not in _STEPS.get(flow, ()) or (flow == "bank" and bank is None):
        name = ""
    return CheckoutStep(wallet, style, flow, name, bank)


def with_wallet(payment: Payment, wallet: str) -> Payment:
    """A payment with the wallet that its payer has chosen; the same payment if that is not offered."""
    offered = choices(payment.sub_pay_method, payment.currency, payment.amount)
    return payment._replace(sub_pay_method=wallet) if wallet in offered else payment


def kept(**changes: str) -> dict[str, str]:
    """What all steps of the present page have in their address, with changes; nothing that is empty."""
    known = {name: request.values.get(name, "") for name in _KEPT}
    return {name: text for name, text in {**known, **changes}.items() if text}


def at(step: str = "", **changes: str) -> str:
    """The address of a step, relative to the page."""
    return f"?{urlencode(kept(step=step, **changes))}"


def first_app_step(flow: Flow) -> str:
    """The step on the phone that has scanned a code; empty if it is the first one."""
    name = _STEPS.get(flow, ("",))[0]
    return name if name in {"sheet", "app"} else ""
