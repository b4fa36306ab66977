"""A refused signature in a real browser: compared and mended by keyboard, on a phone, in both languages, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.gateway.example import documented_request
from tests.browser.conftest import DESKTOP, OWN, PHONE, resize
from tests.helpers import USER
from tests.pages.test_xray import HOSTILE, refused, wrong_string

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from mockserver.testing import Sandbox
    from tests.browser.conftest import Visit


def check(page: Page) -> None:
    """Nothing scrolls sideways, and axe finds no serious fault in light and dark."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page.evaluate("document.querySelectorAll('main details').forEach((one) => one.open = true)")
    for width in (DESKTOP, PHONE):
        resize(page, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        faults = axe.run(page).response["violations"]
        assert [one["id"] for one in faults if one["impact"] in {"serious", "critical"}] == []


def test_a_signature_that_nobody_knows_is_compared_and_mended_by_keyboard(sandbox: Sandbox, visit: Visit) -> None:
    request = documented_request(USER, description=f"Tea {HOSTILE}", order_id="X-RAY-1")
    text = wrong_string(request, description=f"Tea\u00a0{HOSTILE}\n", currency=None, **{HOSTILE: HOSTILE})
    number = refused(sandbox, text, request)
    page = visit(f"{sandbox.url}{OWN}/requests/{number}", language="zh-CN")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.locator("textarea[name=signed_string]").focus()
    page.keyboard.insert_text(text)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("只有字符串本身有误").wait_for()
    assert page.locator("tr.missing th").inner_text() == "currency"
    shown = page.locator("tr.bytes details[open]").first
    assert "U+00A0 NO-BREAK SPACE" in shown.inner_text()
    assert page.locator("textarea[name=signed_string]").input_value() == text
    check(page)
    page.goto(f"{sandbox.url}{OWN}/requests/{number}?lang=en")
    page.get_by_role("button", name="Mend it").focus()
    page.keyboard.press("Enter")
    page.locator("#twin").get_by_text("Accepted").wait_for()
    assert page.url.endswith(f"/requests/{number}?twin={number + 1}#twin")
    check(page)
    page.locator("#twin").get_by_role("link").last.click()
    page.get_by_text("X-RAY-1").first.wait_for()


def test_the_tool_works_without_scripts(sandbox: Sandbox, visit: Visit) -> None:
    request = documented_request(USER)
    text = wrong_string(request) + "\n"
    page = visit(f"{sandbox.url}{OWN}/requests/{refused(sandbox, text, request)}", width=DESKTOP, scripts=False)
    page.get_by_role("link", name="Open in the signature tool").click()
    assert "v3.CreatePayments" in page.locator("textarea[name=body]").input_value()
    page.get_by_label("The string that you signed").fill(text)
    page.get_by_role("button", name="Check signature").click()
    page.get_by_text("Only the string is wrong").wait_for()
