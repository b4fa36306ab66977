"""`trigger` plays every scenario to its end, without a shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.settings import Settings
from mockserver.system.command import own_command
from mockserver.testing import Merchant, Sandbox
from tests.cli.remote import Terminal
from tests.helpers import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def terminal() -> Iterator[Terminal]:
    with Sandbox(Settings(port=0, tls_port=0, log="none", pay_delay=10)) as sandbox:
        yield Terminal(sandbox.url)


ENDS = {
    "default": "paid", "declined": "declined", "late-payment": "paid", "never-paid": "expired", "review-declined": "declined",
    "paid-on-signal": "paid", "paid-once-queried": "paid", "paid-after-close": "paid", "notified-late": "paid",
    "refund-failed": "refund failed", "refund-approval": "refunded", "split-failed": "Failed", "payout-failed": "failed",
    "reset-but-created": "paid", "reset-nothing-created": "paid", "server-error": "paid", "notified-out-of-order": "paid",
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_a_scenario_is_played_to_its_end(terminal: Terminal, name: str) -> None:
    done = terminal("trigger", name, "--json")
    assert done.status == 0, done.errors
    last = [event["text"] for event in done.json["timeline"] if event["kind"] == "state"][-1]
    assert last.rpartition(": ")[2] == ENDS[name]
    assert {one["state"] for one in done.json["notifications"]} == {"accepted"}
    assert done.json.get("plan", []) == []


def test_the_merchant_of_another_account_knows_its_key(terminal: Terminal) -> None:
    requests.post(f"{terminal.url}/_sandbox/api/accounts", json={"user": "anna", "secret_key": "annas"}, timeout=30)
    done = terminal("trigger", "declined", "--account", "anna", "--json")
    assert done.status == 0, done.errors
    assert [one["state"] for one in done.json["notifications"]] == ["accepted"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [one.name for one in SHIPPED_SCENARIOS if one.name not in ENDS])
def test_every_other_scenario_ends(terminal: Terminal, name: str) -> None:
    if name == "never-answered":
        pytest.skip("the gateway does not answer, and the command waits for its timeout")
    done = terminal("trigger", name)
    assert done.status == (1 if name == "notified-with-wrong-signature" else 0), done.errors


def test_the_shop_is_notified_and_its_no_is_the_exit_status(terminal: Terminal) -> None:
    with Merchant(SECRET_KEY) as shop:
        assert terminal("trigger", "default", "--to", shop.url, "--order-id", "S-1").status == 0
        notification = shop.received[0].notification
        assert notification is not None
        assert (notification.order_id, notification.state) == ("S-1", "paid")
    done = terminal("trigger", "default", "--to", shop.url)
    assert done.status == 1
    assert "not delivered: connection refused" in done.output.replace("\n          ", " ")
    assert "another try of the notification paid" in done.output


def test_an_order_is_created_as_asked_for(terminal: Terminal) -> None:
    done = terminal("trigger", "--order-id", "W-1", "--amount", "5.00", "--currency", "CNY", "--json", "--method",
                    "CreateWechatNativePay")  # fmt: skip
    made = done.json["payment"]
    assert (made["order_id"], made["amount"], made["currency"]) == ("W-1", "5.00", "CNY")
    assert (made["method"], made["scenario"]) == ("v3.CreateWechatNativePay", "default")
    assert terminal("trigger", "--pay-method", "wechat pay", "--json").json["payment"]["sub_pay_method"] == "WeChat Pay"


def test_an_order_that_waits_for_its_payer_says_so(terminal: Terminal) -> None:
    done = terminal("trigger", "--pay-method", "ideal", "--order-id", "I-1")
    assert (done.status, done.errors) == (0, "Nobody was notified.\n")
    assert f"now: {own_command()} pay I-1" in done.output
    assert "v3.CreatePayments  iDEAL" in done.output


def test_a_scripted_rejection_is_shown_and_a_mistake_is_an_error(terminal: Terminal) -> None:
    done = terminal("trigger", "signature-error", "--order-id", "R-1")
    assert (done.status, done.output.splitlines()[0]) == (0, "R-1  -403 The signature Error")
    done = terminal("trigger", "default", "--amount", "0")
    assert (done.status, done.output) == (1, "")
    assert done.errors == "The gateway rejected the request: -1000 amount must be at least EUR 0.10, not '0'.\n"


def test_wrong_names_are_reported_with_the_nearest(terminal: Terminal) -> None:
    done = terminal("trigger", "declind")
    assert done.errors == (
        "There is no scenario 'declind'; did you mean declined? "
        f"List them with {own_command()} scenarios --url {terminal.url}.\n"
    )
    assert terminal("trigger", "paid").errors.startswith(
        "There is no scenario 'paid'; for a payment that is paid, use default."
    )
    assert (done.status, terminal("trigger", "--method", "v3.Capture").status) == (1, 2)
    wallet = terminal("trigger", "--pay-method", "Payed")
    assert (wallet.status, "there is no wallet 'Payed'; expected one of Alipay" in wallet.errors) == (2, True)
