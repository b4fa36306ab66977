"""The button that adds demo data, on the empty page of orders."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest
import requests

from tests.helpers import USER

if TYPE_CHECKING:
    from mockserver.testing import Sandbox

ORDERS = f"/_sandbox/accounts/{USER}/orders"


def pressed(sandbox: Sandbox, orders: str, language: str = "en") -> str:
    """The page after the button was pressed with a number of orders."""
    with requests.Session() as browser:
        browser.headers["Accept-Language"] = language
        address = f"{sandbox.url}/_sandbox/accounts/{USER}/demo-data"
        answer = browser.post(address, data={"orders": orders, "back": ORDERS}, timeout=60)
        assert (answer.status_code, answer.history[0].status_code) == (200, 303)
        return html.unescape(answer.text)


def test_an_empty_account_offers_demo_data_and_shows_it(sandbox: Sandbox) -> None:
    empty = requests.get(sandbox.url + ORDERS, timeout=30).text
    assert "Add demo data" in empty
    shown = pressed(sandbox, "50")
    assert "Demo data added." in shown
    assert shown.count('<td class="main">') == 50
    assert "Add demo data" not in shown


@pytest.mark.parametrize("wrong", ["", "0", "-1", "100001", "1e3", "²", "<script>", "9" * 5000])
def test_a_wrong_number_is_answered_with_the_range(lasting: Sandbox, wrong: str) -> None:
    assert "Expected 1 to 100000 orders, not '" in pressed(lasting, wrong)
    assert "订单数应为 1 到 100000" in pressed(lasting, wrong, "zh")
    assert "<script>" not in requests.get(lasting.url + ORDERS, timeout=30).text
