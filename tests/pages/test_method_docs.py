"""What the documentation says of answers and notifications, compared with real ones of every method."""

from __future__ import annotations

import csv
import io
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.domain.kinds import KINDS
from mockserver.evidence import FORMS
from mockserver.gateway.methods import ALL_METHODS
from mockserver.pages.docs.method_examples import PAID, ExampleCall, ExampleSandbox, needed
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.evidence import DataField

METHODS = {method.title: method for method in ALL_METHODS}


def card(number: str = "4111111111111111", **more: str) -> str:
    typed = {"card_holder": "A", "card_number": number, "expiration_month": "12", "expiration_year": "2099"}
    return json.dumps({**typed, "cvc": "123", "emial": "a@b.nl", **more})


CARDS = "v3.CreateCardPayments"
SPLIT = "v3.SplitPayment createSplitPayment"
RECEIVERS = '[{"mid":7,"detail_reference_id":"r","split_amount":"1.00","role":"2","description":"d"}]'
VARIANTS: list[tuple[str, dict[str, str], str]] = [
    *((method.title, {"sub_pay_method": wallet.name, "amount": "12.00", "demo": "D"}, "")
      for method in ALL_METHODS if method.title not in {CARDS, "v3.BarcodePayment"} for wallet in method.wallets),
    ("v3.CreateWechatNativePay", {"url_type": "02"}, ""),
    ("v3.BarcodePayment", {"auth_code": "2893612204263667830", "sub_pay_method": "Alipay", "tip_amount": "0.50"}, ""),
    *((PAID.title, {"demo": "0"}, scenario) for scenario in ("declined", "failed", "expired", "cancelled", "review")),
    *((CARDS, {"sub_pay_method": "Card", "cardinfo": card(number), "operation": operation, "3ds_initiate": initiate},
       "") for number, operation, initiate in (
           ("4111111111111111", "1", "01"), ("4111111111111111", "2", "02"), ("4111111111111111", "11", "01"),
           ("4000000000003220", "1", "01"), ("4000000000003220", "1", "02"), ("4000000000000002", "12", "01"))),
    (CARDS, {"sub_pay_method": "Card", "cardinfo": card(), "operation": "10", "description": ""}, ""),
    (CARDS, {"operation": "12"}, ""),
    (CARDS, {"sub_pay_method": "Card", "payment_token_object": "tok_visa"}, ""),
    (CARDS, {"sub_pay_method": "Apple Pay", "payment_token_object": "{}"}, ""),
    (CARDS, {"sub_pay_method": "Google Pay", "payment_token_object": "{}"}, ""),
    *(("v3.CreateRefund", {"m_refund_id": "M"}, scenario)
      for scenario in ("", "refund-failed", "refund-pending", "refund-declined")),
    ("v3.CreateRefund", {"notify_url": ""}, ""),
    *(("v3.MerchantBalance payout", {}, scenario) for scenario in ("payout-failed", "payout-declined")),
    *((SPLIT, {"receivers": RECEIVERS, "reference": "R"}, scenario) for scenario in ("", "split-failed")),
    (SPLIT, {"receivers": "", "split_completed": "1"}, ""),
    ("v3.SplitPayment cancelSplitPayment", {}, ""),
]  # fmt: skip
BEFORE: dict[str, tuple[ExampleCall, ...]] = {
    "v3.QueryOrder": (ExampleCall(CARDS, {"operation": "12"}),),
    "v3.ListOrder": (ExampleCall("v3.BarcodePayment"), ExampleCall(CARDS, {"operation": "12"})),
    "v3.ListOrderByTime": (ExampleCall("v3.CreatePaymentsWechatMiniPay"), ExampleCall(CARDS, {"operation": "12"})),
    "v3.CreateRefund": (ExampleCall(PAID.title, {"amount": "10.00", "demo": "0"}),),
    "v3.SplitPayment querySplitPayment": (
        PAID, ExampleCall(SPLIT, {"receivers": RECEIVERS, "reference_id": "98765"}),
        ExampleCall("v3.SplitPayment returnSplitPayment", passes=0),
    ),
    "v3.SplitPayment cancelSplitPayment": (
        PAID, ExampleCall(SPLIT, {"receivers": RECEIVERS, "reference_id": "98765", "reference": "R"}, passes=0),
    ),
    "v3.GetTradebill getTradebillInfo": (PAID, ExampleCall("v3.CreateRefund", passes=172_800_000)),
}  # fmt: skip
"""Calls before a method that make its answer longer than those of the example do."""


