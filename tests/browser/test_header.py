"""The header on a phone, what it says of unusual settings, and the notes of forms, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests

from tests.browser.conftest import DESKTOP, OWN, PHONE, create, resize
from tests.helpers import USER

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox
    from tests.browser.conftest import Visit

MOST = 120
_SMALL = """[...document.querySelectorAll("header a, header summary, header button")].filter((one) => one.checkVisibility())
    .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
    .filter(([_, box]) => box.width < 40 || box.height < 40).map(([text]) => text)"""


def make_unusual(sandbox: Sandbox) -> None:
    api = f"{sandbox.url}/_sandbox/api/accounts/{USER}"
    for name in ("declined", "refund-failed", "notified-twice"):
        requests.post(f"{api}/scenarios", json={"scenario": name, "times": 2}, timeout=30)
    requests.patch(api, json={"scenario": "failed", "name": "Teehaus zum Goldenen Löwen am Marktplatz"}, timeout=30)
    requests.put(f"{api}/clock", json={"kind": "frozen"}, timeout=30)


def header_height(page: Page) -> float:
    return float(page.evaluate("document.querySelector('header').getBoundingClientRect().height"))


def test_the_header_of_a_phone_is_low_and_its_targets_are_large(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}/_sandbox/docs/codes")
    unusual = page.locator(".unusual")
    assert not unusual.is_visible()
    make_unusual(sandbox)
    unusual.get_by_text("Clock frozen").wait_for()  # also on a page where nothing else is live
    for language in ("en", "zh"):
        for path in (f"{OWN}/notifications", "/_sandbox/docs/codes", "/_sandbox/accounts"):
            page.goto(f"{sandbox.url}{path}?lang={language}")
            assert header_height(page) <= MOST, path
            assert page.evaluate(_SMALL) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
            other = page.locator("header .languages a")
            assert other.is_visible()
            box = other.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= PHONE
            current = page.locator(".menu [aria-current]")
            if current.count():
                assert current.evaluate("(one) => one.getBoundingClientRect().right <= innerWidth")
    page.locator(".accounts summary").click()
    assert page.locator(".accounts .panel").evaluate("(one) => one.getBoundingClientRect().right <= innerWidth")


def test_an_unusual_setting_is_undone_where_it_is_shown(sandbox: Sandbox, visit: Visit) -> None:
    make_unusual(sandbox)
    page = visit(f"{sandbox.url}{OWN}/orders", width=DESKTOP)
    unusual = page.locator(".unusual")
    unusual.get_by_role("link", name="Clock frozen").click()
    assert page.get_by_label("Advance by").is_visible(), "the link opens the clock"
    page.get_by_label("Advance by").fill("soon")
    page.keyboard.press("Enter")
    note = page.locator(".panel .note.error")
    note.wait_for()
    assert page.get_by_label("Advance by").input_value() == "soon"
    for _ in range(2):
        unusual.get_by_role("button", name="Reset").first.click()
        page.locator("main .note").wait_for()
    assert not unusual.is_visible()


def test_a_note_is_beside_its_button_with_the_focus_on_it_and_stays(
    sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, visit: Visit
) -> None:
    trades = [create(sandbox, merchant, f"O-{number}") for number in range(30)]
    clock.advance(1000)
    merchant.wait_for(30)
    for scripts in (False, True):
        page = visit(f"{sandbox.url}{OWN}/notifications", scripts=scripts)
        row = page.locator("tr", has_text="O-3").filter(has=page.get_by_role("link", name="O-3", exact=True))
        row.get_by_role("button", name="Resend").click()
        note = row.locator(".note")
        note.wait_for()
        assert note.inner_text() == "The notification is being resent."
        assert page.locator(".note").count() == 1
        box = note.bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= 740, "it is in view"
    assert row.get_by_role("button", name="Resend").evaluate("(one) => one === document.activeElement")
    create(sandbox, merchant, "NEWS")
    clock.advance(1000)
    page.locator("tr", has_text="NEWS").wait_for()
    assert note.is_visible(), "an update does not take it away"
    page.goto(f"{sandbox.url}{OWN}/orders/{trades[0]}")
    assert page.locator(".note").count() == 0


def test_attempts_take_the_whole_width_of_a_desk_and_of_a_phone(
    sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, visit: Visit
) -> None:
    merchant._respond = lambda _received: (500, b"<b>it is broken</b>" * 20)
    trade_id = create(sandbox, merchant, "BROKEN-1")
    clock.advance(1000)
    merchant.wait_for(1)
    page = visit(f"{sandbox.url}{OWN}/orders/{trade_id}")
    assert page.get_by_text("The shop did not acknowledge the notification paid.").is_visible()
    page.get_by_text("Payload and attempts").click()
    for width in (DESKTOP, PHONE):
        resize(page, width)
        box = page.locator(".attempts .bad", has_text="not accepted").bounding_box()
        assert box is not None
        assert box["width"] > width / 2
    assert "HTTP 500" in page.locator(".attempts li").first.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
