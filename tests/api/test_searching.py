"""Searches over HTTP: orders, requests and notifications by what they contain, and values that are no search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.client import RefusedError

if TYPE_CHECKING:
    from mockserver.testing import Merchant
    from tests.api.calling import Api, Tenant


def listed(api: Api, tenant: Tenant, query: str) -> list[str]:
    return [one["order_id"] for one in api.ok("GET", f"{tenant.path}/payments?{query}")["items"]]


def test_orders_are_found_newest_first_and_page_by_page(api: Api, tenant: Tenant) -> None:
    for order_id in ("TEA-1", "CAKE", "TEA-2", "TEA-3"):
        tenant.create(order_id)
        tenant.advance("1d")
    assert listed(api, tenant, "q=tea-") == ["TEA-3", "TEA-2", "TEA-1"]
    assert listed(api, tenant, "wallet=alipay&q=24.9")[1:] == ["TEA-2", "CAKE", "TEA-1"]
    assert listed(api, tenant, "method=minipay&state=paid") == ["TEA-3", "TEA-2", "CAKE", "TEA-1"]
    first = api.ok("GET", f"{tenant.path}/payments?q=tea-&limit=2")
    assert (first["total"], [one["order_id"] for one in first["items"]]) == (2, ["TEA-3", "TEA-2"])
    rest = api.ok("GET", f"{tenant.path}/payments?q=tea-&limit=2&before={first['next']}")
    assert (rest.get("next"), [one["order_id"] for one in rest["items"]]) == (None, ["TEA-1"])


def test_lists_are_limited_to_a_time(api: Api, tenant: Tenant) -> None:
    for order_id in ("TEA-1", "TEA-2", "TEA-1"):
        tenant.create(order_id)  # on 2024-11-27, 28 and 29, at 03:00 UTC
        tenant.advance("1d")
    assert listed(api, tenant, "since=2024-11-28") == ["TEA-2", "TEA-1"]
    assert listed(api, tenant, "until=2024-11-28") == ["TEA-1", "TEA-2"]
    assert listed(api, tenant, "until=2024-11-28T03:00:00%2B01:00") == ["TEA-1"]
    assert listed(api, tenant, "order_id=TEA-1&since=2024-11-28") == ["TEA-1"]
    assert listed(api, tenant, "q=tea-&since=2024-11-28&until=2024-11-28") == ["TEA-2"]


def test_an_order_that_was_refused_is_found_with_its_refusal(api: Api, tenant: Tenant) -> None:
    with pytest.raises(RefusedError):
        tenant.client.create_alipay_mini_payment(
            order_id="NEVER-1", amount="0", currency="EUR", description="Tea", notify_url="https://shop.example"
        )
    for number in range(150):
        tenant.create(f"GOOD-{number}")

    def requests(query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = api.ok("GET", f"{tenant.path}/exchanges?{query}")["items"]
        return found

    [refused] = requests("code=refused")
    assert refused["explanation"]["fields"][0]["field"] == "amount"
    assert requests("q=never-1") == requests(f"code={refused['code']}") == [refused]
    assert len(requests("q=good&method=minipay&wallet=alipay")) == 100
    first = api.ok("GET", f"{tenant.path}/exchanges?q=good&limit=140")
    assert len(requests(f"q=good&before={first['next']}")) == 10
    assert listed(api, tenant, "q=never") == []


def test_notifications_are_found(api: Api, tenant: Tenant, merchant: Merchant) -> None:
    for order_id in ("TEA-1", "CAKE"):
        tenant.create(order_id, merchant.url)
    tenant.advance("1h")

    def timelines(query: str) -> list[str]:
        found = api.ok("GET", f"{tenant.path}/notifications?{query}")
        return [one["number"] for one in found]

    [tea, cake] = timelines("")
    assert timelines("q=cake") == [cake]
    assert timelines("q=24.99") == timelines("since=2024-11-27") == [tea, cake]
    assert timelines(f"before={cake}") == [tea]
    assert timelines("q=cake&state=dropped") == timelines("q=nothing") == timelines("state=held") == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("payments?since=yesterday", "Expected an ISO 8601 instant such as 2024-11-27T03:00:00Z, not 'yesterday'."),
        ("payments?q=a&until=2024-13-01", "Expected an ISO 8601 instant"),
        ("payments?before=x", "Expected the next of an earlier answer as before, not 'x'."),
        ("payments?q=a&page=2", "A search has no order_id, trade_id or page."),
        ("payments?q=a&order_id=1", "A search has no order_id, trade_id or page."),
        ("payouts?wallet=iDEAL", "A payout has no wallet. Remove wallet from the query."),
        ("refunds?method=a", "A refund has no method. Remove method from the query."),
        ("notifications?q=a&timeline=b", "A search has no timeline. Search for the trade_id as q."),
        ("notifications?state=lost", "state"),
        ("exchanges?code=abc", "code"),
        ("exchanges?q=" + "a" * 201, "q"),
    ],
)
def test_a_wrong_value_is_answered(api: Api, tenant: Tenant, path: str, expected: str) -> None:
    status, detail = api.refused("GET", f"{tenant.path}/{path}")
    assert status == 422
    assert expected in detail


def test_refunds_and_payouts_are_found_too(api: Api, tenant: Tenant) -> None:
    trade_id = tenant.create()
    tenant.advance("1s")
    refund = tenant.client.create_refund(trade_id, amount="1.23", currency="EUR", description="Broken cup").refund_id
    for query in ("q=CUP", f"q={refund[5:]}", "q=1.23", f"q={trade_id}"):
        assert [one["refund_id"] for one in api.ok("GET", f"{tenant.path}/refunds?{query}")["items"]] == [refund]
    assert api.ok("GET", f"{tenant.path}/refunds?q=saucer")["items"] == []


def test_no_search_of_requests_can_guess_a_secret(api: Api, tenant: Tenant) -> None:
    secret = tenant.account["secret_key"]
    tenant.create(f"key {secret}")
    for text, count in ((secret, 0), (secret[:6], 0), (secret[-6:], 0), ("key ", 1)):  # the first one masks it
        assert len(api.ok("GET", f"{tenant.path}/exchanges?q={text}")["items"]) == count
