"""Notifications, the journal of requests and the scenarios, over HTTP."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.testing import Merchant, Sandbox
from tests.api.calling import Api, Tenant
from tests.helpers import SECRET_KEY, USER, create

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mockserver.settings import Settings


class TestNotifications:
    @pytest.fixture
    def stubborn(self) -> Iterator[Merchant]:
        with Merchant(SECRET_KEY, lambda _: (500, b"no")) as merchant:
            yield merchant

    def test_those_that_failed_are_sent_again(self, api: Api, tenant: Tenant, stubborn: Merchant) -> None:
        tenant.create(notify_url=stubborn.url)
        tenant.advance("24h")
        [given_up] = api.ok("GET", f"{tenant.path}/notifications?state=given%20up")
        assert len(given_up["attempts"]) == 10
        assert len(api.ok("POST", f"{tenant.path}/notifications/resend-failed")) == 1
        tenant.advance("0s")
        assert len(stubborn.received) == 11
        assert api.ok("POST", f"{tenant.path}/notifications/{given_up['number']}/resend")["state"] == "pending"
        tenant.advance("0s")
        shown = api.ok("GET", f"{tenant.path}/notifications/{given_up['number']}")
        assert (len(shown["attempts"]), shown["state"]) == (12, "given up")
        assert api.refused("GET", f"{tenant.path}/notifications/99")[0] == 404
        assert api.refused("GET", f"{tenant.path}/notifications/x")[0] == 404

    @pytest.mark.parametrize(
        "defect", [None, "wrong signature", "signature of another account", "missing signature", "true as signature",
                   "not JSON"],
    )  # fmt: skip
    def test_one_is_sent_with_chosen_fields_or_a_defect(self, api: Api, defect: str | None) -> None:
        tenant = Tenant(api)
        with Merchant(tenant.account["secret_key"]) as merchant:
            trade_id = tenant.create(notify_url=merchant.url)
            wanted = {"fields": {"state": "paid", "amount": "0.01"}, "defect": defect}
            api.ok("POST", f"{tenant.path}/payments/{trade_id}/notifications", wanted)
            tenant.advance("0s")
            received = merchant.received[0].notification
        if defect is None:
            assert received is not None
            assert (received.state, received.data["amount"], received.trade_id) == ("paid", "0.01", trade_id)
        else:
            assert received is None

    @pytest.mark.parametrize(
        ("wanted", "defect", "differs"),
        [
            ({"fields": {"state": "paid"}, "tampered": {"amount": "9.99"}}, "tampered amount", {"amount": "9.99"}),
            ({"tampered": {"state": "paid"}, "defect": "unsigned fields beside the data"},
             "unsigned fields beside the data", {}),
            ({"reordered": True}, "", {}),
            ({"fields": {"amount": "0.02"}}, "wrong amount", {"amount": "0.02"}),
            ({"fields": {"state": "paid"}}, "wrong state", {"state": "paid"}),
            ({"fields": {"state": "expired"}}, "", {"state": "expired"}),
        ],
    )  # fmt: skip
    def test_it_says_what_the_merchant_should_notice(
        self, api: Api, wanted: dict[str, Any], defect: str, differs: dict[str, str]
    ) -> None:
        tenant = Tenant(api)
        with Merchant(tenant.account["secret_key"]) as merchant:
            trade_id = tenant.create(notify_url=merchant.url)
            payments = f"{tenant.path}/payments/{trade_id}/notifications"
            plain = api.ok("POST", payments, {})
            made = api.ok("POST", payments, {**wanted, "once": True})
            tenant.advance("24h")
            bodies = [json.loads(one.body) for one in merchant.received[:2]]
        assert (plain["defect"], made["defect"]) == ("", defect)
        was, now = (one["data"] for one in bodies)
        assert {name: text for name, text in now.items() if was.get(name) != text and name in differs} == differs
        assert bodies[1].get("state") == ("paid" if "beside" in defect else None)
        assert [*bodies[1]] == (["data", "sign"] if wanted.get("reordered") else [*bodies[1]])

    def test_one_that_is_sent_once_is_not_repeated(self, api: Api) -> None:
        tenant = Tenant(api)
        with Merchant(tenant.account["secret_key"], lambda _: (500, b"")) as merchant:
            trade_id = tenant.create(notify_url=merchant.url)
            wanted = {"defect": "wrong signature", "once": True, "copies": 3, "concurrent": True}
            first = api.ok("POST", f"{tenant.path}/payments/{trade_id}/notifications", wanted)
            tenant.advance("1m")
            copies = [api.ok("GET", f"{tenant.path}/notifications/{first['number'] + copy}") for copy in range(3)]
        assert [(one["state"], len(one["attempts"])) for one in copies] == [("given up", 1)] * 3

    def test_a_raw_body_is_sent_as_it_is(self, api: Api) -> None:
        tenant = Tenant(api)
        with Merchant(tenant.account["secret_key"]) as merchant:
            trade_id = tenant.create(notify_url=merchant.url)
            api.ok("POST", f"{tenant.path}/payments/{trade_id}/notifications", {"body": ""})
            tenant.advance("0s")
            assert merchant.received[0].body == b""

    def test_an_edited_copy_is_sent_and_says_what_the_merchant_should_notice(self, api: Api) -> None:
        tenant = Tenant(api)
        with Merchant(tenant.account["secret_key"]) as merchant:
            tenant.create(notify_url=merchant.url)
            tenant.advance("1h")
            [first] = api.ok("GET", f"{tenant.path}/notifications")
            edit = f"{tenant.path}/notifications/{first['number']}/edit"
            body = first["body"].replace('"currency":"EUR"', '"currency":"USD"')
            made = api.ok("POST", edit, {"body": body})
            kept = api.ok("POST", edit, {"body": body, "sign": "kept"})
            same = api.ok("POST", edit, {"body": first["body"]})
            tenant.advance("0s")
            assert [one.notification is not None for one in merchant.received] == [True, True, False, True]
        assert [one["defect"] for one in (made, kept, same)] == ["wrong currency", "wrong signature", ""]
        assert "line 1, column 2" in api.refused("POST", edit, {"body": "{"})[1]

    def test_an_accepted_forgery_is_told_from_an_accepted_notification(self, api: Api) -> None:
        tenant = Tenant(api)
        with Merchant(tenant.account["secret_key"], lambda _: (200, b"ok")) as merchant:
            trade_id = tenant.create(notify_url=merchant.url)
            for wanted in ({}, {"defect": "wrong signature"}):
                api.ok("POST", f"{tenant.path}/payments/{trade_id}/notifications", wanted)
            tenant.advance("0s")
        events = api.ok("GET", f"{tenant.path}/timelines/{trade_id}")["timeline"]
        texts = [one["text"].partition(" (")[0] for one in events if one["kind"] == "attempt"]
        assert texts == ["accepted", "accepted in spite of its wrong signature"]

    def test_a_change_of_state_can_be_silent(self, api: Api) -> None:
        tenant = Tenant(api)
        with Merchant(tenant.account["secret_key"]) as merchant:
            trade_id = tenant.create(notify_url=merchant.url)
            api.ok("POST", f"{tenant.path}/payments/{trade_id}/state", {"state": "paid", "notify": False})
            tenant.advance("24h")
            assert merchant.received == []
            assert api.ok("GET", f"{tenant.path}/notifications") == []


class TestJournal:
    def test_what_was_dropped_is_counted(self, settings: Settings) -> None:
        with Sandbox(replace(settings, journal_size=2)) as sandbox:
            for _ in range(5):
                create(sandbox.app)
            journal = Api(sandbox).ok("GET", f"/accounts/{USER}/exchanges")
        assert (journal["taken"], journal["dropped"]) == (5, 3)
        assert [one["number"] for one in journal["items"]] == [5, 4]

    @pytest.mark.parametrize("database", [False, True])
    def test_a_load_test_keeps_only_counters(self, settings: Settings, tmp_path: Path, *, database: bool) -> None:
        url = f"sqlite:///{tmp_path / 'sandbox.db'}" if database else ""
        with Sandbox(replace(settings, journal_size=0, database=url)) as sandbox:
            create(sandbox.app)
            create(sandbox.app, amount="0")
            api = Api(sandbox)
            assert api.ok("GET", f"/accounts/{USER}/exchanges") == {"taken": 2, "dropped": 2, "items": []}
            figures = requests.get(f"{sandbox.url}/_sandbox/api/metrics", timeout=30)
        assert figures.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        for line in (
            'yabandpay_requests_total{method="v3.CreatePaymentsAlipayMiniPay",code="200"} 1',
            'yabandpay_requests_total{method="v3.CreatePaymentsAlipayMiniPay",code="-1000"} 1',
            "yabandpay_accounts 1",
        ):
            assert line in figures.text.splitlines()


class TestScenarios:
    def test_one_is_queued_for_the_next_calls_that_match(self, api: Api, tenant: Tenant) -> None:
        queued = {"scenario": "internal-error", "times": 2, "method": "v3.Create*", "reference": "B-*"}
        assert api.ok("POST", f"{tenant.path}/scenarios", queued) == [queued]
        tenant.create("A-1")
        for _ in range(2):
            with pytest.raises(Exception, match="-1000"):
                tenant.create("B-1")
        assert api.ok("GET", f"{tenant.path}/scenarios") == []
        tenant.create("B-1")

    def test_the_queue_beats_the_request_and_the_header_beats_the_queue(self, api: Api, tenant: Tenant) -> None:
        api.ok("POST", f"{tenant.path}/scenarios", {"scenario": "declined"})
        trade_id = tenant.create("EXPIRED-1")
        tenant.advance("3s")
        assert tenant.client.query_order(trade_id).state == "declined"

    @pytest.mark.parametrize("body", [{"scenario": "x"}, {"scenario": "declined", "times": 0}, {}])
    def test_what_cannot_be_queued_is_reported(self, api: Api, tenant: Tenant, body: Any) -> None:
        assert api.refused("POST", f"{tenant.path}/scenarios", body)[0] == 422

    @pytest.mark.parametrize(
        ("method", "meant"),
        [("v3.CreatePayment", "; did you mean 'v3.CreatePayments'?"), ("V3.QueryOrder", "; did you mean 'v3.QueryOrder'"),
         ("v4.*", "; expected one such as v3.CreatePayments*"), ("", "; expected one such as")],
    )  # fmt: skip
    def test_a_method_that_there_is_not_is_reported(self, api: Api, tenant: Tenant, method: str, meant: str) -> None:
        status, problem = api.refused("POST", f"{tenant.path}/scenarios", {"scenario": "declined", "method": method})
        assert (status, f"No method of the gateway matches {method!r}{meant}" in str(problem)) == (422, True), problem
        assert api.ok("GET", f"{tenant.path}/scenarios") == []

    def test_all_are_listed_and_the_queue_is_emptied(self, api: Api, tenant: Tenant) -> None:
        assert "refund-approval" in [one["name"] for one in api.ok("GET", "/scenarios")]
        api.ok("POST", f"{tenant.path}/scenarios", {"scenario": "declined"})
        api.ok("DELETE", f"{tenant.path}/scenarios")
        assert api.ok("GET", f"{tenant.path}/scenarios") == []
