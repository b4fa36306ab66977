"""The payments that the stage can create: methods with their wallets, and the signed requests of the shop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.addresses import built_in_merchant
from mockserver.api.operations import ApiError
from mockserver.domain.cards import DEFAULT_CARD
from mockserver.domain.money import CURRENCIES, amount_text
from mockserver.domain.payments.payment import Payment
from mockserver.domain.payments.transitions import PAYMENT
from mockserver.gateway.errors import PayMethodUnsupported
from mockserver.gateway.example import example_data
from mockserver.gateway.methods import ALL_METHODS, find_method
from mockserver.pages.actions import run_operation
from mockserver.pages.sending import next_number, present_request, send_request
from mockserver.scenarios.scenario import DEFAULT_NAME
from mockserver.signing.signature import signed_request
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mockserver.app import Application
    from mockserver.domain.accounts import Account
    from mockserver.domain.timeline import Exchange
    from mockserver.domain.wallets import Wallet
    from mockserver.gateway.method import Method
    from mockserver.scenarios.scenario import Scenario

TIMEOUT = "10"
"""Minutes after which an unpaid order of the stage expires."""

_NEVER_PAID = "never-paid"
_NO_PAYER_PAGE = frozenset(
    {
        "v3.CreatePaymentsAlipayMiniPay", "v3.CreatePaymentsWechatMiniPay", "v3.CreatePaymentsWechatAPPPay",
        "v3.CreatePaymentsAlipayAppPay", "v3.BarcodePayment", "v3.CreateCardPayments",
    }
)  # fmt: skip
_CARD = {
    "card_holder": "A. Payer", "card_number": DEFAULT_CARD, "expiration_month": "12", "expiration_year": "2090",
    "cvc": "123",
}  # fmt: skip
_OF_WALLETS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("v3.BarcodePayment", "Alipay"): {"auth_code": "2812345678901623456"},
    ("v3.CreateCardPayments", "Card"): {"cardinfo": json.dumps(_CARD)},
    ("v3.CreateCardPayments", "Apple Pay"): {"payment_token_object": "{}"},
    ("v3.CreateCardPayments", "Google Pay"): {"payment_token_object": "{}"},
}
"""What a wallet needs beside the fields of the example."""

_NOT_OFFERED = frozenset({("v3.CreateCardPayments", "Token")})  # it needs a card that was saved before


def euro_first(currencies: Iterable[str]) -> list[str]:
    """Currencies in the order in which a form offers them."""
    return sorted(currencies, key=lambda currency: (currency != "EUR", currency))


class Offer(NamedTuple):
    """A method and one of its wallets."""

    method: Method
    wallet: Wallet

    @property
    def name(self) -> str:
        return f"{self.method.name} {self.wallet.name}"

    @property
    def currencies(self) -> list[str]:
        return euro_first(self.wallet.currencies or CURRENCIES)

    @property
    def smallest(self) -> str:
        """The smallest amounts of its currencies, for the form's script."""
        return json.dumps({currency: amount_text(amount) for currency, amount in self.wallet.smallest.items()})

    @property
    def has_page(self) -> bool:
        """Whether the payer pays on a page, unless a scenario pays."""
        return self.method.name not in _NO_PAYER_PAGE or self.wallet.name == "Cards HPP"


OFFERS = {
    offer.name: offer
    for method in ALL_METHODS
    if method.kind is PAYMENT and method.reference == "order_id"
    for offer in (Offer(method, wallet) for wallet in method.wallets)
    if (method.name, offer.wallet.name) not in _NOT_OFFERED
}
"""All that can be picked, by name."""


IN_WALLET = "v3.CreatePaymentsAlipayMiniPay Alipay"
"""The offer of a scenario's card: paid without a person, unless the scenario says otherwise."""


class Draft(NamedTuple):
    """What was typed into the form. Without a `notify_url`, the order is the built-in merchant's."""

    offer: str = "v3.CreatePayments WeChat Pay"
    amount: str = "24.99"
    currency: str = "EUR"
    description: str = "Two tins of green tea"
    scenario: str = ""
    notify_url: str = ""

    @classmethod
    def read(cls, form: Mapping[str, str]) -> Draft:
        return cls(**{name: form[name].strip() for name in cls._fields if name in form})

    @classmethod
    def of(cls, payment: Payment) -> Draft:
        """The draft that leads to another order like this one."""
        offer = f"{payment.method} {payment.sub_pay_method}"
        own = "" if payment.notify_url == built_in_merchant(payment.user) else payment.notify_url
        scenario = "" if payment.scenario in {DEFAULT_NAME, _NEVER_PAID} else payment.scenario
        known = offer if offer in OFFERS else cls().offer
        return cls(known, amount_text(payment.amount), payment.currency, payment.description, scenario, own)


