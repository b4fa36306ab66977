"""The tour in a real browser: by keyboard and without scripts, on a phone and on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import requests

from mockserver.pages.tour.content import STOPS
from tests.browser.conftest import DESKTOP, OWN
from tests.helpers import USER

if TYPE_CHECKING:
    from mockserver.testing import Sandbox
    from tests.browser.conftest import Visit

FIRST, SECOND, *_, LAST = STOPS


def test_the_tour_is_played_from_the_start_by_keyboard(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/tour", width=DESKTOP)
    assert page.locator(".stops a").all_inner_texts() == [stop.title for stop in STOPS]
    page.get_by_role("link", name="Play the tour from the start").press("Enter")
    page.wait_for_url("**/tour/payment")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tour/payment?request=1")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/tour/{SECOND.name}")
    page.goto(f"{sandbox.url}{OWN}/tour/{LAST.name}")
    assert page.locator(".progress").inner_text().endswith("10 / 10")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/scenarios")
    page.goto(f"{sandbox.url}{OWN}/tour/{SECOND.name}")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/tour/{FIRST.name}")
    page.locator(".moments").wait_for()


def test_a_payer_who_pays_on_the_slide_is_seen_on_the_wire(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/tour/forged")
    page.get_by_role("button", name="Play").click()
    page.get_by_text("Believes that the order is processing.").wait_for()
    page.frame_locator(".phone iframe").get_by_role("button", name="Pay EUR").click()
    page.get_by_text("Believes that the order is paid.").wait_for()
    requests.post(f"{sandbox.url}/_sandbox/api/accounts/{USER}/scenarios", json={"scenario": "declined"}, timeout=30)
    page.get_by_label("Unusual settings").get_by_text(
        "declined"
    ).wait_for()  # the header is that of the reader's account


def test_a_stop_is_played_without_scripts(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/tour/{SECOND.name}", scripts=False)
    page.get_by_role("button", name="Play").click()
    page.get_by_text("The slashes in the values were escaped").wait_for()
    page.get_by_role("link", name=STOPS[2].title).click()
    page.wait_for_url(f"**/tour/{STOPS[2].name}")


def test_each_stop_is_a_landscape_page_on_paper(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/tour", width=DESKTOP)
    for stop in (SECOND, LAST):
        page.goto(f"{sandbox.url}{OWN}/tour/{stop.name}")
        page.get_by_role("button", name="Play").click()
        page.wait_for_url("**?request=*")
    page.goto(f"{sandbox.url}{OWN}/tour/print")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("button:visible, a:visible").count() == 0
    assert page.locator(".tour-slide").first.evaluate("one => getComputedStyle(one).breakAfter") == "page"
    paper = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert len(boxes) == len(STOPS)
    assert all(float(width) > float(height) for width, height in boxes)
