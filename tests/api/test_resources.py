"""Payments, refunds and other objects over HTTP: lists, states that are set, signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mockserver.testing import Merchant
    from tests.api.calling import Api, Tenant


class TestObjects:
    def test_payments_are_listed_and_filtered(self, api: Api, tenant: Tenant) -> None:
        trades = [tenant.create(order_id) for order_id in ("a", "b", "a")]
        api.ok("POST", f"{tenant.path}/payments/{trades[1]}/state", {"state": "paid"})

        def listed(query: str) -> tuple[int, list[str]]:
            page = api.ok("GET", f"{tenant.path}/payments{query}")
            return page["total"], [one["trade_id"] for one in page["items"]]

        assert listed("") == (3, trades)
        assert listed("?state=paid") == (1, [trades[1]])
        assert listed("?order_id=a") == (2, [trades[0], trades[2]])
        assert listed("?order_id=a&state=paid") == (0, [])
        assert listed("?page=2&limit=2") == (3, [trades[2]])
        assert listed(f"?trade_id={trades[1]}") == (1, [trades[1]])
        assert listed(f"?order_id=a&trade_id={trades[2]}") == (1, [trades[2]])
        assert listed(f"?order_id=a&trade_id={trades[1]}") == (0, [])
        assert listed("?trade_id=unknown") == (0, [])
        assert api.refused("GET", f"{tenant.path}/payments?state=pai")[0] == 422
        assert api.refused("GET", f"{tenant.path}/payments?sate=paid")[0] == 422
        assert api.refused("GET", f"{tenant.path}/payments?page=x")[0] == 422

    def test_a_list_of_payments_has_the_delivery_of_their_last_notifications(
        self, api: Api, tenant: Tenant, merchant: Merchant
    ) -> None:
        merchant.respond_with(500, "no")
        shown = [tenant.create("silent"), tenant.create("notified", notify_url=merchant.url)]
        api.ok("POST", f"{tenant.path}/payments/{shown[1]}/state", {"state": "paid"})
        merchant.wait_for(1)
        for query in ("", "?order_id=notified", "?q=notified"):
            last = api.ok("GET", f"{tenant.path}/payments{query}")["items"][-1]["delivery"]
            assert (last["state"], last["attempts"] > 0) == ("pending", last["next_attempt_at"] is not None)
        assert api.ok("GET", f"{tenant.path}/payments?order_id=silent")["items"][0]["delivery"] is None

    def test_a_payment_is_pushed_along_its_table(self, api: Api, tenant: Tenant, merchant: Merchant) -> None:
        trade_id = tenant.create(notify_url=merchant.url)
        pushed = api.ok("POST", f"{tenant.path}/payments/{trade_id}/state", {"state": "verify"})
        assert pushed["state"] == "verify"
        status, detail = api.refused("POST", f"{tenant.path}/payments/{trade_id}/state", {"state": "expired"})
        assert status == 409
        assert "is verify and cannot become expired; from verify it can become declined, failed, paid." in detail
        notification = merchant.wait_for(1)[0].notification
        assert notification is None or notification.state == "verify"

    def test_a_forced_push_says_so_on_the_timeline(self, api: Api, tenant: Tenant) -> None:
        trade_id = tenant.create()
        api.ok("POST", f"{tenant.path}/payments/{trade_id}/state", {"state": "declined"})
        forced = api.ok("POST", f"{tenant.path}/payments/{trade_id}/state", {"state": "paid", "force": True})
        assert forced["state"] == "paid"
        life = api.ok("GET", f"{tenant.path}/timelines/{trade_id}")
        last_state = [event for event in life["timeline"] if event["kind"] == "state"][-1]
        assert last_state["text"] == "payment forced from declined to paid; the gateway does not allow this"

    def test_refunds_payouts_and_splits_are_shown_and_pushed(self, api: Api, tenant: Tenant) -> None:
        trade_id = tenant.create()
        tenant.advance("1s")
        refund = tenant.client.create_refund(trade_id, amount="1", currency="EUR", description="x").refund_id
        payout = tenant.client.pay_out(
            "5.00", currency="EUR", reference="1", notify_url="https://mapi.yabandpay.com/x"
        ).payout_id
        split = tenant.client.create_split(
            trade_id, split_solution_id="1", reference_id="1", notify_url="https://mapi.yabandpay.com/x", completed=True
        ).split_id
        pushes = [("refunds", refund, "refund failed"), ("payouts", payout, "declined"), ("splits", split, "Failed")]
        for path, identifier, state in pushes:
            assert api.ok("GET", f"{tenant.path}/{path}")["total"] == 1
            shown = api.ok("GET", f"{tenant.path}/{path}/{identifier}")
            moved = api.ok("POST", f"{tenant.path}/{path}/{identifier}/state", {"state": state})
            assert {**shown, "state": "", "shares": ""} == {**moved, "state": "", "shares": ""}
            assert moved["state"] == state
            assert api.refused("POST", f"{tenant.path}/{path}/{identifier}/state", {"state": state})[0] == 409
            assert api.refused("POST", f"{tenant.path}/{path}/{identifier}/state", {"state": "x"})[0] == 422
            assert api.refused("GET", f"{tenant.path}/{path}/none")[0] == 404
        assert tenant.client.balance().deposit == "0.00"
        reported = [one["text"] for one in api.ok("GET", f"{tenant.path}/timelines/{payout}")["timeline"]]
        assert {"awaiting approval", "declined"} <= set(reported)
        assert api.refused("GET", f"{tenant.path}/timelines/none")[0] == 404

    def test_refunds_and_splits_are_filtered_by_trade_and_by_order(self, api: Api, tenant: Tenant) -> None:
        trades = [tenant.create("a"), tenant.create("b"), tenant.create("a")]
        tenant.advance("1s")
        made: dict[str, list[str]] = {"refunds": [], "splits": []}
        made_id = {"refunds": "refund_id", "splits": "split_id"}
        for trade_id in trades:
            refund = tenant.client.create_refund(trade_id, amount="1", currency="EUR", description="x")
            split = tenant.client.create_split(
                trade_id, split_solution_id="1", reference_id=trade_id[:8], notify_url="https://mapi.yabandpay.com/x",
                completed=True,
            )  # fmt: skip
            made["refunds"].append(refund.refund_id)
            made["splits"].append(split.split_id)

        def listed(kind: str, query: str) -> tuple[int, list[str]]:
            page = api.ok("GET", f"{tenant.path}/{kind}?{query}")
            return page["total"], [one[made_id[kind]] for one in page["items"]]

        for kind, (first, second, third) in made.items():
            assert listed(kind, f"trade_id={trades[1]}") == (1, [second])
            assert listed(kind, "order_id=a") == (2, [first, third])
            assert listed(kind, "order_id=a&page=2&limit=1") == (2, [third])
            assert listed(kind, f"order_id=b&trade_id={trades[0]}") == (0, [])
            assert listed(kind, "trade_id=unknown") == listed(kind, "order_id=c") == (0, [])

    @pytest.mark.parametrize("name", ["order_id", "trade_id"])
    def test_payouts_belong_to_no_order(self, api: Api, tenant: Tenant, name: str) -> None:
        status, detail = api.refused("GET", f"{tenant.path}/payouts?{name}=1")
        assert (status, detail) == (422, "A payout belongs to no order. Remove order_id and trade_id from the query.")

    def test_a_timeline_shows_everything_in_its_order(self, api: Api, tenant: Tenant) -> None:
        tenant.advance("1m")
        trade_id = tenant.create("REVIEW-1")
        tenant.advance("1s")
        tenant.client.cancel_payment(tenant.create("2"))
        api.ok("PUT", f"{tenant.path}/clock", {"kind": "stepped"})
        timeline = api.ok("GET", f"{tenant.path}/timelines/{trade_id}")["timeline"]
        assert [(one["kind"], one["text"]) for one in timeline if one["kind"] != "attempt"] == [
            ("request", "v3.CreatePaymentsAlipayMiniPay"),
            ("signature", "accepted"),
            ("scenario", "review"),
            ("state", "processing"),
            ("clock", "advanced by 1s"),
            ("state", "verify"),
            ("notification", "verify"),
            ("clock", "changed to stepped"),
        ]

    def test_a_refunded_payment_cannot_be_pushed_to_cancelled(self, api: Api, tenant: Tenant) -> None:
        trade_id = tenant.create()
        tenant.advance("1s")
        tenant.client.create_refund(trade_id, amount="1", currency="EUR", description="x")
        status, detail = api.refused("POST", f"{tenant.path}/payments/{trade_id}/state", {"state": "cancelled"})
        assert status == 409
        assert "has been refunded, so it cannot be cancelled" in detail