def _create_order(app: Application, account: Account, draft: Draft) -> Exchange:
    """Send the signed request of a draft through the gateway, unless it raises a `Refusal` of a wrong value."""
    offer = OFFERS.get(draft.offer)
    if offer is None:
        raise PayMethodUnsupported(_NOT_ON_STAGE.format(value=draft.offer[:80]), fields=("offer",))
    data = _data(offer, draft, account, next_number(app, account.user))
    offer.method.take_pay_method(offer.method.field_plan.read(data))
    chosen = draft.scenario or (DEFAULT_NAME if offer.has_page else _NEVER_PAID)
    return _send(app, account, offer.method, data, chosen)


_NOT_ON_STAGE = message("The stage has no method and wallet {value}.")


def _data(offer: Offer, draft: Draft, account: Account, number: int) -> dict[str, Any]:
    data = {**example_data(offer.method), **_OF_WALLETS.get((offer.method.name, offer.wallet.name), {})}
    order = {
        "order_id": f"STAGE-{number}", "request_id": f"stage{number}", "timeout": TIMEOUT,
        "amount": draft.amount, "currency": draft.currency, "description": draft.description,
        "notify_url": draft.notify_url or built_in_merchant(account.user), "sub_pay_method": offer.wallet.name,
    }  # fmt: skip
    known = offer.method.known_names
    data.pop("redirect_url", None)
    return {**data, **{name: text for name, text in order.items() if name in known}}


def _send(app: Application, account: Account, method: Method, data: dict[str, Any], scenario: str = "") -> Exchange:
    unsigned = present_request(app, account.user, method.name, data)
    return send_request(app, signed_request(unsigned, account.secret_key), scenario)


def query(app: Application, account: Account, trade_id: str) -> Exchange:
    """Ask the gateway for the state of an order, as a shop does."""
    return _send(app, account, find_method("v3.QueryOrder", {}), {"trade_id": trade_id})


def refund(app: Application, account: Account, payment: Payment, scenario: str = "") -> Exchange:
    """Refund all of an order that can still be refunded."""
    data = {
        "trade_id": payment.trade_id, "m_refund_id": f"STAGE-R{next_number(app, account.user)}",
        "refund_amount": amount_text(payment.refundable), "refund_currency": payment.currency,
        "refund_description": "Returned", "notify_url": payment.notify_url,
    }  # fmt: skip
    return _send(app, account, find_method("v3.CreateRefund", {}), data, scenario)


def play(app: Application, account: Account, draft: Draft) -> list[Exchange]:
    """Send a draft's order, and what its scenario needs to be seen: a refund or a split after the payment, or a payout.

    Raises:
        Refusal: a value is wrong, so nothing was sent.
        UnknownScenarioError: there is no such scenario.
    """
    scenario = app.catalog.named(draft.scenario or DEFAULT_NAME)
    if "payout" in scenario.parts:
        method = find_method("v3.MerchantBalance", {"command": "payout"})
        return [_send(app, account, method, _example(app, account, method), scenario.name)]
    sent = [_create_order(app, account, draft)]
    while not sent[-1].trade_id and len(sent) < len(scenario.answers):  # a shop tries again
        sent.append(send_request(app, sent[0].request, scenario.name))
    follows = scenario.parts.keys() & {"refund", "split"} or ({"refund"} if _holds_last(scenario) else set())
    payment = _paid(app, account, sent[-1].trade_id) if follows and sent[-1].trade_id else None
    if payment is not None and "refund" in follows:
        sent.append(refund(app, account, payment, scenario.name))
    elif payment is not None:
        method = find_method("v3.SplitPayment", {"command": "createSplitPayment"})
        data = {**_example(app, account, method), "trade_id": payment.trade_id}
        sent.append(_send(app, account, method, data, scenario.name))
    return sent


def _holds_last(scenario: Scenario) -> bool:
    """Whether the last notification of the payment waits for one that another object brings."""
    steps = scenario.part("then")
    faults = steps[-1].notification_faults if steps else None
    return faults is not None and faults.after_next


def _example(app: Application, account: Account, method: Method) -> dict[str, Any]:
    number = next_number(app, account.user)
    own = {
        "notify_url": built_in_merchant(account.user),
        "reference": f"STAGE-{number}",
        "reference_id": f"STAGE-{number}",
    }
    return {**example_data(method), **{name: text for name, text in own.items() if name in method.known_names}}


def _paid(app: Application, account: Account, trade_id: str) -> Payment | None:
    """The order after its payer has paid as its scenario plans it; None if that is not possible."""
    try:
        run_operation(app, "POST /accounts/{user}/payments/{id}/signal", {"user": account.user, "id": trade_id}, {})
    except ApiError:
        return None
    with app.store.read(account.user) as view:
        payment = view.get(Payment, trade_id)
    return payment if payment is not None and payment.state == "paid" else None
