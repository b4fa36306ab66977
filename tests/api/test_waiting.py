"""Waits for what happens, and checks of what happened, over HTTP."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.client import InternalGatewayError, MissingFieldError
from tests.api.calling import Api, Tenant
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from mockserver.testing import Merchant


class TestWaiting:
    def test_requests_are_waited_for(self, api: Api, tenant: Tenant) -> None:
        wanted = {"type": "requests", "method": "v3.CreatePayments*", "data": {"order_id": "W-*"}, "count": 2}
        met: list[Any] = []
        waiting = threading.Thread(
            target=lambda: met.append(api.ok("POST", f"{tenant.path}/wait", {"what": wanted, "timeout": "60s"}))
        )
        waiting.start()
        for order_id in ("X-1", "W-1", "W-2"):
            tenant.create(order_id)
        waiting.join()
        assert [one["number"] for one in met[0]["matched"]] == [2, 3]

    def test_a_state_and_quiet_are_waited_for(self, api: Api, merchant: Merchant) -> None:
        tenant = Tenant(api, clock={"kind": "scaled", "rate": 100}, secret_key=SECRET_KEY)
        trade_id = tenant.create("S-1", merchant.url)
        for what in (
            {"type": "state", "trade_id": trade_id, "state": "paid"},
            {"type": "state", "order_id": "S-1", "state": "paid"},
            {"type": "state", "state": "paid"},
            {"type": "quiet"},
        ):
            met = api.ok("POST", f"{tenant.path}/wait", {"what": what, "timeout": "60s"})
            assert met["matched"] == []
            assert (met["payment"] and met["payment"]["trade_id"]) == (trade_id if what["type"] == "state" else None)
        assert len(merchant.received) == 1

    @pytest.mark.parametrize(
        ("what", "detail"),
        [
            ({"type": "requests", "method": "v3.CreatePaymentsAlipayMiniPay", "code": "-403"},
             "Received 0 of 1 matching requests within 50ms."),
            ({"type": "state", "order_id": "1", "state": "paid"}, "After 50ms, the order was processing, not paid."),
            ({"type": "state", "order_id": "2", "state": "paid"}, "After 50ms, there was no matching order."),
        ],
    )  # fmt: skip
    def test_what_does_not_happen_in_time_is_reported_with_the_nearest(
        self, api: Api, tenant: Tenant, what: Any, detail: str
    ) -> None:
        tenant.create()
        status, problem = api("POST", f"{tenant.path}/wait", {"what": what, "timeout": "50ms"})
        assert (status, problem["detail"]) == (408, detail)
        if what["type"] == "requests":
            assert problem["nearest"] == [{"exchange": 1, "differs": ["code is '200', not '-403'"]}]
        elif what["order_id"] == "1":
            assert problem["nearest"] == []
        else:
            [nearest] = problem["nearest"]
            assert (nearest["order_id"], nearest["state"]) == ("1", "processing")

    def test_an_order_that_there_is_not_may_have_been_refused(self, api: Api, tenant: Tenant) -> None:
        with pytest.raises(MissingFieldError):
            tenant.create(notify_url="")
        what = {"type": "state", "order_id": "1", "state": "paid"}
        _, problem = api("POST", f"{tenant.path}/wait", {"what": what, "timeout": "0s"})
        [nearest] = problem["nearest"]
        assert nearest["exchange"] == 1
        assert nearest["differs"][0].startswith("it was rejected with -3001 ")

    def test_a_wait_for_an_order_ends_when_its_request_is_rejected(self, api: Api, tenant: Tenant) -> None:
        what = {"type": "state", "order_id": "R-1", "state": "paid"}
        with pytest.raises(MissingFieldError):
            tenant.create("R-2", notify_url="")  # another order
        with pytest.raises(InternalGatewayError):
            tenant.client.call("v3.QueryOrder", {"trade_id": "unknown", "order_id": "R-1"})  # creates none
        assert api("POST", f"{tenant.path}/wait", {"what": what, "timeout": "0s"})[0] == 408
        problems: list[Any] = []
        waiting = threading.Thread(
            target=lambda: problems.append(api("POST", f"{tenant.path}/wait", {"what": what, "timeout": "10m"}))
        )
        waiting.start()
        with pytest.raises(MissingFieldError):
            tenant.create("R-1", notify_url="")
        waiting.join()
        [(status, problem)] = problems
        assert (status, problem["title"]) == (409, "Order rejected")
        [nearest] = problem["nearest"]
        assert nearest["exchange"] == 3
        assert nearest["differs"][0].startswith("it was rejected with -3001 ")
        assert problems == [api("POST", f"{tenant.path}/wait", {"what": what, "timeout": "10m"})]

    def test_a_wait_goes_on_after_a_rejection_that_a_scenario_plays(
        self, api: Api, tenant: Tenant, merchant: Merchant
    ) -> None:
        api.ok("POST", f"{tenant.path}/scenarios", {"scenario": "internal-error", "times": 1})
        with pytest.raises(InternalGatewayError):
            tenant.create("R-1", merchant.url)
        what = {"type": "state", "order_id": "R-1", "state": "processing"}
        met: list[Any] = []
        waiting = threading.Thread(
            target=lambda: met.append(api.ok("POST", f"{tenant.path}/wait", {"what": what, "timeout": "10m"}))
        )
        waiting.start()
        trade_id = tenant.create("R-1", merchant.url)
        waiting.join()
        assert met[0]["payment"]["trade_id"] == trade_id

    def test_many_wait_at_once_and_hold_up_nobody(self, api: Api, tenant: Tenant) -> None:
        what = {"what": {"type": "requests", "count": 1}, "timeout": "60s"}
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda: statuses.append(api("POST", f"{tenant.path}/wait", what)[0]))
            for _ in range(30)
        ]
        for thread in threads:
            thread.start()
        assert api.ok("GET", "/health/live")["status"] == "live"
        tenant.create()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 30

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"requests": [{"type": "requests", "method": "v3.*"}], "exactly": 2}, 200),
            ({"requests": [{"type": "requests", "method": "v3.*"}], "exactly": 1}, 409),
            ({"requests": [{"type": "requests", "method": "v3.CreateRefund"}], "exactly": 0}, 200),
            ({"requests": [{"type": "requests", "method": "v3.CreateRefund"}]}, 409),
            ({"requests": [{"type": "requests"}], "at_most": 1}, 409),
            ({"requests": [{"type": "requests"}], "at_least": 2, "at_most": 3}, 200),
            ({"requests": [{"type": "requests", "method": "v3.C*"}, {"type": "requests", "method": "v3.Q*"}], "in_order": True}, 200),
            ({"requests": [{"type": "requests", "method": "v3.Q*"}, {"type": "requests", "method": "v3.C*"}], "in_order": True}, 409),
        ],
    )  # fmt: skip
    def test_what_was_asked_is_verified(self, api: Api, tenant: Tenant, body: Any, status: int) -> None:
        tenant.client.query_order(tenant.create())
        answered, content = api("POST", f"{tenant.path}/verify", body)
        assert answered == status, content
