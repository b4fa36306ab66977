"""Accounts and their clocks, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockserver.client import YabandPay
from mockserver.testing import Merchant, Sandbox
from tests.api.calling import FROZEN, Api, Tenant
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from mockserver.settings import Settings


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
