"""Each wallet on the payer's page: its steps on a phone and on a computer, the card form, the return, what is live."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import requests

from tests.browser.conftest import DESKTOP, PHONE, resize
from tests.browser.test_checkout import BACK, arrives, button, created
from tests.browser.test_every_page import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox
    from tests.browser.conftest import Visit

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

STEPS = (
    ("WeChat Pay", "?step=sheet"), ("WeChat Pay", "?step=password"), ("Alipay", "?step=sheet"),
    ("UnionPay QuickPass", "?step=sheet"), ("Payconiq", "?step=app"), ("Bancontact", "?step=app"),
    ("Bancontact", "?step=card"), ("PayPal/recurring", "?step=review"), ("iDEAL", "?bank=Tulpenkas&step=login"),
    ("EPS", "?bank=Donauwellenbank&step=approve"), ("Alipay", "?plain=1"),
)  # fmt: skip


def scanned(page: Page) -> None:
    """Act as a phone that scans the code on a page."""
    assert requests.get(page.url, params={"scanned": "1"}, timeout=30).url.endswith("?step=sheet")


def test_a_payer_scans_on_a_computer_and_confirms_on_a_phone(visit: Visit, sandbox: Sandbox) -> None:
    payment = created(sandbox, "WeChat Pay")
    desk = visit(width=DESKTOP)
    desk.clock.install(time=0)
    desk.goto(payment.url)
    assert desk.get_by_role("img", name="QR code of this page").is_visible()
    assert desk.get_by_text("Open WeChat, tap + and choose Scan.").is_visible()
    assert button(desk, "Pay EUR 24.99").is_hidden()
    scanned(desk)
    desk.clock.fast_forward(3_000)
    desk.get_by_text("Scanned.").wait_for()
    phone = visit(payment.url)
    assert phone.get_by_role("img", name="QR code of this page").is_hidden()
    button(phone, "Pay EUR 24.99").click()
    arrives(phone, "Payment password")
    assert phone.get_by_role("textbox").count() == 0, "no real password can be entered"
    button(phone, "Confirm with the test password").click()
    arrives(phone, "Paid")
    desk.clock.fast_forward(3_000)
    arrives(desk, "Paid")


def test_no_phone_is_asked_to_use_a_phone(visit: Visit, sandbox: Sandbox) -> None:
    page = visit()
    code = page.get_by_role("img", name="QR code of this page", include_hidden=True)
    for wallet in ("List", "YabandPay", "WeChat Pay", "Alipay", "UnionPay", "Payconiq", "Bancontact", "iDEAL", "Visa"):
        page.goto(created(sandbox, wallet).url)
        for width in (PHONE, DESKTOP):
            resize(page, width)
            assert code.is_visible() == (width == DESKTOP), wallet


def test_a_payer_logs_in_pays_and_comes_back_to_what_has_happened(visit: Visit, sandbox: Sandbox) -> None:
    payment = created(sandbox, "List")
    page = visit(payment.url)
    other = page.context.new_page()
    other.goto(f"{payment.url}?wallet=PayPal&plain=1")
    assert other.get_by_role("heading", name="Simulate").count() == 0
    button(page, "PayPal").click()
    button(page, "Log in").click()
    button(page, "Pay EUR 24.99").click()
    arrives(page, "Paid")
    page.go_back()
    arrives(page, "Paid")
    arrives(other, "Paid")
    assert other.get_by_role("heading", name="Notifications").count() == 0, "it stays a clean page"
    other.get_by_role("link", name="Show sandbox tools").click()
    other.get_by_role("heading", name="Notifications").wait_for()


class TestCardForm:
    def test_it_groups_names_the_brand_and_keeps_the_caret(self, visit: Visit, sandbox: Sandbox) -> None:
        page = visit(created(sandbox, "Cards HPP").url)
        number, expiry, cvc = (page.locator(f"#{name}") for name in ("card_number", "expiry", "cvc"))
        number.press_sequentially("424242424242")
        assert number.input_value() == "4242 4242 4242"
        assert page.locator(".card-mark.is-it").inner_text() == "Visa"
        number.evaluate("(field) => field.setSelectionRange(4, 4)")
        page.keyboard.type("13")
        assert number.input_value() == "4242 1342 4242 42"
        assert number.evaluate("(field) => field.selectionStart") == 7, "after the two digits"
        page.keyboard.press("Backspace")
        page.keyboard.press("Backspace")
        page.keyboard.press("Backspace")
        assert number.input_value() == "4244 2424 242"
        number.evaluate("(field) => { field.select(); document.execCommand('insertText', false, '3782-822463-10005') }")
        assert number.input_value() == "3782 822463 10005"
        assert page.locator(".card-mark.is-it").inner_text() == "Amex"
        assert cvc.get_attribute("maxlength") == "4"
        number.fill("5555555555554444")
        assert (number.input_value(), cvc.get_attribute("maxlength")) == ("5555 5555 5555 4444", "3")
        for typed, shown in (("1230", "12/30"), ("5", "05/"), ("1/30", "01/30"), ("12/2030", "12/30")):
            expiry.fill("")
            expiry.press_sequentially(typed)
            assert expiry.input_value() == shown
        expiry.press("Backspace")
        expiry.press("Backspace")
        assert expiry.input_value() == "12/", "the slash can be passed"

    def test_a_mistake_keeps_the_other_fields_and_is_focused(self, visit: Visit, sandbox: Sandbox) -> None:
        page = visit(created(sandbox, "Cards HPP").url)
        page.locator("#card_number").fill("4242424242424242")
        page.locator("#expiry").fill("12/20")
        page.locator("#cvc").fill("737")
        button(page, "Pay EUR 24.99").click()
        page.get_by_role("alert").wait_for()
        shown = {name: page.locator(f"#{name}").input_value() for name in ("card_number", "expiry", "cvc")}
        assert shown == {"card_number": "4242 4242 4242 4242", "expiry": "12/20", "cvc": "737"}
        assert page.evaluate("document.activeElement.id") == "expiry"
        page.locator("#card_number").fill("4539578763621486")
        page.locator("#expiry").fill("12/30")
        button(page, "Pay EUR 24.99").click()
        page.locator("#card_number-error").wait_for()
        shown = {name: page.locator(f"#{name}").input_value() for name in ("card_number", "expiry", "cvc")}
        assert shown == {"card_number": "", "expiry": "12/30", "cvc": ""}, "they may be those of a real card"


def countdown(page: Page) -> str | None:
    """The words of the countdown; empty if it has not begun."""
    return page.locator(".returning [data-text]").text_content()


class TestReturn:
    @pytest.fixture
    def page(self, visit: Visit) -> Page:
        page = visit()
        page.clock.install(time=0)
        page.clock.pause_at(1_000)  # so that a slow machine does not return before the test looks
        page.route("http://shop.example/**", lambda route: route.fulfill(body="the shop", content_type="text/plain"))
        return page

    def test_it_comes_by_itself_once(self, page: Page, sandbox: Sandbox) -> None:
        page.goto(created(sandbox, **BACK).url)
        button(page, "Pay EUR 24.99").click()
        page.get_by_text("Returning to the shop in 5 s").wait_for()
        page.clock.fast_forward(2_000)
        assert page.get_by_text("Returning to the shop in 3 s").is_visible()
        with page.expect_request("http://shop.example/back") as asked:
            page.clock.fast_forward(4_000)
        assert (asked.value.method, "resultData=" in (asked.value.post_data or "")) == ("POST", True)
        page.get_by_text("the shop").wait_for()
        page.go_back()
        arrives(page, "Paid")
        assert countdown(page) == "", "not again for a payer who came back"

    def test_the_payer_stops_it(self, page: Page, sandbox: Sandbox) -> None:
        page.goto(created(sandbox, **BACK).url)
        button(page, "Pay EUR 24.99").click()
        button(page, "Stop").click()
        page.clock.fast_forward(60_000)
        assert page.get_by_text("Returning").is_hidden()
        assert page.evaluate("document.activeElement.textContent") == "Return to the shop"

    def test_no_shop_appears_within_a_frame(self, page: Page, sandbox: Sandbox) -> None:
        address = created(sandbox, **BACK).url
        page.goto(f"{sandbox.url}/")
        page.evaluate("(address) => { const f = document.createElement('iframe'); f.src = address; document.body.append(f) }", address)  # fmt: skip
        frame = page.frame_locator("iframe")
        frame.get_by_role("button", name="Pay EUR 24.99").click()
        frame.get_by_role("heading", name="Paid").wait_for()
        assert frame.locator(".returning [data-text]").text_content() == ""
        with page.context.expect_page() as opened:
            frame.get_by_role("button", name="Return to the shop").click()
        opened.value.close()
        assert frame.get_by_role("heading", name="Paid").is_visible()

    def test_whoever_only_looks_at_an_order_stays(self, page: Page, sandbox: Sandbox) -> None:
        payment = created(sandbox, **BACK)
        requests.post(payment.url, data={"state": "paid"}, timeout=30)
        page.goto(payment.url)
        assert countdown(page) == ""


def test_the_page_shows_what_the_shop_answered_until_it_is_final(
    visit: Visit, sandbox: Sandbox, merchant: Merchant, clock: FrozenClock
) -> None:
    merchant.respond_with(500, HOSTILE)
    page = visit()
    page.clock.install(time=0)
    page.goto(created(sandbox, notify_url=merchant.url).url)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    button(page, "Pay EUR 24.99").click()
    arrives(page, "Paid")
    merchant.wait_for(1)
    live = page.locator("[data-live=notifications]")
    page.clock.fast_forward(61_000)
    live.get_by_text("answered HTTP 500").wait_for()
    live.get_by_text("Message and answer").click()
    assert HOSTILE in live.inner_text()
    clock.advance(15_000)
    merchant.wait_for(2)
    page.clock.fast_forward(61_000)
    live.get_by_text(re.compile(r"answered ok in \d+ ms")).wait_for()
    assert live.get_by_text('"trade_id"').is_visible(), "what was unfolded stays so"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.clock.fast_forward(600_000)
    assert asked == [], "nothing more can happen"


def states(sandbox: Sandbox, merchant: Merchant) -> Iterator[str]:
    """Every step of every wallet, and how a payment ends."""
    for wallet, query in STEPS:
        yield created(sandbox, wallet, description=HOSTILE, order_id=HOSTILE, **BACK).url + query
    for wallet in ("List", "WeChat Pay", "Bancontact", "iDEAL", "PayPal", "Bank Transfer", "Cards HPP"):
        yield created(sandbox, wallet, order_id=f"first {wallet}").url
    card = created(sandbox, "Cards HPP", order_id="challenged")
    requests.post(card.url, data={"card_number": "4000000000003220", "expiry": "12/34", "cvc": "737"}, timeout=30)
    yield card.url
    for edge_case in ("twice", "late"):
        ended = created(sandbox, notify_url=merchant.url, description=HOSTILE, **BACK)
        requests.post(ended.url, data={"edge_case": edge_case}, timeout=30)
        yield ended.url


SMALL = """[...document.querySelectorAll("main a, main button, main summary")].filter((one) => one.offsetParent
    && !one.closest("p:not(.aside)") && one.getBoundingClientRect().height < 40).map((one) => one.outerHTML)"""
"""The links and buttons, beside those within sentences, that a thumb may miss."""


def test_every_state_can_be_read_and_hit_by_a_thumb(visit: Visit, sandbox: Sandbox, merchant: Merchant) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page, found = visit(), {}
    for address in states(sandbox, merchant):
        page.emulate_media(color_scheme="light")
        resize(page, PHONE)
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        assert page.evaluate(SMALL) == [], address
        faults = axe.run(page).response["violations"]
        page.emulate_media(color_scheme="dark")
        resize(page, DESKTOP)
        faults += axe.run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
        serious = [one for one in faults if one["impact"] in {"serious", "critical"}]
        if serious:
            found[address] = [f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in serious]
    assert found == {}
