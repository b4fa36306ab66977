"""What happens in an account is followed from a mark on, over HTTP."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.api.calling import Api, Tenant

if TYPE_CHECKING:
    from mockserver.testing import Merchant


def mark_of(api: Api, path: str) -> str:
    found = api.ok("GET", f"{path}/activity")
    assert (found["missed"], found["items"]) == (0, [])
    return str(found["mark"])


def news(api: Api, path: str, mark: str) -> Any:
    return api.ok("GET", f"{path}/activity?mark={mark}&timeout=60s")


def test_requests_states_and_attempts_come_in_order_with_what_identifies_them(api: Api, merchant: Merchant) -> None:
    tenant = Tenant(api)
    mark = mark_of(api, tenant.path)
    trade_id = tenant.create("A-1", merchant.url)
    tenant.advance("1h")
    found = news(api, tenant.path, mark)
    shown = [(one["kind"], one.get("order_id"), one.get("timeline")) for one in found["items"]]
    kinds = [one[0] for one in shown if one[0] != "clock"]
    assert kinds[:4] == ["request", "state", "state", "notification"]
    assert kinds.count("attempt") >= 1
    assert all(one[1:3] == ("A-1", trade_id) for one in shown if one[0] != "clock")
    request = found["items"][0]
    assert (request["code"], request["method"], request["number"]) == ("200", "v3.CreatePaymentsAlipayMiniPay", 1)
    assert request["page"] == f"/_sandbox{tenant.path}/requests/1"
    attempt = next(one for one in found["items"] if one["kind"] == "attempt")
    assert (attempt["state"], attempt["url"], attempt["number"]) == ("paid", merchant.url, 1)
    assert requests.get(api.sandbox.url + request["page"], timeout=30).status_code == 200


def test_nothing_comes_twice_and_nothing_is_left_out(api: Api, tenant: Tenant) -> None:
    mark, seen = mark_of(api, tenant.path), []
    for number in range(5):
        tenant.create(f"A-{number}")
        found = news(api, tenant.path, mark)
        mark = found["mark"]
        seen += [(one["kind"], one["order_id"]) for one in found["items"]]
    assert seen == [(kind, f"A-{number}") for number in range(5) for kind in ("request", "state")]


def test_a_call_waits_until_something_happens(api: Api, tenant: Tenant) -> None:
    mark, found = mark_of(api, tenant.path), []
    waiting = threading.Thread(target=lambda: found.append(news(api, tenant.path, mark)))
    waiting.start()
    tenant.create("A-1")
    waiting.join()
    assert found[0]["items"][0]["order_id"] == "A-1"
    assert api("GET", f"{tenant.path}/activity?mark={found[0]['mark']}&timeout=10ms")[0] == 408


def test_after_a_mark_of_another_content_everything_is_new(api: Api, tenant: Tenant) -> None:
    tenant.create("A-1")
    before = mark_of(api, tenant.path)
    api.ok("POST", f"{tenant.path}/reset", {})
    tenant.create("A-2")
    for mark in (before, "not-a-mark", "0-9999-9999"):
        assert {one["order_id"] for one in news(api, tenant.path, mark)["items"]} == {"A-2"}


def test_requests_of_unknown_users_are_followed_apart(api: Api, tenant: Tenant) -> None:
    own, unknown = mark_of(api, tenant.path), mark_of(api, "")
    requests.post(f"{api.sandbox.url}/Payments", data=b'{"user":"nobody"}', timeout=30)
    [found] = news(api, "", unknown)["items"]
    assert (found["code"], found["kind"]) == ("-3001", "request")
    assert "unknown-users" in found["page"]
    assert api("GET", f"{tenant.path}/activity?mark={own}&timeout=10ms")[0] == 408


@pytest.mark.parametrize("timeout", ["soon", ""])
def test_a_wrong_timeout_is_refused(api: Api, tenant: Tenant, timeout: str) -> None:
    status, _ = api.refused("GET", f"{tenant.path}/activity?mark=a-1-1&timeout={timeout}")
    assert status == 422


def test_the_plan_of_an_object_is_listed(api: Api, tenant: Tenant) -> None:
    trade_id = tenant.create("REVIEW-1")
    plan = api.ok("GET", f"{tenant.path}/payments/{trade_id}/plan")
    assert [step["state"] for step in plan] == ["verify", "paid"]
    assert plan[0]["at"] < plan[1]["at"]
    tenant.advance("1h")
    assert api.ok("GET", f"{tenant.path}/payments/{trade_id}/plan") == []
    signalled = tenant.create("PAIDONSIGNAL-1")
    [step] = api.ok("GET", f"{tenant.path}/payments/{signalled}/plan")
    assert step == {"state": "paid", "at": None, "queries": 0, "on_signal": True}


def test_scenarios_say_which_objects_they_play(api: Api) -> None:
    plays = {one["name"]: one["plays"] for one in api.ok("GET", "/scenarios")}
    assert plays["declined"] == ["payment"]
    assert plays["refund-failed"] == ["payment", "refund"]
    assert plays["payout-failed"] == ["payout"]
    assert plays["signature-error"] == []
