"""Whatever is imported: it is refused with a sentence and leaves nothing, or makes an account that works."""

from __future__ import annotations

import dataclasses
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.api.paths import API
from mockserver.api.unpacking import LARGEST_NUMBER, NOT_IN_BUNDLES, shape_of
from mockserver.domain.accounts import Account
from mockserver.domain.notifications.notification import Attempt, Notification
from mockserver.domain.timeline import Event, Exchange, Task
from mockserver.store.records import RECORD_KINDS
from mockserver.testing import Merchant
from tests.api.calling import Tenant
from tests.api.test_bundles import bundle, long_session
from tests.bounds import odd
from tests.bounds.field import BOTH_STORES, MANY
from tests.gateway.test_cards import card
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from tests.bounds.field import Field

NOW = 1_732_676_400_000
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def packed(field: Field) -> Any:
    """The bundle of an account to which a lot has happened."""
    tenant = Tenant(field.api, user="model", secret_key=SECRET_KEY)
    long_session(tenant, field.merchant.url)
    client = tenant.client
    shared = {"pay_method": "online", "currency": "EUR", "description": "x", "notify_url": field.merchant.url}
    trade_id = tenant.create("split")
    for scenario in (
        "notified-wrong-amount",
        "old-notification-replayed",
        "paid-on-signal",
        "notified-before-query-knows",
    ):
        client.call("v3.CreatePaymentsAlipayMiniPay", {
            **shared, "sub_pay_method": "Alipay", "order_id": scenario, "amount": "1", "demo": f"scenario:{scenario}",
        })  # fmt: skip
    client.call("v3.CreateCardPayments", {
        **shared, "sub_pay_method": "Card", "operation": "11", "order_id": "card", "amount": "25.00", "request_id": "1",
        "3ds_initiate": "01", "cardinfo": card(emial="a@b.example"),
    })  # fmt: skip
    tenant.advance("2s")
    client.call("v3.SplitPayment", {
        "command": "createSplitPayment", "nonce_string": "n", "trade_id": trade_id, "split_solution_id": "104",
        "currency": "EUR", "notify_url": field.merchant.url, "split_completed": "0", "reference_id": "r",
        "receivers": json.dumps([{"mid": "1", "detail_reference_id": "1", "split_amount": "1.00", "role": "x",
                                  "description": "x"}]),
    })  # fmt: skip
    tenant.api.ok("POST", f"{tenant.path}/scenarios", {"scenario": "declined", "times": 3, "method": "v3.Split*"})
    tenant.create("late", field.merchant.url)
    packed = json.loads(bundle(field.api, "model"))
    assert all(packed["records"][name] for name in ("payments", "refunds", "payouts", "splits", "scenario_queues"))
    return packed


@BOTH_STORES
@settings(MANY, max_examples=20)
@given(data=st.data())
def test_a_spoilt_bundle_is_refused_or_makes_an_account_that_works(
    field: Field, packed: Any, data: st.DataObject
) -> None:
    take(field, data.draw(odd.spoilt({"bundle": packed, "user": "copy", "secret_key": SECRET_KEY})))


def take(field: Field, document: Any, expected: int = 0) -> None:
    """Import a bundle, use the account that it makes if it makes one, and drop it."""
    before = {one["user"] for one in field.ask("GET", f"{API}/accounts").json()}
    answer = field.ask("POST", f"{API}/bundles", odd.written(document))
    assert expected in {0, answer.status_code}, answer.text
    after = {one["user"] for one in field.ask("GET", f"{API}/accounts").json()}
    if answer.status_code == 201:
        user = answer.json()["user"]
        assert after == {*before, user}
        field.use(user)
        field.stand_still(user)
        assert field.ask("DELETE", f"{API}/accounts/{quote(user, safe='')}").status_code == 204
    else:
        assert after == before
    field.the_other_goes_on()


