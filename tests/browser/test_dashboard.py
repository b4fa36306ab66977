"""The dashboard, the desk and the tour in a real browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.gateway.example import documented_request
from mockserver.signing import sign, signed_parameters, string_to_sign
from tests.browser.conftest import DESKTOP, PHONE
from tests.helpers import SECRET_KEY, USER, signed

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox
    from tests.browser.conftest import Visit

OWN = f"/_sandbox/accounts/{USER}"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(1)</script>"


def create(sandbox: Sandbox, merchant: Merchant, order_id: str, **changes: Any) -> str:
    order = {"amount": "24.99", "currency": "EUR", "description": "Tea", "notify_url": merchant.url, **changes}
    return sandbox.client().create_alipay_mini_payment(order_id=order_id, **order).trade_id


def test_an_order_appears_by_itself_and_its_state_follows(
    sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, visit: Visit
) -> None:
    page = visit(f"{sandbox.url}{OWN}/orders", width=DESKTOP)
    assert page.get_by_text("No orders yet").is_visible()
    create(sandbox, merchant, "LIVE-1")
    page.get_by_role("link", name="LIVE-1").wait_for()
    assert page.locator("tr", has_text="LIVE-1").locator(".state").inner_text() == "processing"
    clock.advance(1000)
    page.locator("tr.fresh", has_text="LIVE-1").locator(".state.good", has_text="paid").wait_for()


def test_a_story_grows_while_it_is_read_and_a_notification_is_sent_again(
    sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, visit: Visit
) -> None:
    trade_id = create(sandbox, merchant, "LIVE-2")
    page = visit(f"{sandbox.url}{OWN}/orders/{trade_id}", width=DESKTOP)
    clock.advance(1000)
    page.get_by_text("accepted (").wait_for()
    page.get_by_text("What was sent, and what came back").click()
    page.get_by_role("button", name="Send again").click()
    page.get_by_text("The notification is sent again.").wait_for()
    assert [one.notification.state for one in merchant.wait_for(2) if one.notification] == ["paid", "paid"]


def test_a_refusal_is_explained_with_the_differing_byte_marked(sandbox: Sandbox, visit: Visit) -> None:
    request = documented_request(USER)
    request["sign"] = sign(
        string_to_sign(signed_parameters(request)).replace("YabandPay test", "YabandPay+test"), SECRET_KEY
    )
    requests.post(f"{sandbox.url}/Payments", data=json.dumps(request), timeout=30)
    page = visit(f"{sandbox.url}{OWN}/requests", width=DESKTOP)
    page.get_by_role("link", name="v3.CreatePaymentsAlipayMiniPay").click()
    assert "URL-encoded" in page.locator(".finding strong").first.inner_text()
    assert page.locator("mark").all_inner_texts() == [" ", "+"]


def test_a_scenario_is_asked_for_by_a_button(
    sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, visit: Visit
) -> None:
    page = visit(f"{sandbox.url}{OWN}/scenarios?q=declined", width=DESKTOP)
    page.locator("#declined").get_by_role("button", name="Use for the next call").click()
    page.get_by_text("The next request plays this scenario.").wait_for()
    trade_id = create(sandbox, merchant, "LIVE-3")
    clock.advance(2000)
    merchant.wait_for(1)
    assert sandbox.client().query_order(trade_id).state == "declined"


def test_the_clock_is_stepped(sandbox: Sandbox, merchant: Merchant, visit: Visit) -> None:
    create(sandbox, merchant, "EXPIRED-1")
    page = visit(f"{sandbox.url}{OWN}/orders", width=DESKTOP)
    page.locator("details.clock summary").click()
    page.get_by_role("button", name="+1h").click()
    page.get_by_text("The clock was moved forward.").wait_for()
    assert page.locator("tr", has_text="EXPIRED-1").locator(".state").inner_text() == "expired"


def test_the_desk_explains_and_forgets(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}/_sandbox/signature", width=DESKTOP)
    page.get_by_label("Body", exact=True).fill('{"data": {"b": "2", "a": "1"}}')
    page.get_by_label("Secret key").fill("k-of-the-desk")
    page.get_by_label("Sign to compare with").fill(sign("b=2&a=1", "k-of-the-desk"))
    page.get_by_role("button", name="Look").click()
    page.get_by_text("The keys were not sorted").wait_for()
    assert page.get_by_label("Secret key").input_value() == ""


def test_a_stop_of_the_tour_is_played_where_it_stands(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/tour", width=DESKTOP)
    page.locator("#answer-lost").get_by_role("button", name="Play it").click()
    page.locator("#answer-lost").get_by_text("nothing arrived").wait_for()
    page.wait_for_function("scrollY > 0")


def test_the_language_is_switched_and_kept(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/orders", language="zh-CN")
    assert page.locator("h1").inner_text().startswith("订单")
    page.get_by_role("link", name="English").click()
    assert page.locator("h1").inner_text().startswith("Orders")
    page.get_by_role("link", name="Scenarios").click()
    assert page.locator("h1").inner_text().startswith("Scenarios")


PAGES = ["orders", "orders/{trade_id}", "requests", "requests/1", "requests/2", "notifications", "scenarios", "tour"]
SHARED = ["/_sandbox/signature", "/_sandbox/docs/codes", "/_sandbox/docs/methods", "/_sandbox/docs/scenarios"]


@pytest.fixture
def addresses(sandbox: Sandbox, merchant: Merchant, clock: FrozenClock) -> list[str]:
    """Every page of the dashboard, with hostile texts wherever a merchant can send some."""
    trade_id = create(sandbox, merchant, HOSTILE, description=HOSTILE, demo=HOSTILE)
    requests.post(f"{sandbox.url}/Payments", data=signed(sub_pay_method=HOSTILE), timeout=30)
    clock.advance(1000)
    merchant.wait_for(1)
    own = [f"{sandbox.url}{OWN}/{path.format(trade_id=trade_id)}" for path in PAGES]
    return [*own, *(sandbox.url + path for path in SHARED)]


def test_no_page_runs_what_a_merchant_sends_or_scrolls_sideways(addresses: list[str], visit: Visit) -> None:
    for width in (PHONE, DESKTOP):
        page = visit(width=width)
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        for address in addresses:
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_axe_finds_no_serious_fault(addresses: list[str], visit: Visit) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page = visit(width=DESKTOP)
    found = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for address in addresses:
            page.goto(address)
            faults = axe.run(page).response["violations"]
            serious = [
                f"{one['id']}: {one['nodes'][0]['html'][:120]}"
                for one in faults
                if one["impact"] in {"serious", "critical"}
            ]
            if serious:
                found[f"{address} {scheme}"] = serious
    assert found == {}
