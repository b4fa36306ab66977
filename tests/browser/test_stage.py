"""The stage in a real browser: a payment is played, time is dragged, and the meeting mode fills a projector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import DESKTOP, OWN, PHONE, create, resize
from tests.sockets import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from mockserver.testing import Merchant, Sandbox
    from tests.browser.conftest import Visit

HOSTILE = "<img src=x onerror=alert(1)>"


def drag(page: Page, stop: str) -> None:
    """Drag the time bar to a stop with the pointer."""
    bar = page.get_by_label("Move the clock forward")
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    place = page.locator(".marks text", has_text=stop).first.bounding_box()
    assert box is not None
    assert place is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8, y)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] / 2, y, steps=4)
    assert page.locator(".time-head output").inner_text().startswith(f"Move forward by {stop}")
    page.mouse.up()


def says(page: Page, text: str) -> None:
    page.locator(".belief", has_text=text).wait_for()


def test_a_payment_is_played_with_the_built_in_merchant(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/stage", width=DESKTOP)
    page.get_by_label("Method and wallet").select_option("v3.BankTransfer Bank Transfer")
    assert page.locator("[data-currency] option:not([hidden])").all_inner_texts() == ["EUR"]
    page.get_by_role("button", name="Create payment").click()
    says(page, "Waits for the payment.")
    page.evaluate("window.isSame = true")
    page.frame_locator("iframe").locator(".go[name=state]").click()
    says(page, "Believes that the order is paid.")
    page.frame_locator("iframe").get_by_role("heading", name="Paid").wait_for()
    assert page.evaluate("window.isSame"), "the page follows without being loaded again"
    page.locator("li", has_text="Answers ok").get_by_text("Bytes").first.click()
    page.get_by_text("User-Agent: yabandpay-mock").wait_for()
    page.get_by_role("button", name="Play again").click()
    says(page, "Waits for the payment.")


def test_what_has_no_page_is_paid_in_the_drawn_wallet(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/stage")
    page.get_by_label("Method and wallet").select_option("v3.CreatePaymentsAlipayMiniPay Alipay")
    page.get_by_label("Description").fill(HOSTILE)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.get_by_role("button", name="Create payment").click()
    page.locator(".wallet-screen").get_by_role("button", name="Pay", exact=True).click()
    says(page, "Believes that the order is paid.")
    assert page.locator(".wallet-what").inner_text() == HOSTILE
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_a_drag_of_the_time_bar_expires_an_order_and_makes_retries_fire(
    sandbox: Sandbox, merchant: Merchant, visit: Visit
) -> None:
    merchant.respond_with(500, HOSTILE, times=100)
    page = visit(f"{sandbox.url}{OWN}/stage", width=DESKTOP)
    page.get_by_role("button", name="Create payment").click()
    drag(page, "15 min")
    says(page, "Believes that the order is expired.")
    page.frame_locator("iframe").get_by_role("heading", name="Expired").wait_for()
    trade_id = create(sandbox, merchant, HOSTILE)
    page.goto(f"{sandbox.url}{OWN}/stage/{trade_id}")
    page.get_by_text("Next event").click()
    page.get_by_text("attempt 2").wait_for()
    drag(page, "15 min")
    page.locator("li", has_text="attempt 5").locator(".message.bad").wait_for()
    assert len(merchant.wait_for(5)) == 5
    page.get_by_role("button", name="Let it run again").click()
    page.get_by_role("button", name="Freeze").wait_for()


def test_the_meeting_mode_fills_a_projector_and_is_left_by_a_key(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/stage", width=DESKTOP)
    page.get_by_role("button", name="Create payment").click()
    says(page, "Waits for the payment.")
    normal = page.locator(".belief").evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
    page.keyboard.press("m")
    page.wait_for_url("**?mode=meeting")
    assert page.get_by_role("navigation", name="Pages").count() == 0
    assert page.get_by_text("--host 0.0.0.0").is_visible()
    for width, height in ((1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        size = page.evaluate(
            "[document.documentElement.scrollWidth, document.querySelector('.time-bar').getBoundingClientRect().bottom]"
        )
        assert size[0] <= width
        assert size[1] <= height, f"all is seen at {width} by {height}"
        assert page.locator(".belief").evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)") > normal
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "mode" not in url)
    resize(page, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_the_stage_works_without_scripts(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/stage", width=DESKTOP, scripts=False)
    page.get_by_role("button", name="Create payment").click()
    page.get_by_role("button", name="+15m").click()
    page.get_by_text("frozen", exact=True).wait_for()

    def has_expired() -> bool:  # without scripts, what happens after the page was sent is seen by loading it again
        page.reload()
        return page.locator(".wire", has_text="expired").count() > 0

    wait_until(has_expired)