def flat(data: dict[str, Any], inside: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of data by their names in the documentation."""
    for name, value in data.items():
        yield f"{inside}{name}", value
        members = value if isinstance(value, list) else [value]
        for member in members:
            if isinstance(member, dict):
                yield from flat(member, f"{inside}{name}{'[]' if isinstance(value, list) else ''}.")


def records(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects in which a field that is always sent must be: the data, and the members of its objects and arrays."""
    yield dict(data)
    for name, value in data.items():
        for member in value if isinstance(value, list) else [value]:
            if isinstance(member, dict):
                inside = f"{name}{'[]' if isinstance(value, list) else ''}."
                yield {f"{inside}{one}": text for one, text in member.items()}


@cache
def played() -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
    """The data of all answers by method, and of all notifications by kind."""
    answers: dict[str, list[dict[str, Any]]] = {title: [] for title in METHODS}
    notified: dict[str, list[dict[str, Any]]] = {name: [] for name in KINDS}
    nothing: dict[str, str] = {}
    plain = [(title, nothing, "") for title in METHODS]
    richer = [(title, nothing, "") for title in BEFORE]
    for place, (title, changes, scenario) in enumerate([*plain, *VARIANTS, *richer]):
        sandbox = ExampleSandbox(USER, SECRET_KEY, "http://127.0.0.1:8765")
        before = BEFORE[title] if place >= len(plain) and title in BEFORE else needed(METHODS[title])
        for step in before:
            sandbox.call(step)
        text = sandbox.call(ExampleCall(title, changes), scenario).answer
        if METHODS[title].exports:
            answers[title] += list(csv.DictReader(io.StringIO(text)))
        else:
            assert json.loads(text)["status"] is True, (title, changes, text)
            answers[title].append(json.loads(text)["data"])
        for one in sandbox.notifications():
            notified["split" if one.type.startswith("split") else one.type].append(json.loads(one.body)["data"])
    return answers, notified


def check(fields: tuple[DataField, ...], datas: list[dict[str, Any]], what: str) -> None:
    declared = {field.name: field for field in fields}
    assert len(declared) == len(fields), f"{what} declares a field twice"
    assert datas, what
    real = [pair for data in datas for pair in flat(data)]
    assert {name for name, _ in real} - set(declared) == set(), f"{what} has fields that are not declared"
    assert set(declared) - {name for name, _ in real} == set(), f"{what} declares fields that no real one has"
    for name, value in real:
        assert fits(value, declared[name].form), (what, name, declared[name].form, value)
    for data in datas:
        for record in records(data):
            inside = next(iter(record)).rpartition(".")[0]
            always = {name for name, field in declared.items() if name.rpartition(".")[0] == inside and not field.when}
            assert always - set(record) == set(), f"{what} does not always have them"


def fits(value: Any, form: str) -> bool:
    kinds: dict[str, Any] = {"object": dict, "array": list, "number": int, "text or null": (str, type(None))}
    if form in kinds:
        return isinstance(value, kinds[form])
    return isinstance(value, str) and (not value or re.fullmatch(FORMS[form], value, re.DOTALL) is not None)


@pytest.mark.parametrize("title", METHODS)
def test_each_field_of_an_answer_is_declared_and_each_declared_one_is_sent(title: str) -> None:
    check(METHODS[title].answer, played()[0][title], title)


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_of_a_notification_is_declared_and_each_declared_one_is_sent(kind: str) -> None:
    datas = played()[1][kind]
    check(KINDS[kind].notified, datas, kind)
    assert all(value not in ("", None) for data in datas for value in data.values()), "none is empty"
