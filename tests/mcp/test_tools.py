"""The tools, called by the SDK's own client through the real command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import requests
from mcp import MCPError

from mockserver.mcp.catalog import TOOLS
from mockserver.signing.signature import signed_request
from tests.examine.shops.matching import BelievesAmountShop
from tests.mcp.assistant import called
from tests.sockets import wait_until

if TYPE_CHECKING:
    from mockserver.testing import MerchantAccount, Sandbox
    from tests.mcp.assistant import Assistant

PAGE = "v3.CreatePayments"
"""A method whose payments wait for the payer."""

FEW = ["right-payment", "wrong-amount", "repeated"]


def trade_of(coder: Assistant, **arguments: object) -> str:
    trade_id: str = coder("create_payment", **arguments)["answer"]["data"]["trade_id"]
    return trade_id


def test_a_payment_is_created_paid_and_seen_in_the_list(coder: Assistant, account: MerchantAccount) -> None:
    data = {"order_id": "A-1", "amount": "24.99", "notify_url": account.merchant.url}
    trade_id = trade_of(coder, data=data)
    waited = coder("wait_for", what={"type": "state", "state": "paid", "order_id": "A-1"})
    coder("wait_for", what={"type": "quiet"})
    assert waited["payment"]["trade_id"] == trade_id
    assert [one.state for one in account.merchant.notifications] == ["paid"]
    listed = coder("list_payments")["items"]
    assert [(one["order_id"], one["amount"], one["state"], one["delivery"]["state"]) for one in listed] == [
        ("A-1", "24.99", "paid", "accepted")
    ]
    details = coder("get_payment", id=trade_id)
    assert [one["text"] for one in details["timeline"] if one["kind"] == "state"] == ["processing", "paid"]
    assert details["notifications"][0]["attempts"][0]["answer"] == "ok"


def test_the_payer_is_played_and_a_state_that_cannot_follow_is_refused(coder: Assistant) -> None:
    trade_id = trade_of(coder, method=PAGE)
    assert coder("get_payment", id=trade_id)["payment"]["state"] == "processing"
    assert coder("change_payment_state", id=trade_id, state="declined")["state"] == "declined"
    again = coder.tried("change_payment_state", id=trade_id, state="processing")
    assert (again.failed, again.value) == (True, None)
    assert again.text.startswith("Illegal transition: ")


def test_an_outcome_is_chosen_by_a_scenario(coder: Assistant) -> None:
    trade_of(coder, scenario="declined", data={"order_id": "A-2"})
    assert coder("wait_for", what={"type": "state", "state": "declined"})["payment"]["order_id"] == "A-2"
    coder("queue_scenario", scenario="declined", reference="A-3*")
    assert coder("list_queued_scenarios")["items"] == [
        {"scenario": "declined", "times": 1, "method": "*", "reference": "A-3*"}
    ]
    assert coder("create_payment", data={"order_id": "A-33"})["scenario"] == "declined"
    assert coder("list_queued_scenarios") == {"items": []}


def test_every_method_that_creates_payments_does_so_without_data(coder: Assistant) -> None:
    for method in TOOLS["create_payment"].schema["properties"]["method"]["enum"]:
        made = coder("create_payment", method=method)
        assert made["answer"]["code"] in {"200", 200}, method
    coder("advance_clock", by="10s")
    coder("wait_for", what={"type": "quiet"})
    notified = coder("list_notifications", limit=100)["items"]
    assert notified
    assert {one["attempts"][-1]["answer"] for one in notified} == {"ok"}


def test_a_refused_payment_says_why(coder: Assistant) -> None:
    refused = coder.tried("create_payment", data={"amount": "12,50"})
    assert refused.failed
    assert refused.value["answer"]["code"] == "-1000"
    assert refused.value["reason"].startswith("amount must be a decimal number")
    assert json.loads(refused.texts[-1]) == refused.value


def test_refusals_are_listed_and_explained(coder: Assistant, account: MerchantAccount) -> None:
    """As for a shop that signs wrongly: its requests do not come through the assistant."""
    data = {"trade_id": "2eb629a8", "demo": "tea & cups"}
    request = {"user": account.user, "method": "v3.QueryOrder", "time": 1728566835, "data": data}
    body = json.loads(signed_request(request, account.secret_key))
    requests.post(f"{account.url}/Payments", json={**body, "sign": body["sign"].upper()}, timeout=60)
    trade_of(coder)
    (refusal,) = coder("list_requests", code="refused")["items"]
    assert refusal["code"] == "-403"
    wait_until(lambda: "explanation" in coder("get_request", number=refusal["number"]))
    explanation = coder("get_request", number=refusal["number"])["explanation"]
    assert "upper case" in explanation["sentence"]
    assert "lower case" in explanation["cure"]
    assert "upper case" in coder("get_story")


def test_a_request_of_an_unknown_user_is_found(server: Assistant, account: MerchantAccount) -> None:
    request = {"user": "nobody", "method": "v3.QueryOrder", "time": 1728566835, "data": {"trade_id": "2eb629a8"}}
    requests.post(f"{account.url}/Payments", data=signed_request(request, account.secret_key), timeout=60)
    newest = server("list_requests_of_unknown_users", limit=1)["items"][0]
    shown = server("get_request_of_unknown_user", number=newest["number"])
    assert "nobody" in shown["request"]
    assert "nobody" in shown["reason"]


def test_any_method_of_the_gateway_is_called(coder: Assistant) -> None:
    trade_id = trade_of(coder, method=PAGE)
    coder("change_payment_state", id=trade_id, state="paid")
    (described,) = coder.of("")("describe_method", method="v3.CreateRefund")["items"]
    assert {one["name"] for one in described["fields"] if one["required"]} <= described["example"].keys()
    data = {**described["example"], "trade_id": trade_id, "refund_amount": "0.40"}
    refunded = coder("call_gateway", method="v3.CreateRefund", data=data)["answer"]["data"]
    assert coder("list_refunds")["items"][0]["refund_id"] == refunded["refund_id"]
    csv = coder("call_gateway", method="v3.BatchQuery", data={"start_time": "1", "end_time": "9999999999"})
    assert trade_id in str(csv["answer"])


def test_the_clock_is_moved(coder: Assistant) -> None:
    coder("set_clock", kind="frozen", at="2030-01-01T00:00:00Z")
    trade_id = trade_of(coder, method=PAGE)
    happened = coder("advance_clock", by="25h")
    assert [(one["timeline"], one["text"]) for one in happened["happened"] if one["kind"] == "state"] == [
        (trade_id, "expired")
    ]
    back = coder.tried("advance_clock", to="2029-01-01")
    assert back.failed
    assert back.text.startswith("A clock cannot go back: ")


def test_a_notification_is_resent_and_a_forged_one_sent(coder: Assistant, account: MerchantAccount) -> None:
    trade_id = trade_of(coder, method=PAGE, data={"notify_url": account.merchant.url})
    coder("change_payment_state", id=trade_id, state="paid")
    coder("wait_for", what={"type": "quiet"})
    (sent,) = coder("list_notifications")["items"]
    coder("resend_notification", id=sent["number"])
    coder("wait_for", what={"type": "quiet"})
    attempts = coder("get_notification", id=sent["number"])["attempts"]
    assert [one["answer"] for one in attempts] == ["ok", "ok"]
    forged = coder("send_payment_notification", id=trade_id, defect="wrong signature", once=True)
    assert forged["defect"] == "wrong signature"
    wait_until(lambda: len(coder("list_notifications")["items"][-1].get("attempts", [])) == 1)


@pytest.mark.slow
def test_a_shop_is_examined_with_progress(coder: Assistant, account: MerchantAccount) -> None:
    steps: list[tuple[float, float | None]] = []
    with BelievesAmountShop(account.url, account.user, account.secret_key) as shop:
        where = {"create": f"{shop.url}/orders", "state": f"{shop.url}/orders/{{order_id}}"}
        report = called(coder.start("examine_shop", steps, **where, checks=FEW).result()).value
    assert (report["state"], report["done"], report["passed"]) == (
        "ended",
        "3 of 3 checks",
        ["right-payment", "repeated"],
    )
    assert [(one["name"], one["verdict"]) for one in report["failed"]] == [("wrong-amount", "lost money")]
    assert {total for _, total in steps} == {3}
    assert steps == sorted(steps)
    details = coder("get_examination", check="wrong-amount")
    assert details["deliveries"][0]["url"] == f"{shop.url}/notify"
    assert "Python" in details["mend"]
    unknown = coder.tried("get_examination", check="wrong-amout")
    assert (unknown.failed, "did you mean 'wrong-amount'?" in unknown.text) == (True, True)


@pytest.mark.slow
def test_an_examination_that_is_cancelled_is_stopped(coder: Assistant, account: MerchantAccount) -> None:
    steps: list[tuple[float, float | None]] = []
    with BelievesAmountShop(account.url, account.user, account.secret_key) as shop:
        where = {"create": f"{shop.url}/orders", "state": f"{shop.url}/orders/{{order_id}}"}
        examined = coder.start("examine_shop", steps, **where, parallel=1)
        wait_until(lambda: bool(steps))
        examined.cancel()
        wait_until(lambda: coder("get_examination")["state"] != "running")
    assert coder("get_examination")["state"] == "stopped"


def test_a_wait_neither_blocks_others_nor_outlives_its_cancellation(
    coder: Assistant, account: MerchantAccount, sandbox: Sandbox
) -> None:
    waiting = coder.start("wait_for", what={"type": "requests", "method": "v3.ListOrder"}, timeout="10m")
    waits = sandbox.app.waits._waits
    wait_until(lambda: bool(waits.get(account.user)))
    assert coder("list_payments")["items"] == []
    assert not waiting.done()
    waiting.cancel()
    wait_until(lambda: not waits.get(account.user))


def test_a_wait_that_ends_without_success_says_what_there_was(coder: Assistant) -> None:
    trade_of(coder, method=PAGE, data={"order_id": "A-4"})
    late = coder.tried("wait_for", what={"type": "state", "state": "paid", "order_id": "A-5"}, timeout="1ms")
    assert (late.failed, "A-4" in late.text) == (True, True)


@pytest.mark.parametrize(
    ("tool", "arguments", "problem"),
    [
        ("get_payment", {}, "The argument id is missing."),
        ("get_payment", {"trade_id": "1"}, "There is no argument 'trade_id'"),
        ("get_payment", {"id": ""}, "id: expected a number or a text that is not empty."),
        ("get_payment", {"id": "none"}, "No such payment: Account "),
        ("list_payments", {"state": "payed"}, "Invalid value: Expected a state such as "),
        ("list_payments", {"limit": "many"}, "Bad query: Expected `int`"),
        ("list_payments", {"q": {"a": 1}}, "q: expected a text or a number."),
        ("advance_clock", {"by": "soon"}, "Invalid value: "),
        ("advance_clock", {"by": 5}, "Invalid value: Expected `str | null`, got `int` - at `$.by`"),
        ("queue_scenario", {"scenario": "decline"}, "Invalid value: "),
        ("create_payment", {"method": "v3.CreatePayment"}, "No method 'v3.CreatePayment' is possible here; did you mean"),
        ("create_payment", {"data": "24.99"}, 'data: expected an object such as {"amount": "24.99"}.'),
        ("create_payment", {"scenario": "拒绝"}, "There is no scenario '拒绝'. list_scenarios"),
        ("call_gateway", {"method": "v3.ListOrder"}, "The argument data is missing."),
        ("get_story", {"user": "nobody"}, "There is no account nobody. list_accounts shows those that there are."),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_a_sentence(
    server: Assistant, tool: str, arguments: dict[str, object], problem: str
) -> None:
    tried = server.tried(tool, **arguments)
    assert (tried.failed, tried.value) == (True, None)
    assert tried.text.startswith(problem)


LONG = "x" * 70_000


@pytest.mark.parametrize("tool", ["list_requests", "list_queued_scenarios", "create_payment", "get_examination"])
@pytest.mark.parametrize("user", [".", "..", LONG])
def test_a_user_leads_to_no_other_operation(server: Assistant, tool: str, user: str) -> None:
    tried = server.tried(tool, user=user)
    assert (tried.failed, tried.text[:26]) == (True, "user: there is none like '")


def test_an_id_leads_to_no_other_operation_and_a_long_argument_is_named(coder: Assistant) -> None:
    assert coder.tried("get_payment", id="..").text == "id: there is none like '..'."
    assert coder.tried("list_payments", q=LONG).text == "The arguments do not fit into an address: URL too long."


def test_an_unknown_tool_is_an_error_of_the_protocol(server: Assistant) -> None:
    with pytest.raises(MCPError, match="There is no tool 'list_orders'; did you mean 'list_"):
        server("list_orders")


@pytest.mark.parametrize("tool", [name for name, one in TOOLS.items() if one.reads and not one.schema["required"]])
def test_a_tool_that_only_reads_needs_nothing_else(coder: Assistant, tool: str) -> None:
    has_account = "user" in TOOLS[tool].schema["properties"]
    shown = (coder if has_account else coder.of("")).tried(tool)
    if tool == "get_examination":
        assert shown.text.startswith("No examination: ")
    else:
        assert (shown.failed, bool(shown.text)) == (False, True)


def test_a_request_is_signed(coder: Assistant, account: MerchantAccount) -> None:
    request = {"user": account.user, "method": "v3.QueryOrder", "time": 1728566835, "data": {"trade_id": "1"}}
    signed = coder("sign_request", request=request)
    assert signed["sign"] == json.loads(signed_request(request, account.secret_key))["sign"]
    assert signed["string_to_sign"].startswith("method=v3.QueryOrder&")


def test_a_payment_and_its_refund_go_on_as_the_assistant_wants(coder: Assistant, account: MerchantAccount) -> None:
    coder("set_clock", kind="frozen")
    trade_id = trade_of(coder, data={"notify_url": account.merchant.url, "amount": "5.00"})
    assert coder("continue_payment", id=trade_id)["state"] == "paid"
    data = {"trade_id": trade_id, "refund_amount": "5.00", "refund_currency": "EUR", "refund_description": "Tea",
            "notify_url": account.merchant.url}  # fmt: skip
    refund_id = coder("call_gateway", method="v3.CreateRefund", data=data)["answer"]["data"]["refund_id"]
    assert coder("change_refund_state", id=refund_id, state="refunded")["state"] == "refunded"
    sent = coder("send_refund_notification", id=refund_id, defect="missing signature", once=True)
    assert (sent["type"], sent["defect"]) == ("refund", "missing signature")


def test_an_account_is_emptied(coder: Assistant) -> None:
    trade_of(coder)
    coder("reset_account")
    assert coder("list_payments")["items"] == []


def test_secrets_stay_hidden(server: Assistant, account: MerchantAccount) -> None:
    for tool in ("list_accounts", "get_settings"):
        text = server.tried(tool).text
        assert "***" in text
        assert account.secret_key not in text
        assert "sandbox-secret-key" not in text


def test_what_is_long_is_cut_and_says_so(coder: Assistant) -> None:
    coder("add_demo_data", orders=300, days=2)
    page = coder("list_payments")
    assert len(page["items"]) == 20
    times = [one["created_at"] for one in page["items"]]
    assert times == sorted(times, reverse=True)
    following = coder("list_payments", before=page["next"])["items"]
    assert following[0]["created_at"] <= times[-1]
    assert {one["trade_id"] for one in following}.isdisjoint(one["trade_id"] for one in page["items"])
    newest = coder("list_requests", limit=100)
    assert len(json.dumps(newest)) < 30_000
    assert "items left out" in json.dumps(newest, ensure_ascii=False)
    before = coder("list_requests", limit=3)["items"][-1]["number"]
    assert [one["number"] for one in coder("list_requests", limit=2, before=str(before))["items"]] == [
        before - 1, before - 2,
    ]  # fmt: skip
    shown = coder("list_notifications", limit=3)["items"]
    earlier = coder("list_notifications", limit=1, before=str(shown[0]["number"]))["items"]
    assert [one["number"] for one in earlier] == [shown[0]["number"] - 1]
