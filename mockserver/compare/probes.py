"""The probes, declared once: which facts of the ledger each settles, by which requests, and how their answers are read.

A probe is run at the sandbox and at the gateway alike, so what the sandbox does is nowhere written down a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.compare import readings
from mockserver.compare.readings import KIND_REQUESTS
from mockserver.compare.requests import AGES, CREATING
from mockserver.gateway.errors import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mockserver.compare.exchange import Subject
    from mockserver.compare.readings import Reading
    from mockserver.evidence import Fact


class FactName(NamedTuple):
    """A fact of the ledger, named by its subject and by how its behaviour begins."""

    subject: str
    beginning: str = ""

    def is_named(self, fact: Fact) -> bool:
        return fact.subject == self.subject and fact.behaviour.startswith(self.beginning)


class Probe(NamedTuple):
    """One behaviour: the facts that it settles, the names of the requests that show it, and how it is read."""

    title: str
    facts: tuple[FactName, ...]
    requests: tuple[str, ...]
    read: Reading

    @property
    def creates(self) -> bool:
        """Whether one of its requests creates an order, without which it cannot be read."""
        return not _CREATING.isdisjoint(self.requests)


_CREATING = frozenset(ask.name for ask in CREATING)


def _probe(title: str, facts: Iterable[tuple[str, str]], requests: Iterable[str], read: Reading) -> Probe:
    return Probe(title, tuple(FactName(*fact) for fact in facts), tuple(requests), read)


_ANY_REFUSAL = tuple(name for kind, name in KIND_REQUESTS.items() if name not in _CREATING and kind != "stale_time")
_CODES = ("error codes", "-1000, -3001")
_RULES = ("error codes", "A value that breaks")
_SIGNED_KEYS = ("signature", "Unknown keys of the envelope")
_LISTS = ("v3.ListOrder, v3.ListOrderByTime", "Oldest first")
_KEY_OF_DATA = "unknown key of data"

_FAILURES = (
    _probe("HTTP status of failures", [("answer", "Errors have")], _ANY_REFUSAL, readings.http_status),
    _probe("data of failures", [("answer", "A failure has")], _ANY_REFUSAL, readings.failure_data),
    _probe("type of code in failures", [("answer", "A failure has")], _ANY_REFUSAL, readings.failure_code_type),
    _probe("status of failures", [("answer", "A failure has")], _ANY_REFUSAL, readings.failure_status),
    _probe("further keys of failures", [("answer", "A failure has")], _ANY_REFUSAL, readings.other_keys),
    _probe("type of code in successes", [("answer", '{"status"')], ["empty range", "order"],
           readings.success_code_type),
    _probe("code of a wrong sign", [_CODES], ["wrong sign"], readings.code("wrong sign")),
    _probe("unknown user", [("error codes", "An unknown user")], ["unknown user", "wrong sign"],
           readings.like("unknown user", "wrong sign")),
    _probe("unknown method", [("unknown method", ""), _RULES], ["unknown method"], readings.code("unknown method")),
    _probe("unknown order", [_RULES], ["unknown order"], readings.code("unknown order")),
    _probe("value that breaks a rule", [_RULES], ["unknown state"], readings.code("unknown state")),
    _probe("absent, null and empty field", [("required fields", "")], ["absent field", "null field", "empty field"],
           readings.code("absent field", "null field", "empty field")),
    _probe("body that is no JSON object", [("body", "Not a JSON")], ["empty body", "form", "array"],
           readings.code("empty body", "form", "array")),
    _probe("GET", [("body", "Not a JSON")], ["GET"], readings.code("GET")),
    _probe("other Content-Type", [("body", "Read as JSON")], ["text/plain"], readings.reached("text/plain")),
    _probe("more slashes in the path", [("path", "")], ["//Payments", "/Payments/"],
           readings.reached("//Payments", "/Payments/")),
)  # fmt: skip

_ORDER_OF_CHECKS = (
    _probe("envelope before signature", [("order of checks", "")],
           ["no time, wrong sign", "wrong sign", "absent field"],
           readings.like("no time, wrong sign", "wrong sign", "absent field")),
    _probe("signature before fields", [("order of checks", "")],
           ["missing field, wrong sign", "wrong sign", "absent field"],
           readings.like("missing field, wrong sign", "wrong sign", "absent field")),
    _probe("signature before method", [("order of checks", "")],
           ["unknown method, wrong sign", "wrong sign", "unknown method"],
           readings.first_of("unknown method, wrong sign", "wrong sign", "unknown method")),
    _probe("fields before pay method", [("order of checks", "")], ["unknown pay_method, no amount", "absent field"],
           readings.like("unknown pay_method, no amount", "absent field")),
)  # fmt: skip

_SIGNATURES = (
    _probe("unknown keys of data are signed", [_SIGNED_KEYS, ("unknown fields", "")], [_KEY_OF_DATA],
           readings.signatures(_KEY_OF_DATA)),
    _probe("unknown keys of the envelope are not signed", [_SIGNED_KEYS], ["unknown key of the envelope"],
           readings.signatures("unknown key of the envelope")),
    _probe("empty values kept", [("signature", "A request signed with its empty")], ["empty value, kept"],
           readings.signatures("empty value, kept", needs=_KEY_OF_DATA)),
    _probe("empty values dropped", [("signature", "A request signed with its PHP")], ["empty value, dropped"],
           readings.signatures("empty value, dropped")),
    _probe("key of data named like an envelope field", [("signature", "A key of `data`")], ["time in data"],
           readings.signatures("time in data")),
    _probe("numbers", [("numbers", "")], ["12.0", "0.30000000000000004", "2 to the power of 70"],
           readings.signatures("12.0", "0.30000000000000004", "2 to the power of 70", needs=_KEY_OF_DATA)),
    _probe("nested values", [("nested values", "")], ["object and array"],
           readings.signatures("object and array", needs=_KEY_OF_DATA)),
    _probe("true, false and null", [("boolean and null", "true is signed")], ["true", "false", "null"],
           readings.signatures("true", "false", "null", needs=_KEY_OF_DATA)),
    _probe("freshness of time", [("time", "Milliseconds")], [*(f"{age} ago" for age in AGES), "in 1d"],
           readings.freshness),
    _probe("time in milliseconds", [("time", "Milliseconds")], ["milliseconds"], readings.signatures("milliseconds")),
)  # fmt: skip

_LISTING = (
    _probe("empty list", [("v3.ListOrderByTime", "start_time, end_time")], ["empty range"],
           readings.list_shape("empty range")),
    _probe("list without a range", [("v3.ListOrder", "The answer is")], ["far page"], readings.list_shape("far page")),
    _probe("end before the start", [_LISTS], ["end before start"], readings.code("end before start")),
    _probe("page 0, limit 501", [("page, limit", "")], ["page 0", "limit 501"], readings.code("page 0", "limit 501")),
    _probe("columns of payments", [("v3.BatchQuery", "The columns")], ["payments as a file"],
           readings.columns("payments as a file")),
    _probe("columns of refunds", [("v3.TimeRefundOrder", "")], ["refunds as a file"],
           readings.columns("refunds as a file")),
    _probe("barcode of no wallet", [("v3.GetSubPay", "An auth_code")], ["barcode of no wallet"],
           readings.code("barcode of no wallet")),
)  # fmt: skip

_CREATION = (
    _probe("new order", [("v3.CreatePayments", "Answers with"), ("v3.CreatePayments", "Also with")], ["order"],
           readings.keys("order", "order_id", "trade_id", "amount", "currency", "url", "state")),
    _probe("amount of a new order", [("amount", "Methods that create")], ["order"], readings.amount_shown),
    _probe("order_id used again", [("order_id", "A repeated"), ("order_id", "With --duplicate")],
           ["order", "order again"], readings.duplicates),
    _probe("no timeout", [("timeout", "A request without")], ["no timeout"], readings.accepted("no timeout")),
    _probe("unsupported pay method", [("pay_method", "A value")],
           ["unsupported pay_method", "unsupported sub_pay_method"],
           readings.code("unsupported pay_method", "unsupported sub_pay_method")),
    _probe("case of a wallet's name", [("sub_pay_method", "Compared without case")],
           ["wallet in capitals", "query of wallet in capitals"], readings.stored_wallet),
    _probe("values that do not exist yet", [("v3.QueryOrder", "Values that")], ["query of order"],
           readings.empty_values),
    _probe("amount with three places", [("amount", "A decimal number")], ["three places"],
           readings.accepted("three places")),
    _probe("0.01 in another currency", [("amount", "Other currencies")], ["0.01 dollars"],
           readings.accepted("0.01 dollars")),
    _probe("currency in lower case", [("currency", "One of")], ["currency in lower case"],
           readings.accepted("currency in lower case")),
    _probe("http notify_url", [("notify_url", "http addresses")], ["http address"], readings.accepted("http address")),
    _probe("boolean as a text", [("boolean and null", "A boolean")], ["demo is true"],
           readings.accepted("demo is true")),
    _probe("no os_type", [("os_type", "")], ["no os_type"], readings.accepted("no os_type")),
    _probe("tip above the amount", [("tip_amount", "Never more")], ["tip above the amount"],
           readings.accepted("tip above the amount")),
    _probe("request_id used again", [("request_id", "")], ["card page", "request_id again"],
           readings.accepted("request_id again")),
    _probe("page for a card", [("v3.CreateCardPayments", "Answers with")], ["card page"],
           readings.keys("card page", "order_id", "trade_id", "amount", "currency", "url", "state")),
    _probe("code for iDEAL", [("v3.CreatePaymentsiDEALQRcode", "Answers")], ["iDEAL code"],
           readings.keys("iDEAL code", "url", "qrcode")),
    _probe("code in a shop", [("v3.QRcodePayment", "qrcode has")], ["code in a shop"],
           readings.same_text("code in a shop", "url", "qrcode")),
    _probe("code for WeChat", [("v3.CreateWechatNativePay", "Answers")], ["WeChat code"],
           readings.keys("WeChat code", "url", "qrcode")),
    _probe("bank transfer", [("v3.BankTransfer", "Answers with")], ["bank transfer"],
           readings.keys("bank transfer", "account_name", "iban", "bic", "reference", inside="parameters")),
    _probe("address of a bank transfer", [("v3.BankTransfer", "Answers with")], ["bank transfer"],
           readings.keys("bank transfer", "url")),
)  # fmt: skip

_TEXTS = tuple(
    _probe(f"text of {kind}", [_CODES], [KIND_REQUESTS[kind]], readings.message(KIND_REQUESTS[kind]))
    for kind in KINDS
    if kind != "stale_time"
)

ALWAYS = (*_FAILURES, *_ORDER_OF_CHECKS, *_SIGNATURES, *_LISTING, *_CREATION, *_TEXTS)


def all_probes(subject: Subject) -> tuple[Probe, ...]:
    """The probes, with those of the orders that the user names."""
    trades = [f"given trade_id {place}" for place, _ in enumerate(subject.trade_ids, 1)]
    orders = [f"given order_id {place}" for place, _ in enumerate(subject.order_ids, 1)]
    return (
        *ALWAYS,
        *(
            _probe(name, [("v3.QueryOrder", "transaction_info is")], [name], readings.given_order(name))
            for name in trades
        ),
        *(_probe(name, [("v3.QueryOrder", "transaction_info is")], [name], readings.accepted(name)) for name in orders),
    )
