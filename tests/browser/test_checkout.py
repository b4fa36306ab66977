"""The checkout page in a browser: paying, declining, cards, time, the way back, languages and widths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.clock import FrozenClock
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.browser.conftest import DESKTOP, PHONE, resize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

    from mockserver.client import CreatedPayment
    from mockserver.testing import Merchant
    from tests.browser.conftest import Visit

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

MINUTE = 60_000
BACK = {"redirect_url": "http://shop.example/back"}
"""For orders whose payer returns: that happens by itself after some seconds, which a slow machine may need."""


def created(sandbox: Sandbox, wallet: str = "Alipay", **changes: Any) -> CreatedPayment:
    order: Any = {
        "order_id": "P-1", "amount": "24.99", "currency": "EUR", "description": "Tea", "timeout": "1",
        "notify_url": "https://mapi.yabandpay.com/refused", **changes,
    }  # fmt: skip
    if wallet == "Cards HPP":
        return sandbox.client().create_card_payment(request_id=f"r{order['order_id']}", **order)
    if wallet == "Bank Transfer":
        return sandbox.client().create_bank_transfer(request_id=f"r{order['order_id']}", **order)
    if wallet == "QRcode":
        return sandbox.client().create_shop_qrcode(**order)
    return sandbox.client().create_payment(wallet, **order)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def arrives(page: Page, heading: str) -> None:
    """Wait until a page with a heading is there."""
    page.get_by_role("heading", name=heading, exact=True).wait_for()


def notified(merchant: Merchant, count: int = 1) -> dict[str, str]:
    notification = merchant.wait_for(count)[-1].notification
    assert notification is not None
    return notification.data


def pay_and_return(page: Page) -> None:
    """Pay, return to the shop, and wait for its page."""
    button(page, "Pay EUR 24.99").click()
    arrives(page, "Paid")
    button(page, "Return to the shop").click()
    page.get_by_text("ok", exact=True).wait_for()


def test_a_payer_pays_and_returns_to_a_merchant_that_verifies(
    visit: Visit, sandbox: Sandbox, merchant: Merchant
) -> None:
    payment = created(sandbox, redirect_url=merchant.url.replace("/notify", "/back"))
    pay_and_return(visit(payment.url))
    (returned,) = merchant.wait_for(1)
    assert returned.path == "/back"
    assert returned.notification is not None
    assert (returned.notification.state, returned.notification.trade_id) == ("paid", payment.trade_id)


def test_a_payer_returns_with_the_payload_alone(visit: Visit, merchant: Merchant) -> None:
    with Sandbox(Settings(port=0, return_method="raw")) as sandbox:
        payment = created(
            sandbox, description="1 + 1 = 100%\n分账", redirect_url=merchant.url.replace("/notify", "/back")
        )
        pay_and_return(visit(payment.url))
    (returned,) = merchant.wait_for(1)
    assert returned.body.startswith(b"%7B")
    assert returned.notification is not None
    assert (returned.notification.state, returned.notification.trade_id) == ("paid", payment.trade_id)


def test_a_payer_returns_by_a_plain_link(visit: Visit) -> None:
    with Sandbox(Settings(port=0, return_method="get")) as sandbox:
        page = visit(created(sandbox, **BACK).url)
        page.route("http://shop.example/**", lambda route: route.fulfill(body="the shop"))
        button(page, "Pay EUR 24.99").click()
        with page.expect_request("http://shop.example/back") as asked:
            page.get_by_role("link", name="Return to the shop").click()
        assert (asked.value.method, asked.value.post_data) == ("GET", None)


@pytest.mark.parametrize(
    ("label", "shown", "state"),
    [
        ("Decline", "Declined", "declined"),
        ("Fail", "Failed", "failed"),
        ("Hold for review", "Under review", "verify"),
        ("Expire", "Expired", "expired"),
        ("Cancel payment", "Cancelled", "cancelled"),
    ],
)
def test_a_click_picks_the_outcome(visit: Visit, sandbox: Sandbox, label: str, shown: str, state: str) -> None:
    payment = created(sandbox)
    page = visit(payment.url)
    button(page, label).click()
    arrives(page, shown)
    assert sandbox.client().query_order(payment.trade_id).state == state


def test_edge_cases_are_folded_away(visit: Visit, sandbox: Sandbox, merchant: Merchant) -> None:
    page = visit(created(sandbox, notify_url=merchant.url).url)
    assert not button(page, "Notify twice").is_visible()
    page.get_by_text("Edge cases").click()
    button(page, "Notify twice").click()
    arrives(page, "Paid")
    assert [one.notification and one.notification.state for one in merchant.wait_for(2)] == ["paid", "paid"]


class TestCards:
    def test_a_click_fills_in_a_test_card(self, visit: Visit, sandbox: Sandbox) -> None:
        page = visit(created(sandbox, "Cards HPP").url)
        button(page, "4000 0000 0000 0002").click()
        assert page.get_by_label("Card number").input_value() == "4000 0000 0000 0002"
        assert page.get_by_label("Expiry date").input_value() == "12/27"
        assert page.get_by_label("Security code").input_value() == "123"
        page.keyboard.press("Enter")
        arrives(page, "Declined")

    @pytest.mark.parametrize(
        ("answer", "shown", "state", "status"),
        [("Confirm payment", "Paid", "paid", "Y"), ("Reject payment", "Declined", "declined", "N")],
    )
    def test_the_payer_answers_the_bank(  # noqa: PLR0913, PLR0917 - an answer and what it leads to
        self, visit: Visit, sandbox: Sandbox, merchant: Merchant, answer: str, shown: str, state: str, status: str
    ) -> None:
        page = visit(created(sandbox, "Cards HPP", notify_url=merchant.url).url)
        button(page, "5400 0000 0000 3009").click()
        button(page, "Pay EUR 24.99").click()
        arrives(page, "Verify your identity")
        if answer == "Confirm payment":
            button(page, answer).click()
            assert page.locator("#code-error").inner_text() == "Enter the code of the message."
            page.get_by_label("Confirmation code").fill("000000")
            page.keyboard.press("Enter")
            page.get_by_text("This is not the code.").wait_for()
            assert page.evaluate("document.activeElement.id") == "code"
            page.get_by_role("button", name=re.compile(r"^\d{6}$")).click()
        button(page, answer).click()
        arrives(page, shown)
        assert notified(merchant)["state"] == state
        assert notified(merchant)["3ds_status"] == status
        assert page.get_by_text("•••• 3009").is_visible()

    def test_a_real_card_is_refused_where_it_was_typed(self, visit: Visit, sandbox: Sandbox) -> None:
        page = visit(created(sandbox, "Cards HPP").url)
        page.get_by_label("Card number").fill("4539578763621486")
        button(page, "Pay EUR 24.99").click()
        assert page.get_by_role("alert").is_visible()
        number = page.get_by_label("Card number")
        assert number.input_value() == ""
        described = page.locator(f"#{number.get_attribute('aria-describedby')}").inner_text()
        assert described.startswith("The card ending in 1486 is not a test card")


class MovedClock(FrozenClock):
    """Goes only when it is moved, but promises to go by itself."""

    def seconds_until(self, instant: int) -> float | None:
        return max(0, instant - self.now()) / 1000


class TestTime:
    @pytest.fixture
    def clock(self) -> FrozenClock:
        return MovedClock()

    def test_the_time_left_is_counted_down_until_the_order_expires(
        self, visit: Visit, sandbox: Sandbox, clock: FrozenClock
    ) -> None:
        page = visit()
        page.clock.install(time=0)
        page.goto(created(sandbox).url)
        timer = page.get_by_role("timer")
        assert re.fullmatch(r"1:00|0:5\d", timer.inner_text())
        page.clock.fast_forward(30_000)
        assert re.fullmatch(r"0:(30|2\d)", timer.inner_text())
        page.clock.fast_forward(22_000)
        assert page.get_by_role("status").inner_text().startswith("Time left: 0:0")
        clock.advance(MINUTE)
        page.clock.fast_forward(10_000)
        page.clock.fast_forward(1_000)
        arrives(page, "Expired")

    def test_money_that_arrives_late_shows_by_itself(self, visit: Visit, sandbox: Sandbox, clock: FrozenClock) -> None:
        page = visit()
        page.clock.install(time=0)
        page.goto(created(sandbox).url)
        page.get_by_text("Edge cases").click()
        button(page, "Pay after expiry").click()
        arrives(page, "Expired")
        clock.advance(5_000)
        page.clock.fast_forward(6_000)
        page.clock.fast_forward(1_000)
        arrives(page, "Paid")

    def test_a_page_notices_that_the_order_was_paid_elsewhere(self, visit: Visit, sandbox: Sandbox) -> None:
        payment = created(sandbox, "QRcode")
        page = visit(width=DESKTOP)
        page.clock.install(time=0)
        page.goto(payment.url)
        requests.post(payment.url, data={"state": "paid"}, timeout=30)
        page.clock.fast_forward(3_000)
        arrives(page, "Paid")


def test_a_clock_that_stands_still_is_not_counted_down(visit: Visit, sandbox: Sandbox) -> None:
    page = visit()
    page.clock.install(time=0)
    page.goto(created(sandbox).url)
    page.clock.fast_forward(30_000)
    assert page.get_by_role("timer").inner_text() == "1:00"
    assert page.get_by_text("The sandbox clock is paused.").is_visible()


def test_the_language_is_the_browsers_and_can_be_switched(visit: Visit, sandbox: Sandbox) -> None:
    page = visit(created(sandbox, "List").url, language="zh-CN")
    arrives(page, "请选择支付方式")
    button(page, "支付宝").click()
    assert button(page, "支付 EUR 24.99").is_visible()
    page.get_by_role("link", name="English").click()
    button(page, "Pay EUR 24.99").click()
    arrives(page, "Paid")
    page.get_by_role("link", name="中文").click()
    arrives(page, "支付成功")


WALLETS = [
    "List", "WeChat Pay", "Alipay", "iDEAL", "EPS", "Payconiq", "UnionPay", "UnionPay Card", "PayPal", "Sofort/Digital", "Bancontact",
    "Visa", "Cards HPP", "Bank Transfer", "QRcode",
]  # fmt: skip


def addresses(sandbox: Sandbox) -> Iterator[str]:
    long = "W" * 60
    for wallet in WALLETS:
        yield created(
            sandbox, wallet, order_id=f"{wallet} {long}"[:64], description=long, amount="999999999.99", **BACK
        ).url
    ended = created(sandbox, order_id=long, description=long, **BACK)
    requests.post(ended.url, data={"edge_case": "late"}, timeout=30)
    yield ended.url
    challenged = created(sandbox, "Cards HPP")
    card = {"card_number": "4000000000003220", "expiry": "12/34", "cvc": "737"}
    requests.post(challenged.url, data=card, timeout=30)
    yield challenged.url
    yield f"{sandbox.url}/checkout/016683/{long}"


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_no_page_is_wider_than_the_screen(visit: Visit, sandbox: Sandbox, language: str) -> None:
    page = visit(language=language)
    for address in addresses(sandbox):
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        for width in (DESKTOP, PHONE):
            resize(page, width)
            assert page.evaluate("document.documentElement.scrollWidth") == width, address


def test_the_keyboard_is_enough(visit: Visit, sandbox: Sandbox) -> None:
    page = visit(created(sandbox, "iDEAL").url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "Polderbank"
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("Duin & Dijk Bank").is_checked()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    arrives(page, "Log in to your bank")
    assert page.locator(".bank-page .app-bar").inner_text().startswith("Duin & Dijk Bank")
    button(page, "Log in").focus()
    page.keyboard.press("Enter")
    arrives(page, "Approve the payment")
    page.reload()
    page.go_back()
    arrives(page, "Log in to your bank")
    page.go_forward()
    button(page, "Approve").focus()
    page.keyboard.press("Enter")
    arrives(page, "Paid")


def test_it_works_without_scripts(visit: Visit, sandbox: Sandbox) -> None:
    page = visit(created(sandbox, "Cards HPP", **BACK).url, scripts=False)
    assert button(page, "4242 4242 4242 4242").count() == 0, "no button that does nothing"
    assert page.get_by_text("4242 4242 4242 4242").is_visible()
    page.get_by_label("Card number").fill("4000000000003220")
    page.get_by_label("Expiry date").fill("12/34")
    page.get_by_label("Security code").fill("737")
    button(page, "Pay EUR 24.99").click()
    page.get_by_label("Confirmation code").fill(page.locator("[data-code]").inner_text())
    button(page, "Confirm payment").click()
    arrives(page, "Paid")
    assert page.locator(".returning").is_hidden()
    assert button(page, "Return to the shop").is_visible()


def test_every_page_has_one_main_heading_and_every_field_a_label(visit: Visit, sandbox: Sandbox) -> None:
    page = visit()
    for address in addresses(sandbox):
        page.goto(address)
        assert page.get_by_role("heading", level=1).count() == 1, address
        fields = "[...document.querySelectorAll('input:not([type=hidden])')]"
        assert page.evaluate(f"{fields}.every((field) => field.labels.length === 1)"), address
