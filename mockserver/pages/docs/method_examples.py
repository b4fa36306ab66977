"""Examples of the gateway's methods, which are not written but played: each in a sandbox that is thrown away.

A method that needs an object, such as a paid order, gets it by the calls that a merchant would make before.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.app import assemble
from mockserver.clock import FrozenClock
from mockserver.domain.accounts import DEFAULT_SECRET_KEY
from mockserver.domain.calendar import day_of
from mockserver.domain.codes import SUCCESS
from mockserver.domain.payments.payer import choose, success_of
from mockserver.domain.payments.payment import Payment
from mockserver.gateway.example import curl_line, example_data
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.request import Request
from mockserver.settings import Settings
from mockserver.signing.signature import signed_request
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.accounts import Account
    from mockserver.domain.notifications.notification import Notification
    from mockserver.gateway.answer import Answer
    from mockserver.gateway.fields import Field
    from mockserver.gateway.method import Method

_SECOND, _DAY = 1_000, 86_400_000
_NEXT_MORNING = _DAY * 31 // 24  # the reports of a day are ready at seven
_CARD = (
    '{"card_holder":"A. Buyer","card_number":"4111111111111111","expiration_month":"12","expiration_year":"2099",'
    '"cvc":"123"}'
)
_RECEIVER = '[{"mid":111,"detail_reference_id":"123456-1","split_amount":"0.50","role":"1","description":"test"}]'


class ExampleCall(NamedTuple):
    """A call that a method needs before, with some fields of the example changed, and the time that passes then."""

    title: str
    data: Mapping[str, str] = {}
    passes: int = _SECOND


PAID = ExampleCall("v3.CreatePaymentsAlipayMiniPay", {"amount": "10.00"})
_AUTHORISED = ExampleCall(
    "v3.CreateCardPayments", {"sub_pay_method": "Card", "operation": "2", "cardinfo": _CARD, "request_id": "authorised"}
)
_REFUNDED = ExampleCall("v3.CreateRefund")
_SPLIT = ExampleCall("v3.SplitPayment createSplitPayment", {"receivers": _RECEIVER, "reference_id": "98765"})
NEEDED: Mapping[str, tuple[ExampleCall, ...]] = {
    "v3.Capture": (_AUTHORISED,),
    "v3.QueryOrder": (PAID,),
    "v3.ListOrder": (PAID,),
    "v3.ListOrderByTime": (PAID,),
    "v3.CancelPayment": (PAID,),
    "v3.BatchQuery": (PAID,),
    "v3.TimePayOrder": (PAID,),
    "v3.TimeRefundOrder": (PAID, _REFUNDED),
    "v3.CreateRefund": (PAID,),
    "v3.QueryRefundOrder": (PAID, _REFUNDED),
    "v3.GetTradebill getTradebill": (PAID._replace(passes=_NEXT_MORNING),),
    "v3.GetTradebill getTradebillInfo": (PAID._replace(passes=_NEXT_MORNING),),
    "v3.SplitPayment createSplitPayment": (PAID,),
    "v3.SplitPayment querySplitPayment": (PAID, _SPLIT),
    "v3.SplitPayment cancelSplitPayment": (PAID, _SPLIT._replace(passes=0)),
    "v3.SplitPayment returnSplitPayment": (PAID, _SPLIT),
}
"""The calls before a method, by its title."""

_LEFT_OUT, _IS = message("required fields are left out"), message("{field} is {value}")
_UPPER_CASE, _AGAIN = message("sign is in upper case"), message("the same request is sent again")
_CASHIER = message("the account is a cashier's")
_LONG = 60


def needed(method: Method) -> tuple[ExampleCall, ...]:
    """The calls before a method: those of its entry, or a paid order for one that names a trade."""
    names_trade = any(field.name == "trade_id" and field.required for field in method.fields)
    return NEEDED.get(method.title, (PAID,) if names_trade else ())


def _wrong(method: Method, field: Field) -> tuple[str, ...]:
    """Values that a field may not have; some methods take them."""
    if field.rule is not None:
        is_length = field.rule("x", {}) is None
        is_bounded = "amount" in field.name and method.reference != "order_id"
        return ("x" * 200,) if is_length else ("x", "999999.00") if is_bounded else ("x",)
    is_chosen = field.name in {"pay_method", "sub_pay_method", "auth_code"}
    return ("x",) if is_chosen or field.name.endswith("_id") else ()


METHODS_BY_TITLE = {method.title: method for method in ALL_METHODS}


class Example(NamedTuple):
    """A request, its answer as it was sent, and the last notification that followed, empty if there was none."""

    request: bytes
    answer: str
    notification: str


class RefusalExample(NamedTuple):
    """A refusal: its cause, a text with values, the code and the message in the answer, and the reason beside it."""

    cause: str
    values: Mapping[str, str]
    code: str
    message: str
    reason: str


class ExampleSandbox:
    """A sandbox in memory, whose clock stands still and which sends nothing, with one account.

    `reached` is the address at which payers would find its pages.
    """

    def __init__(self, user: str, secret_key: str, reached: str, seed: str = "examples") -> None:
        self.clock = FrozenClock()
        self.app = assemble(Settings(user=user, secret_key=secret_key, seed=seed, log="none"), clock=self.clock)
        self.user, self._secret_key, self._reached = user, secret_key, reached
        self._known: dict[str, str] = {}

    @property
    def _account(self) -> Account:
        account = self.app.store.account(self.user)
        if account is None:
            raise LookupError(self.user)
        return account

    def _data(self, method: Method, changes: Mapping[str, str]) -> dict[str, str]:
        known = {name: text for name, text in self._known.items() if name != method.reference}
        return data_of(method, {**times(self.clock.now()), **known}, changes)

    @classmethod
    def of_the_docs(cls) -> ExampleSandbox:
        """One as the documentation has it: with the default account, at the default address."""
        return cls(Settings().user, DEFAULT_SECRET_KEY, "http://127.0.0.1:8765")

    def _signed(self, method: Method, data: Mapping[str, Any]) -> bytes:
        unsigned = {"user": self.user, "method": method.name, "time": self.clock.now() // _SECOND, "data": dict(data)}
        return signed_request(unsigned, self._secret_key)

    def _answer(self, body: bytes, scenario: str = "") -> Answer:
        return self.app.gateway.answer(Request("POST", body, scenario, self._reached))

    def call(self, step: ExampleCall, scenario: str = "") -> Example:
        """Make a call and let its time pass."""
        method = METHODS_BY_TITLE[step.title]
        data, before = self._data(method, step.data), len(self.notifications())
        request = self._signed(method, data)
        text = _text(self._answer(request, scenario))
        self._learn(data, text)
        self._pass(step.passes, pays=not scenario)
        sent = self.notifications()[before:]
        return Example(request, text, sent[-1].body.decode() if sent else "")

    def play(self, title: str) -> Example:
        """The example of a method, after the calls that it needs."""
        for step in needed(METHODS_BY_TITLE[title]):
            self.call(step)
        return self.call(ExampleCall(title))

    def refusals(self, title: str) -> list[RefusalExample]:
        """How the gateway refuses a method: for fields that are absent or wrong, a wrong sign, and a repetition."""
        method = METHODS_BY_TITLE[title]
        for step in needed(method):
            self.call(step)
        data = self._data(method, {})
        command = {"command": method.command} if method.command else {"unknown": "1"}
        tried = [self._refusal(_LEFT_OUT, {}, self._signed(method, command))]
        tried += [
            self._refusal(_IS, {"field": field.name, "value": wrong if len(wrong) < _LONG else f"{wrong[:3]}…"},
                          self._signed(method, {**data, field.name: wrong}))
            for field in method.fields for wrong in _wrong(method, field)
        ]  # fmt: skip
        signed = self._signed(method, data)
        sign = json.loads(signed)["sign"]
        tried.append(self._refusal(_UPPER_CASE, {}, signed.replace(sign.encode(), sign.upper().encode())))
        self._answer(signed)
        tried.append(self._refusal(_AGAIN, {}, signed))
        if method.super_admin_only:
            self.app.store.change_account(self.user, lambda account: replace(account, role="cashier"))
            tried.append(self._refusal(_CASHIER, {}, signed))
        refused = [one for one in tried if one is not None]
        return list({(one.code, one.reason): one for one in refused}.values())

    def command(self, example: Example) -> str:
        """The shell command that sends the request of an example."""
        return curl_line(self._reached, example.request)

    def _refusal(self, cause: str, values: Mapping[str, str], body: bytes) -> RefusalExample | None:
        answer = self._answer(body)
        envelope = json.loads(answer.body) if answer.export is None else {"code": SUCCESS}
        if str(envelope["code"]) == SUCCESS:
            return None
        return RefusalExample(cause, values, envelope["code"], envelope["message"], answer.exchange.reason)

    def notifications(self) -> list[Notification]:
        """All notifications of the account, the oldest first."""
        with self.app.store.read(self.user) as view:
            return [view.notification(number) for number in range(1, view.last_number("notifications") + 1)]  # type: ignore[misc]

    def _learn(self, data: Mapping[str, str], text: str) -> None:
        """Remember the ids of an answer for the calls that follow."""
        answered = json.loads(text)["data"] if text.startswith("{") else {}
        known = {**data, **answered} if isinstance(answered, dict) else {}
        for name in ("trade_id", "refund_id", "split_id", "reference_id"):
            is_of_a_return = name == "reference_id" and "trade_id" not in data
            if isinstance(known.get(name), str) and not is_of_a_return:
                self._known[name] = known[name]
        receivers = known.get("receivers")
        if isinstance(receivers, list) and receivers:
            self._known["receivers"] = returned_share(receivers[0]["merchant_mid"], receivers[0]["split_detail_id"])

    def _pass(self, milliseconds: int, *, pays: bool) -> None:
        """Let time pass; a payer whose order waits on a page pays there."""
        self.clock.advance(milliseconds)
        self.app.catch_up(self._account)
        with self.app.store.unit(self.user) as unit:
            payment = unit.get(Payment, self._known.get("trade_id", ""))
            if pays and milliseconds and payment is not None and payment.state == "processing":
                choose(unit, self._account, payment, success_of(payment), self.clock.now())


def returned_share(mid: str, split_detail_id: str) -> str:
    """The `receivers` of a request that returns a part of one share."""
    share = {"mid": mid, "split_detail_id": split_detail_id, "detail_reference_id": "123456-2", "split_amount": "0.20"}
    return json.dumps([{**share, "description": "test"}], separators=(",", ":"))


def data_of(method: Method, known: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Data for a method: the example's fields, with the known values in their places, and the changes."""
    data = example_data(method)
    return {**data, **{name: text for name, text in known.items() if name in data}, **changes}


def times(now: int) -> dict[str, str]:
    """The times of a request: a week until now, and the newest day that has reports."""
    day = day_of(now - _NEXT_MORNING)
    return {"start_time": str((now - 7 * _DAY) // _SECOND), "end_time": str(now // _SECOND),
            "bill_date": f"{day:%d-%m-%Y}"}  # fmt: skip


def _text(answer: Answer) -> str:
    return (b"".join(answer.export.pieces) if answer.export else answer.body).decode()
