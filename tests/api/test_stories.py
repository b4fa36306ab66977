"""The story of an account: what a failed test is told, from any language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.api.paths import API
from mockserver.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.testing import MerchantAccount, RunningSandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with Sandbox() as running:
        yield running


def told(account: MerchantAccount, since: str = "") -> str:
    answer = requests.get(f"{account.url}{API}/accounts/{account.user}/story", {"since": since}, timeout=30)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    return answer.text


def pay(account: MerchantAccount, order_id: str) -> str:
    return account.client.create_alipay_mini_payment(
        order_id=order_id, amount="24.99", currency="EUR", description="Tea", notify_url=account.merchant.url
    ).trade_id


def test_a_story_has_requests_orders_and_notifications(sandbox: RunningSandbox) -> None:
    with sandbox.account() as account:
        trade_id = pay(account, "A-1")
        account.clock.advance("2s")
        account.wait_until_quiet()
        assert told(account).splitlines() == [
            f"account {account.user} at {account.url}",
            "requests",
            f"  1  v3.CreatePaymentsAlipayMiniPay  accepted  trade {trade_id}  scenario default",
            "orders",
            f"  A-1  24.99 EUR  paid  trade {trade_id}",
            "notifications",
            f"  paid  trade {trade_id}  {account.merchant.url}  accepted  answered HTTP 200 'ok'",
        ]


def test_an_account_without_requests_is_asked_what_the_application_uses(sandbox: RunningSandbox) -> None:
    with sandbox.account() as account:
        assert told(account).splitlines()[1:] == [
            "The account received no request. Does the application use its url, user and secret_key?"
        ]


def test_only_with_since_does_a_story_have_requests_that_came_to_others(sandbox: RunningSandbox) -> None:
    with sandbox.account() as account:
        since = str(account.clock.now.isoformat())
        requests.post(f"{account.url}/Payments", json={"user": "nobody", "method": "v3.QueryOrder"}, timeout=30)
        requests.post(f"{account.url}/Payments", json={"user": "016683", "method": "v3.QueryOrder"}, timeout=30)
        assert "unknown users" not in told(account)
        lines = told(account, since).splitlines()
        assert "requests of unknown users" in lines
        assert "requests of 016683, the sandbox's own account" in lines
        assert lines[-1].startswith("The account received no request.")
        assert len([line for line in told(account, "2999-01-01").splitlines() if "requests of" in line]) == 0


def test_a_long_story_has_the_newest_and_counts_the_others(sandbox: RunningSandbox) -> None:
    with sandbox.account() as account:
        trades = [pay(account, f"A-{number}") for number in range(23)]
        account.clock.advance("2s")
        account.wait_until_quiet()
        lines = told(account).splitlines()
        assert lines.count("  (3 earlier ones)") == 3
        assert trades[2] not in "\n".join(lines)
        assert f"  A-22  24.99 EUR  paid  trade {trades[22]}" in lines


def test_a_refusal_is_told_with_its_reason(sandbox: RunningSandbox) -> None:
    with sandbox.account() as account:
        requests.post(
            f"{account.url}/Payments",
            json={
                "user": account.user,
                "sign": "0" * 64,
                "method": "v3.QueryOrder",
                "time": 1,
                "data": {"trade_id": "x"},
            },
            timeout=30,
        )
        assert "-403 The signature Error" in told(account)


def test_what_a_shop_sends_adds_no_line_and_says_nothing_to_a_terminal(sandbox: RunningSandbox) -> None:
    odd = "\x1b[2J\r\n  A-9  paid\x9b\u202e\u2028"
    with sandbox.account() as account:
        pay(account, f"茶{odd}")
        for user in (account.user, "none"):
            body = {"user": user, "sign": "0", "method": f"v3.{odd}", "time": 1, "data": {"a": 1}}
            requests.post(f"{account.url}/Payments", json=body, timeout=30)
        story = told(account, since="2020-01-01")
        assert all(line.isprintable() for line in story.split("\n"))
        written = r"\x1b[2J\r\n  A-9  paid\x9b\u202e\u2028  "
        assert story.count(f"  v3.{written}") == 2
        assert f"\n  茶{written}24.99 EUR" in story


def test_what_cannot_be_told_is_said(sandbox: RunningSandbox) -> None:
    missing = requests.get(f"{sandbox.url}{API}/accounts/none/story", timeout=30)
    assert (missing.status_code, missing.json()["title"]) == (404, "No such account")
    with sandbox.account() as account:
        odd = requests.get(f"{account.url}{API}/accounts/{account.user}/story", {"since": "noon"}, timeout=30)
        assert odd.status_code == 422
        assert "noon" in odd.json()["detail"]
