"""What one works with on every page: live updates, copy buttons, keys and times, in a real browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import requests

from mockserver.pages.dashboard import dashboard_pages
from tests.browser.conftest import DESKTOP, OWN, create
from tests.helpers import USER, signed

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox
    from tests.browser.conftest import Visit

ADVANCE = f"/_sandbox/api/accounts/{USER}/clock/advance"


def test_an_update_changes_only_what_differs_and_keeps_the_readers_place(
    sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, visit: Visit
) -> None:
    for number in range(40):
        create(sandbox, merchant, f"OLD-{number}")
    page = visit(f"{sandbox.url}{OWN}/orders", width=DESKTOP)
    page.evaluate("document.querySelectorAll('[data-key]').forEach((row) => { row.seenBefore = true; })")
    row = page.locator("tr", has_text="OLD-20")
    row.get_by_role("link").focus()
    page.evaluate(
        "row => { const text = row.querySelector('.number').firstChild; getSelection().selectAllChildren(text.parentNode);"
        " scrollTo(0, 400); row.cells[1].querySelector('.state').hovered = true; }",
        row.element_handle(),
    )
    before = row.bounding_box()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    for number in range(3):
        create(sandbox, merchant, f"NEW-{number}")
    button = page.get_by_role("button", name="3 new")
    button.wait_for()
    assert len(fetched) <= 3, "changes within a moment make one request"
    assert row.bounding_box() == before, "rows above do not move what one reads"
    assert page.evaluate("document.activeElement.textContent") == "OLD-20"
    assert page.evaluate("getSelection().toString().trim()") == "EUR 24.99"
    assert page.evaluate("[...document.querySelectorAll('[data-key]')].filter((row) => !row.seenBefore).length") == 3
    assert page.locator("tr.fresh").count() == 3
    assert page.get_by_role("status").filter(has_text="new").count() == 1
    clock.advance(1000)
    row.locator(".state.good", has_text="paid").wait_for()
    assert page.evaluate("row => row.seenBefore", row.element_handle()), "a changed row is the same element"
    button.click()
    button.wait_for(state="hidden")
    assert page.evaluate("scrollY") < 200, "it led to the new rows"


def test_nothing_is_fetched_while_nothing_happens_or_while_the_page_is_hidden(
    sandbox: Sandbox, merchant: Merchant, visit: Visit
) -> None:
    page = visit(f"{sandbox.url}{OWN}/orders", width=DESKTOP)
    create(sandbox, merchant, "FIRST")
    page.get_by_role("link", name="FIRST").wait_for()
    page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    create(sandbox, merchant, "SECOND")
    assert requests.get(f"{sandbox.url}{OWN}/orders", timeout=30).text.count("SECOND")
    assert fetched == []
    page.evaluate("() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }")
    page.get_by_role("link", name="SECOND").wait_for()
    assert len(fetched) == 2, "the stream, and the page once"


def test_what_is_open_or_typed_in_a_live_part_stays(
    sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, visit: Visit
) -> None:
    trade_id = create(sandbox, merchant, "OPEN-1")
    page = visit(f"{sandbox.url}{OWN}/orders/{trade_id}", width=DESKTOP)
    clock.advance(1000)
    page.get_by_text("accepted (").wait_for()
    page.get_by_text("Payload and attempts").click()
    page.get_by_label("amount", exact=True).fill("7.77")
    page.get_by_label("order_id", exact=True).focus()
    page.locator("[data-live] > h1").evaluate("(heading) => { heading.seenBefore = true; }")
    requests.post(f"{sandbox.url}/_sandbox/api/accounts/{USER}/notifications/1/resend", timeout=30)
    page.get_by_text("resent by hand").first.wait_for()
    assert page.locator("details", has_text="Payload and attempts").first.evaluate("(one) => one.open")
    assert page.get_by_label("amount", exact=True).input_value() == "7.77"
    assert page.evaluate("document.activeElement.name") == "order_id"
    assert page.locator("[data-live] > h1").evaluate("(heading) => heading.seenBefore")


TEXTS = ["<b>\"&amp;'", "two\r\nlines\n", "\\u4e2d 中文 \U0001f9fe \u200b\u00a0", "tab\there"]


def copied(page: Page, selector: str) -> str:
    page.evaluate("navigator.clipboard.writeText('nothing')")
    page.locator(selector).first.click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_what_is_copied_is_what_was_sent(sandbox: Sandbox, merchant: Merchant, visit: Visit) -> None:
    create(sandbox, merchant, "COPY-1")
    body = json.loads(signed())
    body["data"]["description"] = "".join(TEXTS)
    sent = json.dumps(body, indent=1, ensure_ascii=False).replace("\n", "\r\n").replace("中文", "\\u4e2d文")
    requests.post(f"{sandbox.url}/Payments", data=sent.encode(), timeout=30)
    page = visit(f"{sandbox.url}{OWN}/requests/2", width=DESKTOP)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert copied(page, "#request ~ .body-view .copy") == sent
    page.evaluate("() => { Clipboard.prototype.writeText = () => Promise.reject(new Error('not a secure context')); }")
    read = page.locator("#request ~ .body-view .copy").first
    read.click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == sent
    without = visit(f"{sandbox.url}{OWN}/requests/2", scripts=False)
    assert without.locator(".copy").first.is_hidden(), "a button that does nothing is not shown"


def test_single_keys_work_the_lists_and_can_be_turned_off(sandbox: Sandbox, merchant: Merchant, visit: Visit) -> None:
    for number in range(3):
        create(sandbox, merchant, f"KEY-{number}")
    page = visit(f"{sandbox.url}{OWN}/orders", width=DESKTOP)
    press = page.keyboard.press
    for keys, focused in ("j", "KEY-2"), ("j", "KEY-1"), ("j", "KEY-0"), ("j", "KEY-0"), ("k", "KEY-1"):
        press(keys)
        assert page.evaluate("document.activeElement.textContent") == focused
    press("Enter")
    page.wait_for_url("**/orders/*-*")
    press("g")
    press("r")
    page.wait_for_url("**/requests")
    press("g")
    press("a")
    page.wait_for_url("**/accounts")
    press("g")
    press("r")
    page.wait_for_url("**/requests")
    press("/")
    page.keyboard.type("jgo?/")
    assert page.evaluate("document.activeElement.value") == "jgo?/", "keys are letters in a field"
    press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    press("Control+j")
    press("?")
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("link", name="Notifications").is_visible()
    assert {"Stage", "Accounts"} <= {*dialog.get_by_role("link").all_inner_texts()}
    assert dialog.locator("dt", has_text="m Esc").or_(dialog.locator("dt", has_text="← →")).count() == 2
    dialog.get_by_role("checkbox").uncheck()
    press("Escape")
    assert dialog.is_hidden()
    page.goto(f"{sandbox.url}{OWN}/orders")
    press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    page.get_by_role("button", name="Keyboard").click()
    assert not dialog.get_by_role("checkbox").is_checked()


def test_each_key_opens_one_page() -> None:
    keys = [page.key for page in dashboard_pages() if page.key]
    assert {"o", "r", "n", "s", "h", "a"} <= set(keys)
    assert len(keys) == len(set(keys))


def test_times_are_relative_to_the_accounts_clock(
    sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, visit: Visit
) -> None:
    create(sandbox, merchant, "TIME-1")
    clock.advance(200_000)
    page = visit(f"{sandbox.url}{OWN}/orders", width=DESKTOP)
    time = page.locator("tr", has_text="TIME-1").locator("time")
    assert time.inner_text() == "2024-11-27 01:55:45 UTC 3 min ago"
    requests.post(f"{sandbox.url}{ADVANCE}", json={"by": "2h"}, timeout=30)
    time.get_by_text("2 h ago").wait_for()
    time.hover()
    title = (time.get_attribute("title") or "").splitlines()
    assert title[0] == "2024-11-27T01:55:45.000+00:00"
    assert "2024" in title[1], "in the zone of the browser"


def test_the_clock_in_the_header_runs_as_the_accounts_does(sandbox: Sandbox, visit: Visit) -> None:
    address = f"{sandbox.url}/_sandbox/api/accounts/{USER}/clock"
    assert requests.put(address, json={"kind": "scaled", "rate": 60}, timeout=30).ok
    page = visit(f"{sandbox.url}{OWN}/orders", width=DESKTOP)
    shown = page.locator(".clock summary [data-clock=time]")
    before = shown.inner_text()
    page.wait_for_function(
        "before => document.querySelector('.clock summary [data-clock=time]').textContent.slice(0, 5) !== before",
        arg=before[:5],
    )
    assert requests.put(address, json={"kind": "frozen"}, timeout=30).ok
    page.get_by_text("Clock frozen").first.wait_for()
    stands = requests.get(address, timeout=30).json()["now"][11:19]
    page.locator(".clock summary", has_text=stands).wait_for()