@pytest.mark.parametrize(
    ("place", "value", "reported"),
    [
        (("account", "clock"), ["scaled", 0, NOW, -1, 0], "account: expected a rate from 0.000001 to 1,000,000, not -1;"),
        (("account", "clock"), ["scaled", 0, NOW, 1e-310, 0], "account: expected a rate from 0.000001 to 1,000,000, not 1e-"),
        (("account", "clock"), ["real", 10**30, 0, 1, 0], "account: Expected `int` <= 221845392000000 - at `$.clock[1]`"),
        (("account", "clock"), ["real", 0, 0, 60, 0], "account: expected rate 1 for a clock of kind real, not 60"),
        (("account", "clock"), ["frozen", 0, 0, 0, 5], "account: expected no step for a clock of kind frozen, not 5ms"),
        (("account", "clock"), ["stepped", 0, 0, 0, 0], "account: expected a step from 1ms to 3650d, not 0ms;"),
        (("account", "clock"), ["sundial", 0, 0, 1, 0], "account: Invalid enum value 'sundial'"),
        (("account", "opening_balance"), "10.00", "account: Expected `int`, got `str` - at `$.opening_balance`"),
        (("account", "user"), "a/b", "account: expected a UID or an e-mail address without spaces and slashes, not 'a/b'"),
        (("account", "seed"), "", "account: Expected `str` of length >= 1 - at `$.seed`"),
        (("account", "scenario"), "declind", "There is no scenario 'declind'; did you mean 'declined'?"),
        (("numbers", "notifications"), 10**18, "numbers.notifications: expected a number from 0 to 1000000000"),
        (("numbers", "notifications"), 1, "numbers.notifications: expected at least"),
        (("numbers", "events"), 1, "numbers: 'events' is unknown; expected one of demo_runs,"),
        (("records", "payments", 0, "number"), 200_000_000, "numbers.payments: expected at least 200000000, the largest number in use"),
        (("records", "payments", 0, "number"), 2, "payments: the number '2' appears twice; expected each once"),
        (("records", "payments", 0, "amount"), "24.99", "records.payments: Expected `int`, got `str` - at `$[0].amount`"),
        (("records", "payments", 0, "created_at"), "noon", "records.payments: Expected `int`, got `str`"),
        (("records", "payments", 0, "created_at"), 2**53, "records.payments: Expected `int` <="),
        (("records", "payments", 0, "currency"), "XXX", "records.payments[0].currency: expected one of CHF, CNY,"),
        (("records", "payments", 0, "state"), "pain", "records.payments: Invalid enum value 'pain'"),
        (("records", "payments", 0, "plan"), [[0, "pain"]], "records.payments[0].plan: 'pain' is not a state; expected one of paid"),
        (("records", "refunds", 0, "trade_id"), "x", "records.refunds[0].trade_id: the bundle has no payment 'x'"),
        (("records", "scenario_queues", 0, "entries", 0, 0), "x", "There is no scenario 'x'"),
        (("notifications", 0, "url"), "http://[", "notifications: number 1: expected a web address, not 'http://['"),
        (("notifications", 0, "body"), {"base64": "?"}, "notifications: "),
        (("attempts", 0, "number"), 7, "attempts: expected the attempts of notification 1 to be numbered 1, 2, 3 …"),
        (("tasks", 0, "about"), "x", "tasks: the bundle has no payment 'x'"),
        (("exchanges", 0, "explanation"), "{", "expected an explanation in the form of GET /accounts/{user}/exchanges/{number}"),
    ],
)  # fmt: skip
def test_what_a_bundle_may_not_hold_is_reported(
    field: Field, packed: Any, place: odd.Place, value: Any, reported: str
) -> None:
    spoilt = odd.changed(packed, place, value)
    answer = field.ask("POST", f"{API}/bundles", odd.written({"bundle": spoilt}))
    assert (answer.status_code, reported in answer.json()["detail"]) == (422, True), answer.text
    assert [one["user"] for one in field.ask("GET", f"{API}/accounts").json()] == ["016683", "model", "other"]


@BOTH_STORES
def test_high_numbers_cost_nothing(field: Field, packed: Any) -> None:
    numbers = dict.fromkeys(packed["numbers"], LARGEST_NUMBER)
    payments = [{**one, "number": LARGEST_NUMBER - place} for place, one in enumerate(packed["records"]["payments"])]
    high = {**packed, "numbers": numbers, "records": {**packed["records"], "payments": payments}}
    take(field, {"bundle": high, "user": "high", "secret_key": SECRET_KEY}, 201)


@BOTH_STORES
def test_bytes_that_are_no_text_leave_and_come_back(field: Field) -> None:
    with Merchant(SECRET_KEY, lambda _: (500, b"caf\xe9 \xff")) as merchant:
        tenant = Tenant(field.api, user="bytes", secret_key=SECRET_KEY)
        tenant.create("1", merchant.url)
        tenant.advance("2s")
    tenant.client.create_alipay_mini_payment(
        order_id="2", amount="1", currency="EUR", description="分" * 8000, notify_url="https://mapi.yabandpay.com/x"
    )  # the journal keeps the first bytes of it, which end inside a letter
    left = field.ask("GET", f"{API}/accounts/bytes/bundle").json()
    assert left["attempts"][0]["answer"] == {"base64": b64encode(b"caf\xe9 \xff").decode()}
    field.ask("POST", f"{API}/bundles", odd.written({"bundle": left, "user": "back", "secret_key": SECRET_KEY}))
    assert {**field.ask("GET", f"{API}/accounts/back/bundle").json(), "account": ""} == {**left, "account": ""}
    for user in ("bytes", "back"):
        assert field.ask("DELETE", f"{API}/accounts/{user}").status_code == 204


def test_shapes_know_every_field_and_its_bounds() -> None:
    kinds: tuple[Any, ...] = (*RECORD_KINDS, Notification, Attempt, Event, Exchange, Task)
    for kind in kinds:
        assert shape_of(kind).__struct_fields__ == kind._fields
    kept = [one.name for one in dataclasses.fields(Account) if one.name not in NOT_IN_BUNDLES]
    assert list(shape_of(Account, left_out=NOT_IN_BUNDLES).__struct_fields__) == kept


@BOTH_STORES
def test_of_many_that_make_one_account_one_does(field: Field, packed: Any) -> None:
    body = odd.written({"bundle": packed, "user": "wanted", "secret_key": SECRET_KEY})
    with ThreadPoolExecutor(8) as together:
        sent = [
            together.submit(requests.post, f"{field.sandbox.url}{API}/bundles", body, headers=JSON) for _ in range(16)
        ]
        answers = sorted(one.result().status_code for one in sent)
    assert answers == [201, *[409] * 15]
    field.use("wanted")
    field.stand_still("wanted")
    assert field.ask("DELETE", f"{API}/accounts/wanted").status_code == 204
    field.the_other_goes_on()
