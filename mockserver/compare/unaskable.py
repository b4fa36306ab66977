"""The assumptions that a comparison cannot settle, with the reason."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from mockserver.compare.probes import FactName

if TYPE_CHECKING:
    from collections.abc import Mapping

_PAID = "it needs an order that somebody has paid"
_REFUND = "it needs a refund"
_SPLIT = "it needs a split"
_PAYOUT = "it needs a payout"
_CARD = "it needs a card or a token, and a payment with it"
_WALLET = "it needs a payer with a wallet"
_LISTENER = "only the receiver of notifications can see it"
_PAYER = "only the payer's browser can see it"
_BALANCE = "it needs the account of a super admin, whose balance and reports are not asked for"
_OWN = "it is a feature of the sandbox alone"
_ORDERS = "it needs a list of the merchant's own orders, which is not asked for"
_AMOUNT = "it needs an order of more than the smallest amount"

_BY_REASON: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (_PAID, (
        ("settlement", "Settled in euros"), ("fees", "0.10"), ("payment states", "verify leads"),
        ("v3.CancelPayment", "Central European"), ("v3.CancelPayment", "Rejected in other"),
        ("sub_pay_method", "An order of the hosted"),
    )),
    (_REFUND, (
        ("v3.CreateRefund", "At most 29"), ("v3.CreateRefund", "The answer is"), ("v3.CancelPayment", "A refund that"),
        ("refund states", "26 is"), ("refund states", "The transitions"), ("refund states", "A new refund"),
        ("refund", "Notifications are sent"), ("settlement", "The refunds of"), ("v3.QueryRefundOrder", "Accepts"),
    )),
    (_SPLIT, (
        ("split states", "The receivers'"), ("v3.CancelPayment", "Rejected after a split"),
        ("v3.SplitPayment", "receivers can be"), ("v3.SplitPayment", "All receivers"),
        ("v3.SplitPayment", "Any split_solution_id"), ("v3.SplitPayment", "createSplitPayment and"),
        ("v3.SplitPayment", "The keys of the notification"), ("v3.SplitPayment", "If it can no longer"),
        ("v3.SplitPayment", "A reference_id"), ("v3.SplitPayment", "Failed and cancelled"),
        ("v3.SplitPayment", "A split order"), ("v3.SplitPayment", "A return has"),
    )),
    (_PAYOUT, (("payout states", "The transitions"),)),
    (_CARD, (
        ("test cards", "Common test"), ("test cards", "Bancontact's page"),
        ("payment_token_object", "An invalid token"),
        ("v3.CreateCardPayments", "amount, currency"), ("v3.CreateCardPayments", "Cards HPP also"),
        ("v3.CreateCardPayments", "A card that"), ("3ds_status", "Y authenticated"), ("3ds_status", "Also sent"),
        ("v3.Capture", "The trade keeps"), ("v3.Capture", "Paid at once"), ("v3.QueryOrder", "A card payment"),
        ("sub_pay_method", "Apple Pay"), ("3ds_initiate", "An exempted"),
    )),
    (_WALLET, (("v3.BarcodePayment", "Answers with"), ("auth_code", "Alipay of China"))),
    (_LISTENER, (
        ("retry plan", ""), ("notification", "None for"), ("notification", "Never has"),
        ("notification", "settlement_rate"), ("notification", "transaction_id"), ("notification", "The time of"),
        ("notification", "Of a refund: description"), ("notification", "The receivers"),
    )),
    (_PAYER, (
        ("url", "The number of"), ("url", "A payment with"), ("form_type", ""), ("sub_pay_method", "The wallets that"),
        ("redirect_url", "With --return-method"),
    )),
    (_BALANCE, (
        ("balance", "available is"), ("balance", "reserve is"), ("finance and split", "A cashier"),
        ("v3.MerchantBalance", "Has a balance"), ("v3.GetTradebill", "The other keys"),
        ("v3.GetTradebill", "getTradebillInfo"), ("clearing_id", "The day after"),
    )),
    (_OWN, (("payment_token_object", "tok_visa"), ("payment states", "A late payment"))),
    (_ORDERS, (("v3.ListOrderByTime", "id counts"), ("v3.ListOrderByTime", "Not in a record"))),
    (_AMOUNT, (("currency", "Only EUR for Sofort"),)),
)  # fmt: skip

UNASKABLE: Mapping[FactName, str] = MappingProxyType(
    {FactName(*fact): reason for reason, facts in _BY_REASON for fact in facts}
)
"""The reason why each assumption is in no probe."""
