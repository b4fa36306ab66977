"""Bundles: an account leaves and comes back whole, and two runs of one seed make the same bytes."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.clock import FrozenClock
from mockserver.testing import Merchant, Sandbox
from tests.api.calling import FROZEN, Api, Tenant
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.settings import Settings


def bundle(api: Api, user: str) -> bytes:
    return requests.get(f"{api.sandbox.url}/_sandbox/api/accounts/{user}/bundle", timeout=60).content


def long_session(tenant: Tenant, notify_url: str) -> list[Any]:
    """Payments of every kind of story, refunds, a payout, a split, refusals, and days of clock; gives all answers."""
    client, answers = tenant.client, list[Any]()
    for order_id in ("1", "DECLINED-1", "REVIEW-1", "EXPIRED-1", "REFUNDFAIL-1", "PENDING-1"):
        answers.append(client.create_alipay_mini_payment(
            order_id=order_id, amount="24.99", currency="CNY", description="分账 🍵", notify_url=notify_url, demo='{"a":1}'
        ))  # fmt: skip
        answers.append(tenant.advance("3s")["ended"])
    paid = answers[0].trade_id
    answers.append(client.create_refund(paid, amount="1.99", currency="CNY", description="x", m_refund_id="R"))
    answers.append(client.pay_out("5.00", currency="EUR", reference="1", notify_url=notify_url))
    answers.append(tenant.advance("2h")["tasks"])
    answers.append(tenant.api("POST", f"{tenant.path}/verify", {"requests": []})[0])
    with pytest.raises(Exception, match="There is no order"):
        client.query_order("unknown")
    answers.append(client.query_order(paid))
    tenant.advance("48h")
    return answers


@pytest.fixture(params=["memory", "sqlite"])
def stored(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Settings:
    database = f"sqlite:///{tmp_path / 'sandbox.db'}" if request.param == "sqlite" else ""
    return replace(settings, database=database)


def test_the_same_seed_requests_and_clock_make_the_same_bytes(settings: Settings, tmp_path: Path) -> None:
    runs, reported = list[Any](), list[Any]()
    with Merchant(SECRET_KEY) as merchant:
        for database in ("", "", f"sqlite:///{tmp_path / 'sandbox.db'}"):
            merchant.received.clear()
            with Sandbox(replace(settings, database=database)) as sandbox:
                api = Api(sandbox)
                tenant = Tenant(api, user="shop", secret_key=SECRET_KEY)
                tenant.client._clock = FrozenClock()
                answers = long_session(tenant, merchant.url)
                runs.append((answers, without_nonces(bundle(api, "shop"))))
            reported.append(sorted(one.body for one in merchant.received))  # trades are notified in parallel
    assert runs[0] == runs[1] == runs[2]
    assert reported[0] == reported[1] == reported[2]
    assert len(reported[0]) > 8


def without_nonces(content: bytes) -> bytes:
    """A bundle without the requests in which the client itself draws a random nonce."""
    packed = json.loads(content)
    packed["exchanges"] = [one for one in packed["exchanges"] if one["method"] != "v3.MerchantBalance"]
    return json.dumps(packed).encode()


def test_an_account_comes_back_whole_and_goes_on(stored: Settings, merchant: Merchant) -> None:
    with Sandbox(stored) as sandbox:
        api = Api(sandbox)
        tenant = Tenant(api, user="shop", secret_key=SECRET_KEY)
        long_session(tenant, merchant.url)
        waiting = tenant.create("later", merchant.url)
        packed = bundle(api, "shop")
        assert SECRET_KEY.encode() not in packed
        before = len(merchant.received)
        wanted = {"bundle": json.loads(packed), "user": "copy", "secret_key": SECRET_KEY}
        made = api.ok("POST", "/bundles", wanted)
        assert (made["user"], made["clock"]["kind"]) == ("copy", "frozen")
        again = json.loads(bundle(api, "copy"))
        assert {**again, "account": ""} == {**json.loads(packed), "account": ""}
        copy = Tenant.__new__(Tenant)
        copy.api, copy.path = api, "/accounts/copy"
        copy.advance("1h")
        assert api.ok("GET", f"/accounts/copy/payments/{waiting}")["payment"]["state"] == "paid"
        assert api.ok("GET", f"/accounts/shop/payments/{waiting}")["payment"]["state"] == "processing"
        assert len(merchant.received) == before + 1


@pytest.mark.parametrize(
    ("change", "status", "detail"),
    [
        ({"format": 2}, 422, "Expected a bundle of format 1, not 2."),
        ({"account": {}}, 422, "The bundle cannot be read: account: Object missing required field `user`"),
        (
            {"records": {"payments": [{}]}},
            422,
            "records.payments: Object missing required field `trade_id` - at `$[0]`.",
        ),
        ({"records": {"cakes": [{}]}}, 422, "records: 'cakes' is unknown; expected one of payments, refunds,"),
        ({"events": [{"at": 1}]}, 422, "events: Object missing required field `timeline` - at `$[0]`."),
        ({}, 409, "The account shop already exists. DELETE it, or choose another user."),
    ],
)
def test_a_bundle_that_cannot_be_read_is_reported_and_leaves_nothing(
    settings: Settings, change: dict[str, Any], status: int, detail: str
) -> None:
    with Sandbox(settings) as sandbox:
        api = Api(sandbox)
        Tenant(api, user="shop", clock=FROZEN)
        packed = {**json.loads(bundle(api, "shop")), **change}
        user = "shop" if status == 409 else "copy"
        answered, reported = api.refused("POST", "/bundles", {"bundle": packed, "user": user})
        assert (answered, detail in reported) == (status, True), reported
        assert len(api.ok("GET", "/accounts")) == 2


@pytest.mark.parametrize("shift", range(3))
def test_what_is_long_or_no_text_comes_back_too(settings: Settings, shift: int) -> None:
    spoilt = b"\xff\xfe no text " + SECRET_KEY.encode()
    with Merchant(SECRET_KEY, lambda _received: (500, spoilt)) as merchant, Sandbox(settings) as sandbox:
        api = Api(sandbox)
        tenant = Tenant(api, user="shop", secret_key=SECRET_KEY)
        tenant.client.create_alipay_mini_payment(
            order_id="1", amount="1", currency="EUR", description="x", notify_url=merchant.url,
            demo="x" * shift + "密" * 9000,
        )  # fmt: skip
        tenant.advance("10s")
        packed = json.loads(bundle(api, "shop"))
        (attempt,) = packed["attempts"]
        assert b64decode(attempt["answer"]["base64"]) == b"\xff\xfe no text ***"
        assert len(packed["exchanges"][0]["request"].encode()) > 16 * 1024 - 4
        api.ok("POST", "/bundles", {"bundle": packed, "user": "copy"})
        assert {**json.loads(bundle(api, "copy")), "account": ""} == {**packed, "account": ""}
