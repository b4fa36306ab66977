"""The sandbox's own API over HTTP: accounts, clocks, pushes, notifications, scenarios, waiting, verifying, safety."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.api.openapi import OPERATIONS
from mockserver.client import MissingFieldError, YabandPay
from mockserver.settings import Settings
from mockserver.testing import Merchant, Sandbox
from tests.helpers import SECRET_KEY, USER, create

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FROZEN = {"kind": "frozen", "at": "2024-11-27T03:00:00Z"}


class Api:
    """Calls the API; gives status and JSON."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def __call__(self, verb: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        url = f"{self.sandbox.url}/_sandbox/api{path}"
        answer = requests.request(verb, url, json=body, headers=headers, timeout=60)
        return answer.status_code, answer.json() if answer.content else None

    def ok(self, verb: str, path: str, body: Any = None) -> Any:
        status, content = self(verb, path, body)
        assert status in {200, 201, 204}, content
        return content

    def refused(self, verb: str, path: str, body: Any = None) -> tuple[int, str]:
        status, problem = self(verb, path, body)
        assert set(problem) == {"title", "status", "detail", "type", "nearest"}
        assert problem["status"] == status
        return status, problem["detail"]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """One sandbox for all tests, which have accounts of their own."""
    with Sandbox(Settings(port=0, seed="tests")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def api(running: Sandbox) -> Api:
    return Api(running)


class Tenant:
    """An account of a test's own, with a client and a merchant's address below it."""

    def __init__(self, api: Api, **wanted: Any) -> None:
        self.api = api
        self.account = api.ok("POST", "/accounts", {"clock": FROZEN, "seed": "s", **wanted})
        self.path = f"/accounts/{self.account['user']}"
        self.client = YabandPay(self.account["user"], self.account["secret_key"], api.sandbox.url)

    def create(self, order_id: str = "1", notify_url: str = "https://mapi.yabandpay.com/refused") -> str:
        return self.client.create_alipay_mini_payment(
            order_id=order_id, amount="24.99", currency="EUR", description="Tea", notify_url=notify_url
        ).trade_id

    def advance(self, by: str) -> Any:
        return self.api.ok("POST", f"{self.path}/clock/advance", {"by": by})


@pytest.fixture
def tenant(api: Api) -> Tenant:
    return Tenant(api)


class TestAccounts:
    def test_an_account_is_minted_with_everything_chosen_for_it(self, settings: Settings) -> None:
        with Sandbox(settings) as sandbox:
            api = Api(sandbox)
            made = api.ok("POST", "/accounts", {})
            assert made["user"].isdigit()
            assert len(made["secret_key"]) == 32
            assert (made["role"], made["opening_balance"], made["clock"]["kind"]) == ("super admin", "10000.00", "real")
            shown = api.ok("GET", f"/accounts/{made['user']}")
            assert shown["secret_key"] == "***"
            assert {**shown, "secret_key": "", "clock": ""} == {**made, "secret_key": "", "clock": ""}
            assert [one["user"] for one in api.ok("GET", "/accounts")] == sorted([USER, made["user"]])

    def test_an_account_is_minted_as_wanted(self, api: Api) -> None:
        wanted = {
            "user": "shop@example.org", "secret_key": "k", "name": "Shop", "role": "cashier", "scenario": "declined",
            "seed": "7", "opening_balance": "5.00", "clock": FROZEN,
        }  # fmt: skip
        made = api.ok("POST", "/accounts", wanted)
        assert {name: made[name] for name in wanted if name != "clock"} == {
            n: v for n, v in wanted.items() if n != "clock"
        }
        assert made["clock"]["now"] == "2024-11-27T03:00:00.000+00:00"

    @pytest.mark.parametrize(
        ("wanted", "status", "detail"),
        [
            ({"user": USER}, 409, f"The account {USER} already exists. DELETE it, or choose another user."),
            ({"user": "a b"}, 422, "Expected a UID or an e-mail address without spaces and slashes, not 'a b'."),
            ({"role": "boss"}, 422, "Invalid enum value 'boss' - at `$.role`."),
            ({"scenario": "declind"}, 422, "There is no scenario 'declind'; did you mean 'declined'?"),
            ({"opening_balance": "x"}, 422, "Expected a decimal number with at most two places"),
            (
                {"clock": {"kind": "frozen", "at": "noon"}},
                422,
                "Expected an ISO 8601 instant such as 2024-11-27T03:00:00Z,",
            ),
            ({"clock": {"kind": "scaled", "rate": 0}}, 422, "Expected a rate from 0.000001 to 1,000,000, not 0;"),
            (
                {"clock": {"kind": "stepped", "step": "1"}},
                422,
                "Expected a duration such as 500ms, 2s, 1m or 6h, not '1'.",
            ),
            ({"nam": "x"}, 422, "Object contains unknown field `nam`."),
        ],
    )
    def test_what_cannot_be_minted_is_reported(self, api: Api, wanted: Any, status: int, detail: str) -> None:
        answered, reported = api.refused("POST", "/accounts", wanted)
        assert answered == status
        assert detail in reported

    def test_accounts_do_not_see_each_other(self, api: Api, tenant: Tenant) -> None:
        other = Tenant(api)
        trade_id = tenant.create()
        assert api.refused("GET", f"{other.path}/payments/{trade_id}")[0] == 404
        assert api.ok("GET", f"{other.path}/payments") == {"total": 0, "items": []}
        assert api.ok("GET", f"{other.path}/exchanges")["items"] == []

    def test_two_accounts_of_one_seed_tell_the_same_story(self, api: Api) -> None:
        stories = []
        for one in (Tenant(api), Tenant(api)):
            trade_id = one.create()
            one.advance("1h")
            life = api.ok("GET", f"{one.path}/payments/{trade_id}")
            stories.append([life["payment"], life["timeline"]])
        assert stories[0] == stories[1]

    def test_an_account_is_changed(self, api: Api, tenant: Tenant) -> None:
        changed = api.ok("PATCH", tenant.path, {"scenario": "declined", "secret_key": "new", "role": "cashier"})
        assert (changed["scenario"], changed["role"], changed["seed"]) == ("declined", "cashier", "s")
        client = YabandPay(tenant.account["user"], "new", api.sandbox.url)
        trade_id = client.create_alipay_mini_payment(
            order_id="1", amount="1", currency="EUR", description="x", notify_url="https://mapi.yabandpay.com/x"
        ).trade_id
        tenant.advance("2s")
        assert client.query_order(trade_id).state == "declined"
        assert "length >= 1" in api.refused("PATCH", tenant.path, {"secret_key": ""})[1]

    def test_a_dropped_account_is_gone(self, api: Api, tenant: Tenant) -> None:
        tenant.create()
        api.ok("DELETE", tenant.path)
        status, detail = api.refused("GET", tenant.path)
        assert (status, detail) == (
            404,
            f"There is no account {tenant.account['user']}. Create one with POST /_sandbox/api/accounts.",
        )
        assert api.refused("DELETE", tenant.path)[0] == 404

    def test_a_reset_account_begins_again(self, api: Api, tenant: Tenant) -> None:
        trade_id = tenant.create()
        api.ok("POST", f"{tenant.path}/scenarios", {"scenario": "declined"})
        reset = api.ok("POST", f"{tenant.path}/reset", {})
        assert reset["clock"]["kind"] == "real"
        assert api.ok("GET", f"{tenant.path}/payments")["total"] == 0
        assert api.ok("GET", f"{tenant.path}/scenarios") == []
        assert tenant.create() == trade_id

    @pytest.mark.parametrize("part", ["journal", "scenarios", "clock"])
    def test_a_part_is_reset_alone(self, api: Api, tenant: Tenant, part: str) -> None:
        tenant.create()
        api.ok("POST", f"{tenant.path}/scenarios", {"scenario": "declined"})
        api.ok("POST", f"{tenant.path}/reset", {"parts": [part]})
        assert (api.ok("GET", f"{tenant.path}/exchanges")["items"] == []) == (part == "journal")
        assert (api.ok("GET", f"{tenant.path}/scenarios") == []) == (part == "scenarios")
        assert (api.ok("GET", f"{tenant.path}/clock")["kind"] == "real") == (part == "clock")
        assert api.ok("GET", f"{tenant.path}/payments")["total"] == 1


class TestClock:
    def test_moving_it_does_all_work_on_the_way(self, api: Api, merchant: Merchant) -> None:
        tenant = Tenant(api, secret_key=SECRET_KEY)
        trade_id = tenant.create(notify_url=merchant.url)
        moved = tenant.advance("1h")
        assert (moved["started"], moved["ended"]) == ("2024-11-27T03:00:00.000+00:00", "2024-11-27T04:00:00.000+00:00")
        happened = [(one["at"][14:19], one["kind"]) for one in moved["happened"]]
        assert happened[:2] == [("00:01", "state"), ("00:01", "notification")]
        assert moved["events"] == len(happened)
        assert tenant.client.query_order(trade_id).state == "paid"
        assert len(merchant.received) == 1

    def test_it_is_moved_to_an_instant(self, api: Api, tenant: Tenant) -> None:
        to = {"to": "2025-01-01T00:00:00Z"}
        assert api.ok("POST", f"{tenant.path}/clock/advance", to)["ended"] == "2025-01-01T00:00:00.000+00:00"
        assert api.refused("POST", f"{tenant.path}/clock/advance", {"to": "2024-01-01T00:00:00Z"})[0] == 409

    @pytest.mark.parametrize("body", [{}, {"by": "1h", "to": "2025-01-01T00:00:00Z"}, {"by": "soon"}])
    def test_where_to_must_be_clear(self, api: Api, tenant: Tenant, body: Any) -> None:
        status, detail = api.refused("POST", f"{tenant.path}/clock/advance", body)
        assert status == 422
        assert detail.startswith("Expected ")

    @pytest.mark.parametrize(
        ("verb", "path", "body"),
        [
            ("POST", "/clock/advance", {"to": "9999-12-31T00:00:00Z"}),
            ("PUT", "/clock", {"kind": "frozen", "at": "9999-12-31T00:00:00Z"}),
            ("PUT", "/clock", {"kind": "frozen", "at": "0001-01-01T00:00:00Z"}),
        ],
    )
    def test_time_ends_where_calendars_do(self, api: Api, tenant: Tenant, verb: str, path: str, body: Any) -> None:
        status, detail = api.refused(verb, f"{tenant.path}{path}", body)
        assert status == 422
        assert "an instant from 1970-01-01 to 9000-01-01" in detail

    def test_it_runs_as_it_is_reported(self, api: Api, tenant: Tenant) -> None:
        assert api.ok("PUT", f"{tenant.path}/clock", {"kind": "stepped", "step": "10s"})["step_ms"] == 10_000
        before = api.ok("GET", f"{tenant.path}/clock")["now"]
        tenant.create()
        tenant.create("2")
        after = api.ok("GET", f"{tenant.path}/clock")["now"]
        assert (before[14:19], after[14:19]) == ("00:00", "00:20")
        status, detail = api.refused("PUT", f"{tenant.path}/clock", {"kind": "frozen", "at": "2020-01-01T00:00:00Z"})
        assert status == 409
        assert "Reset the account to go back" in detail

    def test_a_scaled_clock_brings_the_payment_sooner(self, api: Api, merchant: Merchant) -> None:
        fast = Tenant(api, clock={"kind": "scaled", "rate": 1000})
        fast.create(notify_url=merchant.url)
        assert merchant.wait_for(1)


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
        assert api.refused("GET", f"{tenant.path}/payments?state=pai")[0] == 422
        assert api.refused("GET", f"{tenant.path}/payments?sate=paid")[0] == 422
        assert api.refused("GET", f"{tenant.path}/payments?page=x")[0] == 422

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
            ("clock", "advanced by 1000 ms"),
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

    @pytest.mark.parametrize("defect", [None, "wrong signature", "not JSON", "no sign"])
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

    def test_all_are_listed_and_the_queue_is_emptied(self, api: Api, tenant: Tenant) -> None:
        assert "refund-approval" in [one["name"] for one in api.ok("GET", "/scenarios")]
        api.ok("POST", f"{tenant.path}/scenarios", {"scenario": "declined"})
        api.ok("DELETE", f"{tenant.path}/scenarios")
        assert api.ok("GET", f"{tenant.path}/scenarios") == []


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


class TestSafety:
    def test_a_token_is_asked_for(self, settings: Settings) -> None:
        with Sandbox(replace(settings, control_token="t0ken")) as sandbox:
            api = Api(sandbox)
            assert api("GET", "/accounts")[0] == 401
            assert api("GET", "/accounts", Authorization="Bearer wrong")[0] == 401
            assert api("GET", "/accounts", Authorization="Bearer t0ken")[0] == 200
            assert create(sandbox.app)["status"] is True

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Host": "evil.example"}, 403),
            ({"Host": "localhost:1"}, 200),
        ],
    )
    def test_foreign_pages_and_names_are_kept_out(self, api: Api, headers: dict[str, str], status: int) -> None:
        assert api("GET", "/accounts", None, **headers)[0] == status

    def test_json_only(self, api: Api) -> None:
        url = f"{api.sandbox.url}/_sandbox/api/accounts"
        assert requests.post(url, data="{}", timeout=30).status_code == 415
        spoilt = requests.post(url, data="{", headers={"Content-Type": "application/json"}, timeout=30)
        assert (spoilt.status_code, spoilt.json()["title"]) == (400, "Not JSON")

    def test_settings_are_shown_without_secrets(self, api: Api) -> None:
        shown = api.ok("GET", "/settings")
        assert (shown["secret_key"], shown["control_token"], shown["user"]) == ("***", "***", USER)

    def test_a_request_is_signed_with_the_accounts_key(self, api: Api, tenant: Tenant) -> None:
        envelope = {"user": tenant.account["user"], "method": "v3.ListOrder", "time": 1, "data": {"page": "1"}}
        signed = api.ok("POST", f"{tenant.path}/sign", {"request": envelope})
        answer = requests.post(
            f"{api.sandbox.url}/Payments", json={**envelope, "sign": signed["sign"]}, timeout=30
        ).json()
        assert answer["status"] is True


def test_every_operation_is_described(api: Api) -> None:
    document = requests.get(f"{api.sandbox.url}/_sandbox/openapi.json", timeout=30).json()
    assert document["openapi"] == "3.1.0"
    described = {(verb.upper(), path) for path, verbs in document["paths"].items() for verb in verbs}
    assert described == {("POST", "/Payments")} | {(one.verb, f"/_sandbox/api{one.path}") for one in OPERATIONS}
    assert "notification" in document["webhooks"]
