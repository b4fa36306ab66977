"""The requests of a comparison, declared once. Nothing else is sent.

None of them pays, refunds, cancels, captures, pays out or splits. Requests that `creates` are sent only if that is
allowed: they create orders of the smallest amount that the method takes, which expire unpaid. All others name a method
that only reads, lack a field without which no order can be created, or have a wrong sign.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from mockserver.compare.exchange import Answers, RawRequest, Subject, Unclear
from mockserver.signing.php import parse
from mockserver.signing.signature import sign, signed_parameters, signed_request, string_to_sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

QUERY = "v3.QueryOrder"
_NOWHERE = "https://yabandpay-mock.invalid"
"""The web address of new orders: RFC 2606 reserves the domain, so nobody receives their notifications."""
_DAY = 86_400
AGES = {"2m": 120, "10m": 600, "2h": 7200, "1d": _DAY, "365d": 365 * _DAY}
"""The ages of `time` that are tried, in seconds."""


class Ask(NamedTuple):
    """A request: its name, what kind it is, and how it is made for a subject, at a Unix time, after other answers.

    `make` raises `Unclear` if it cannot be made.
    """

    name: str
    kind: str
    make: Callable[[Subject, int, Answers], RawRequest]
    creates: bool = False


def _body(subject: Subject, now: int, method: str, data: Mapping[str, Any], **envelope: Any) -> bytes:  # noqa: ANN401
    unsigned = {"user": subject.user, "method": method, "time": now, "data": dict(data), **envelope}
    return signed_request(unsigned, subject.secret_key)


def _asks_about_nothing(name: str, kind: str, extra: Mapping[str, Any] | None = None, *, age: int = 0,
                        factor: int = 1) -> Ask:  # fmt: skip
    """A query of an unknown order; `extra` are further fields of data, signed as they are."""

    def make(subject: Subject, now: int, _answers: Answers) -> RawRequest:
        data = {"trade_id": subject.unknown_trade_id, **(extra or {})}
        return RawRequest(_body(subject, now, QUERY, data, time=(now - age) * factor))

    return Ask(name, kind, make)


def _reads(name: str, kind: str, method: str, data: Mapping[str, Any]) -> Ask:
    return Ask(name, kind, lambda subject, now, _answers: RawRequest(_body(subject, now, method, data)))


def _lists(name: str, **changes: str) -> Ask:
    """A list of the orders in the first two seconds of 1970, of which there are none."""
    return _reads(name, "a list of no orders", "v3.ListOrderByTime", {"start_time": "0", "end_time": "1", **changes})


def _lacks(name: str, extra: Mapping[str, Any]) -> Ask:
    """A query without the trade_id; the order_id is one that no order has."""

    def make(subject: Subject, now: int, _answers: Answers) -> RawRequest:
        return RawRequest(_body(subject, now, QUERY, {"order_id": f"cmp{subject.run}", **extra}))

    return Ask(name, "a missing field", make)


def _wrongly_signed(envelope: dict[str, Any]) -> RawRequest:
    return RawRequest(json.dumps({**envelope, "sign": "0" * 64}).encode())


def _envelope(subject: Subject, now: int, method: str = QUERY, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    data = {"trade_id": subject.unknown_trade_id}
    return {"user": subject.user, "method": method, "time": now, "data": data, **changes}


def _without_time(subject: Subject, now: int, _answers: Answers) -> RawRequest:
    envelope = _envelope(subject, now)
    del envelope["time"]
    return _wrongly_signed(envelope)


def _signed_otherwise(name: str, extra: Mapping[str, Any], signed: Callable[[dict[str, Any]], dict[str, Any]]) -> Ask:
    """A query of an unknown order, with further fields, whose parameters are changed before they are signed."""

    def make(subject: Subject, now: int, _answers: Answers) -> RawRequest:
        envelope = _envelope(subject, now)
        envelope["data"].update(extra)
        parameters = signed(signed_parameters(parse(json.dumps(envelope).encode())))
        signature = sign(string_to_sign(parameters), subject.secret_key)
        return RawRequest(json.dumps({**envelope, "sign": signature}).encode())

    return Ask(name, "signature", make)


def _sent_otherwise(name: str, kind: str, **how: Any) -> Ask:  # noqa: ANN401 - of RawRequest
    """A query of an unknown order with another path or header."""
    return Ask(
        name, kind,
        lambda subject, now, _answers: RawRequest(**{"body": _body(subject, now, **_query(subject)), **how}),
    )  # fmt: skip


def _query(subject: Subject) -> dict[str, Any]:
    return {"method": QUERY, "data": {"trade_id": subject.unknown_trade_id}}


def _with_unsigned_key(subject: Subject, now: int, _answers: Answers) -> RawRequest:
    signed = json.loads(_body(subject, now, **_query(subject)))
    return RawRequest(json.dumps({**signed, "x": "1"}).encode())


def _form(subject: Subject, now: int, _answers: Answers) -> RawRequest:
    fields = {
        "user": subject.user,
        "method": QUERY,
        "time": now,
        "trade_id": subject.unknown_trade_id,
        "sign": "0" * 64,
    }
    return RawRequest(urlencode(fields).encode(), content_type="application/x-www-form-urlencoded")


def _pay_method_unknown_without_amount(subject: Subject, now: int, _answers: Answers) -> RawRequest:
    data = {"pay_method": "no-such", "sub_pay_method": "no-such", "currency": "EUR"}  # no order without an order_id
    return RawRequest(_body(subject, now, "v3.CreatePayments", data))


READING = (
    _asks_about_nothing("unknown order", "an unknown order"),
    Ask("wrong sign", "a wrong sign", lambda subject, now, _: _wrongly_signed(_envelope(subject, now))),
    Ask(
        "unknown user", "an unknown user",
        lambda subject, now, _: _wrongly_signed(_envelope(subject, now, user=f"cmp{subject.run}")),
    ),
    _reads("unknown method", "an unknown method", "v3.NoSuchMethod", {"trade_id": "1"}),
    _lacks("absent field", {}),
    _lacks("null field", {"trade_id": None}),
    _lacks("empty field", {"trade_id": ""}),
    Ask("no time, wrong sign", "order of checks", _without_time),
    Ask(
        "missing field, wrong sign", "order of checks",
        lambda subject, now, _: _wrongly_signed(_envelope(subject, now, data={"order_id": f"cmp{subject.run}"})),
    ),
    Ask(
        "unknown method, wrong sign", "order of checks",
        lambda subject, now, _: _wrongly_signed(_envelope(subject, now, "v3.NoSuchMethod")),
    ),
    Ask("unknown pay_method, no amount", "order of checks", _pay_method_unknown_without_amount),
    _asks_about_nothing("unknown key of data", "signature", {"x": "1"}),
    Ask("unknown key of the envelope", "signature", _with_unsigned_key),
    _asks_about_nothing("empty value, kept", "signature", {"x": ""}),
    _signed_otherwise("empty value, dropped", {"x": ""}, lambda p: {name: p[name] for name in p if name != "x"}),
    _asks_about_nothing("time in data", "signature", {"time": "1546588959"}),
    _asks_about_nothing("12.0", "numbers", {"x": 12.0}),
    _asks_about_nothing("0.30000000000000004", "numbers", {"x": 0.30000000000000004}),
    _asks_about_nothing("2 to the power of 70", "numbers", {"x": 2**70}),
    _asks_about_nothing("true", "signature", {"x": True}),
    _asks_about_nothing("false", "signature", {"x": False}),
    _asks_about_nothing("null", "signature", {"x": None}),
    _asks_about_nothing("object and array", "signature", {"x": {"a": ["b/c", "é", 1]}}),
    *(_asks_about_nothing(f"{name} ago", "time", age=age) for name, age in AGES.items()),
    _asks_about_nothing("in 1d", "time", age=-_DAY),
    _asks_about_nothing("milliseconds", "time", factor=1000),
    _sent_otherwise("text/plain", "another body", content_type="text/plain"),
    Ask("empty body", "another body", lambda _subject, _now, _: RawRequest(b"")),
    Ask("form", "another body", _form),
    Ask("array", "another body", lambda _subject, _now, _: RawRequest(b"[]")),
    Ask("GET", "another HTTP method", lambda _subject, _now, _: RawRequest(b"", "GET")),
    _sent_otherwise("//Payments", "another path", path="//Payments"),
    _sent_otherwise("/Payments/", "another path", path="/Payments/"),
    _lists("empty range"),
    _lists("end before start", start_time="2"),
    _lists("page 0", page="0"),
    _lists("limit 501", limit="501"),
    _lists("unknown state", state="no-such"),
    _reads("far page", "a list of no orders", "v3.ListOrder", {"page": "1000000", "limit": "1", "filter": ""}),
    _reads("payments as a file", "a list of no orders", "v3.BatchQuery", {"start_time": "0", "end_time": "1"}),
    _reads("refunds as a file", "a list of no orders", "v3.TimeRefundOrder", {"start_time": "0", "end_time": "1"}),
    _reads("barcode of no wallet", "a barcode of no wallet", "v3.GetSubPay", {"auth_code": "1"}),
)  # fmt: skip


def given_orders(subject: Subject) -> tuple[Ask, ...]:
    """Queries of the orders that the user names."""
    return tuple(
        _reads(f"given {name} {place}", "a given order", QUERY, {name: value})
        for name, values in (("trade_id", subject.trade_ids), ("order_id", subject.order_ids))
        for place, value in enumerate(values, 1)
    )


def _creates(name: str, method: str = "v3.CreatePayments", *, order: str = "", without: str = "",
             **changes: Any) -> Ask:  # fmt: skip  # noqa: ANN401 - fields of data
    """An order of EUR 0.10, unless changed, that expires after a minute; `order` names one whose order_id is reused."""

    def make(subject: Subject, now: int, _answers: Answers) -> RawRequest:
        own = "".join(letter for letter in order or name if letter.isalnum())
        data = {
            "pay_method": "online", "sub_pay_method": "List", "order_id": f"cmp{subject.run}{own}", "amount": "0.1",
            "currency": "EUR", "description": "yabandpay-mock compare", "timeout": "1",
            "notify_url": f"{_NOWHERE}/notify", "redirect_url": f"{_NOWHERE}/", **changes,
        }  # fmt: skip
        if "request_id" in data:
            data["request_id"] = f"cmp{subject.run}{data['request_id']}"
        data.pop(without, None)
        return RawRequest(_body(subject, now, method, {key: value for key, value in data.items() if value is not None}))

    return Ask(name, "an order that expires unpaid", make, creates=True)


def _queries(name: str, created: str) -> Ask:
    def make(subject: Subject, now: int, answers: Answers) -> RawRequest:
        trade_id = answers[created].data.get("trade_id")
        if not isinstance(trade_id, str):
            raise Unclear("the answer to the new order has no trade_id")
        return RawRequest(_body(subject, now, QUERY, {"trade_id": trade_id}))

    return Ask(name, "a query of a new order", make, creates=True)


_CARD = {"method": "v3.CreateCardPayments", "sub_pay_method": "Cards HPP", "operation": "1", "3ds_initiate": "01"}
_IN_SHOP = {"method": "v3.QRcodePayment", "pay_method": "offline", "sub_pay_method": "QRcode"}

CREATING = (
    _creates("order"),
    _queries("query of order", "order"),
    _creates("order again", order="order"),
    _creates("no timeout", without="timeout"),
    _creates("unsupported pay_method", pay_method="no-such"),
    _creates("unsupported sub_pay_method", sub_pay_method="no-such"),
    _creates("wallet in capitals", sub_pay_method="ALIPAY"),
    _queries("query of wallet in capitals", "wallet in capitals"),
    _creates("three places", amount="0.101"),
    _creates("0.01 dollars", amount="0.01", currency="USD", sub_pay_method="Alipay"),
    _creates("currency in lower case", currency="eur"),
    _creates("http address", notify_url=f"{_NOWHERE.replace('https', 'http', 1)}/notify"),
    _creates("demo is true", demo=True),
    _creates("no os_type", "v3.CreatePaymentsAlipayAppPay", sub_pay_method="Alipay"),
    _creates("iDEAL code", "v3.CreatePaymentsiDEALQRcode", sub_pay_method="iDEAL", amount="1"),
    _creates("code in a shop", **_IN_SHOP),
    _creates("tip above the amount", **_IN_SHOP, tip_amount="0.2"),
    _creates("WeChat code", "v3.CreateWechatNativePay", pay_method=None, sub_pay_method=None),
    _creates("bank transfer", "v3.BankTransfer", sub_pay_method="Bank Transfer", amount="1", request_id="bank"),
    _creates("card page", **_CARD, request_id="card"),
    _creates("request_id again", **_CARD, request_id="card"),
)


def all_requests(subject: Subject) -> tuple[Ask, ...]:
    return (*READING, *given_orders(subject), *CREATING)
