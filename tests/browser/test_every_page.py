"""Every page of the dashboard in a real browser: what a merchant sends is harmless, all fits, and all can use it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.pages.dashboard import dashboard_pages
from tests.browser.conftest import DESKTOP, PHONE, create, resize
from tests.browser.test_dashboard import keep_report
from tests.helpers import USER, signed
from tests.pages.test_report_file import report, request, result

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.examine.report import Report
    from mockserver.testing import Merchant, Sandbox
    from tests.browser.conftest import Visit

HOSTILE = "<img src=x onerror=alert(1)><script>alert(1)</script>"
PATHS = [page.path for page in dashboard_pages() if page.template]
VALUES = {"user": [USER], "number": ["1", "2"], "name": ["methods", "protocol"], "method": ["v3.CreateRefund"],
          "stop": ["signature", "plug-in"]}  # fmt: skip


@pytest.fixture
def addresses(sandbox: Sandbox, merchant: Merchant, clock: FrozenClock) -> list[str]:
    """Every page of the dashboard, with hostile texts wherever a merchant can send some."""
    trade_id = create(sandbox, merchant, HOSTILE, description=HOSTILE, demo=HOSTILE)
    requests.post(f"{sandbox.url}/Payments", data=signed(sub_pay_method=HOSTILE), timeout=30)
    clock.advance(1000)
    merchant.wait_for(1)
    unknown = json.dumps({"user": HOSTILE, "sign": HOSTILE, "method": HOSTILE, "time": 1, "data": {HOSTILE: HOSTILE}})
    for _ in range(2):
        requests.post(f"{sandbox.url}/Payments", data=unknown, timeout=30)
    requests.post(f"{sandbox.url}/_sandbox/accounts/{USER}/tour/signature", timeout=30)
    keep_report(sandbox, hostile_report(trade_id))
    values = {**VALUES, "trade_id": [trade_id]}
    return [f"{sandbox.url}/_sandbox{path}" for rule in PATHS for path in filled(rule, values)]


def hostile_report(trade_id: str) -> Report:
    """A report with a failure, a passed check and one that was not graded, all about a hostile shop."""
    sent = request(answer=HOSTILE, body=json.dumps({"sign": HOSTILE}), what="paid, wrong signature")
    failed = result(order_id=HOSTILE, trade_id=trade_id, deliveries=[sent], values={"state": HOSTILE})
    others = [result("repeated", "passed", order_id=HOSTILE), result("refund", "not graded")]
    return report(failed, result("missing-signature"), result("expired", "unsafe habit"), *others, open=[HOSTILE])


def filled(rule: str, values: dict[str, list[str]]) -> list[str]:
    """The paths of a page, with each of the values in the place of its name."""
    name = re.search(r"<(\w+)>", rule)
    if name is None:
        return [rule]
    return [path for value in values[name[1]] for path in filled(rule.replace(name[0], value), values)]


def test_no_page_runs_what_a_merchant_sends_or_scrolls_sideways(addresses: list[str], visit: Visit) -> None:
    page = visit()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for address in addresses:
        page.goto(address)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => one.open = true)")
        for width in (DESKTOP, PHONE):
            resize(page, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_axe_finds_no_serious_fault(addresses: list[str], visit: Visit) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page = visit(width=DESKTOP)
    found = {}
    for address in addresses:
        page.goto(address)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => one.open = true)")
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
