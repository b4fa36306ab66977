"""Every page of the dashboard in a real browser: what a merchant sends is harmless, all fits, and all can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests.browser.conftest import DESKTOP, OWN, PHONE, create, resize
from tests.helpers import signed

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox
    from tests.browser.conftest import Visit

HOSTILE = "<img src=x onerror=alert(1)><script>alert(1)</script>"
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
    page = visit()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for address in addresses:
        page.goto(address)
        for width in (DESKTOP, PHONE):
            resize(page, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_axe_finds_no_serious_fault(addresses: list[str], visit: Visit) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page = visit(width=DESKTOP)
    found = {}
    for address in addresses:
        page.goto(address)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            faults = axe.run(page).response["violations"]
            serious = [
                f"{one['id']}: {one['nodes'][0]['html'][:120]}"
                for one in faults
                if one["impact"] in {"serious", "critical"}
            ]
            if serious:
                found[f"{address} {scheme}"] = serious
    assert found == {}
