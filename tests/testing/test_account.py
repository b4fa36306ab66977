"""An account of one's own: what a test does with it, over the sandbox's own API."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from mockserver.client import MissingFieldError, SignatureError, YabandPay
from mockserver.testing import ApiRefusedError, MerchantAccount, NotAsExpectedError, RunningSandbox, Sandbox
from mockserver.testing.sandbox import quick_settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def house() -> Iterator[Sandbox]:
    with Sandbox(quick_settings()) as sandbox:
        yield sandbox


@pytest.fixture
def account(house: Sandbox) -> Iterator[MerchantAccount]:
    with house.account(name="a test") as made:
        yield made


def buy(account: MerchantAccount, order_id: str = "A-1", notify_url: str = "") -> str:
    created = account.client.create_alipay_mini_payment(
        order_id=order_id, amount="24.99", currency="EUR", description="Tea", notify_url=notify_url or account.merchant.url
    )  # fmt: skip
    return created.trade_id


def test_any_user_that_there_may_be_has_its_own_address(house: Sandbox) -> None:
    with house.account(user="店+100%;é@x.example") as account:
        trade_id = buy(account)
        assert [payment.trade_id for payment in account.payments] == [trade_id]
    assert house.app.store.account(account.user) is None


def test_an_account_is_dropped_with_everything_in_it(house: Sandbox) -> None:
    with house.account() as account:
        buy(account)
        assert house.app.store.account(account.user) is not None
    assert house.app.store.account(account.user) is None


def test_two_accounts_see_nothing_of_each_other(house: Sandbox, account: MerchantAccount) -> None:
    with house.account() as other:
        buy(account)
        assert (len(account.payments), other.payments, other.requests) == (1, [], [])
        with pytest.raises(SignatureError):
            YabandPay(account.user, other.secret_key, account.url).query_order("x")


def test_its_key_is_never_shown(account: MerchantAccount) -> None:
    buy(account)
    assert account.secret_key not in repr(account) + account.report() + str(account.requests)


def test_a_payment_is_waited_for_by_any_of_its_names(account: MerchantAccount) -> None:
    trade_id = buy(account)
    for paid in (
        account.wait_for("paid"),
        account.wait_for("paid", order_id="A-1"),
        account.wait_for("paid", trade_id=trade_id),
    ):
        assert (paid.trade_id, paid.amount, paid.state) == (trade_id, "24.99", "paid")


def test_waiting_in_vain_names_the_state_or_the_orders_that_there_are(account: MerchantAccount) -> None:
    account.use("never-paid")
    trade_id = buy(account)
    with pytest.raises(NotAsExpectedError) as missed:
        account.wait_for("paid", timeout="20ms")
    assert str(missed.value) == "After 20ms, the order was processing, not paid."
    with pytest.raises(NotAsExpectedError) as missed:
        account.wait_for("paid", order_id="A-2", timeout="20ms")
    assert str(missed.value) == (
        f"After 20ms, there was no matching order.\n  there is order_id A-1, trade_id {trade_id}, state processing"
    )


def test_waiting_for_an_order_that_was_rejected_ends_at_once_with_the_reason(account: MerchantAccount) -> None:
    with pytest.raises(MissingFieldError):
        account.client.create_alipay_mini_payment(
            order_id="A-1", amount="24.99", currency="EUR", description="Tea", notify_url=""
        )
    with pytest.raises(NotAsExpectedError) as missed:
        account.wait_for("paid", order_id="A-1", timeout="10m")
    assert str(missed.value) == (
        "The request for this order was rejected.\n  near miss: request 1, but it was rejected with -3001 "
        + account.requests[0].reason
    )


def test_a_request_that_was_not_made_is_reported_with_the_nearest(account: MerchantAccount) -> None:
    buy(account)
    assert [one.method for one in account.wait_for_requests("v3.Create*", data={"order_id": "A-*"})] == [
        "v3.CreatePaymentsAlipayMiniPay"
    ]
    with pytest.raises(NotAsExpectedError, match=r"near miss: request 1, but data\.amount is '24\.99', not '25'"):
        account.wait_for_requests("v3.Create*", data={"amount": "25"}, timeout="20ms")
    with pytest.raises(NotAsExpectedError, match="Expected exactly 2 matching requests, but there were 1"):
        account.expect_requests("v3.Create*", exactly=2)
    assert account.expect_requests("v3.CreateRefund", exactly=0) == []


def test_quiet_comes_when_everything_was_accepted(account: MerchantAccount) -> None:
    account.merchant.respond_with(500)
    buy(account)
    account.wait_for("paid")
    account.merchant.wait_for(1)
    with pytest.raises(
        NotAsExpectedError, match="After 20ms, 1 notifications were still in delivery or waiting for a retry"
    ):
        account.wait_until_quiet("20ms")
    account.clock.advance("15s")
    account.wait_until_quiet()
    assert [one.state for one in account.notifications] == ["accepted"]


def test_a_scenario_is_used_once_or_from_now_on(account: MerchantAccount) -> None:
    account.use("declined", times=1)
    account.use("review", reference="VIP-*")
    for order_id in ("A-1", "VIP-1", "A-2"):
        buy(account, order_id)
    account.use("expired")
    buy(account, "A-3")
    account.clock.advance(timedelta(seconds=3))
    assert [one.state for one in account.payments] == ["declined", "paid", "paid", "expired"]
    assert [one.scenario for one in account.payments] == ["declined", "review", "default", "expired"]


def test_a_scenario_that_there_is_not_is_reported(account: MerchantAccount) -> None:
    with pytest.raises(ApiRefusedError, match="There is no scenario 'declind'; did you mean 'declined'"):
        account.use("declind")


def test_an_argument_that_there_is_not_is_reported(sandbox: Sandbox) -> None:
    with (
        pytest.raises(TypeError, match=r"account\(\) has no argument 'scenari'; did you mean 'scenario'\?"),
        sandbox.account(scenari="declined"),
    ):
        pass


def test_a_merchant_does_not_answer_less_than_once(account: MerchantAccount) -> None:
    with pytest.raises(ValueError, match="times must be at least 1, not 0"):
        account.merchant.respond_with(500, times=0)


@pytest.mark.parametrize("times", [0, -1])
def test_a_scenario_is_not_used_less_than_once(account: MerchantAccount, times: int) -> None:
    with pytest.raises(ValueError, match=f"times must be at least 1, not {times}; leave it out"):
        account.use("declined", times=times)


def test_a_method_that_there_is_not_is_reported(account: MerchantAccount) -> None:
    with pytest.raises(ApiRefusedError, match=r"matches 'v3.CreatePayment'; did you mean 'v3.CreatePayments'"):
        account.use("declined", method="v3.CreatePayment")


def test_time_stands_still_until_it_is_moved(account: MerchantAccount) -> None:
    account.clock.freeze(datetime(2099, 1, 1, tzinfo=timezone.utc))
    buy(account)
    assert account.clock.now.isoformat() == "2099-01-01T00:00:00+00:00"
    assert account.payments[0].state == "processing"
    moved = account.clock.advance_to("2099-01-02T00:00:00Z")
    assert account.payments[0].state == "paid"
    assert [event.text for event in moved.happened if event.kind == "state"] == ["paid"]
    with pytest.raises(ApiRefusedError, match="A clock cannot go back"):
        account.clock.advance_to("2098-01-01T00:00:00Z")


def test_time_runs_faster(account: MerchantAccount) -> None:
    account.clock.scale(10_000)
    account.use("late-payment")
    buy(account)
    assert account.wait_for("paid").order_id == "A-1"


def test_a_clock_that_stands_still_holds_up_no_other_account(house: Sandbox, account: MerchantAccount) -> None:
    with house.account(clock={"kind": "frozen", "at": "2020-01-01T00:00:00Z"}) as other:
        buy(other)
        buy(account)
        assert account.wait_for("paid").order_id == "A-1"
        assert other.payments[0].state == "processing"


def test_a_payment_is_pushed_as_the_payer_would(account: MerchantAccount) -> None:
    trade_id = account.client.create_payment(
        "iDEAL", order_id="A-1", amount="24.99", currency="EUR", description="Tea", notify_url=account.merchant.url
    ).trade_id
    assert account.set_state(trade_id, "declined").state == "declined"
    assert account.merchant.wait_for()[0].notification.state == "declined"  # type: ignore[union-attr]


def test_a_proxy_of_the_environment_is_not_asked(account: MerchantAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    buy(account)
    assert len(account.requests) == 1


def test_a_sandbox_with_a_token_is_used_with_it(house: Sandbox) -> None:
    settings = quick_settings()
    guarded = type(settings)(port=0, control_token="hidden", log="none")
    with Sandbox(guarded) as sandbox:
        with sandbox.account() as account:
            buy(account)
        with RunningSandbox(sandbox.url, "hidden") as running, running.account() as account:
            assert account.payments == []
        with RunningSandbox(sandbox.url) as stranger, pytest.raises(ApiRefusedError, match="Token needed") as refused:
            stranger.account().__enter__()
        for name in ("--control-token", "--yabandpay-control-token", "RunningSandbox(control_token=…)"):
            assert name in str(refused.value)
    assert house.url != sandbox.url


def test_what_is_no_sandbox_is_reported(account: MerchantAccount) -> None:
    with pytest.raises(TimeoutError, match=r"No sandbox is ready at .* it answered HTTP 501"):
        RunningSandbox(account.merchant.url, timeout=0).__enter__()


def test_a_merchant_elsewhere_is_known_by_its_name(house: Sandbox) -> None:
    with RunningSandbox(house.url, known_as="localhost") as sandbox, sandbox.account() as account:
        assert account.merchant.url.startswith("http://localhost:")
        buy(account)
        account.clock.advance("1s")
        assert [reported.state for reported in account.merchant.notifications] == ["paid"]
