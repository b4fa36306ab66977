"""Lists of the dashboard: filters that are in the address, pages of a search, and what became of an order."""

from __future__ import annotations

import html
import json
import re
import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import requests

from mockserver.pages.language import LANGUAGES
from mockserver.pages.rendering import render_page
from mockserver.site.application import create_site
from tests.helpers import USER, signed
from tests.scenarios.wire import Till

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox

OWN = f"/_sandbox/accounts/{USER}"
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


@pytest.fixture
def till(sandbox: Sandbox, clock: FrozenClock, merchant: Merchant) -> Till:
    return Till(sandbox, clock, merchant)


def seen(till: Till, path: str) -> str:
    response = requests.get(f"{till.sandbox.url}{OWN}/{path}", timeout=30)
    assert response.status_code == 200, response.text
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    return response.text


def rows(page: str) -> list[str]:
    """The order ids that lead the rows of a list."""
    return re.findall(r'<td class="main"><a href="[^"]+">([^<]*)</a>', page)


def shown_total(page: str) -> str:
    """How many the heading of a list says it has."""
    [total] = re.findall(r'<h1>\w+ <small class="muted">([^<]*)</small>', page)
    return str(total)


def refuse(till: Till, order_id: str, **changes: str) -> None:
    requests.post(f"{till.sandbox.url}/Payments", data=signed(order_id=order_id, amount="0", **changes), timeout=30)


def older(page: str) -> str:
    [address] = re.findall(r'href="(\?[^"]+)">Older', page)
    return html.unescape(address)


def test_orders_are_found_by_any_part_and_page_by_page(till: Till) -> None:
    for number in range(60):
        till.create(f"TEA-{number}" if number % 10 else f"Cake-{number}")
        till.clock.advance(1)
    assert rows(seen(till, "orders?q=CAKE")) == [f"Cake-{number}" for number in (50, 40, 30, 20, 10, 0)]
    assert rows(seen(till, "orders?q=24.9&wallet=ipay&method=mini&state=paid")) == []
    first = seen(till, "orders?q=tea-&wallet=alipay")
    assert len(rows(first)) == 50
    address = older(first)
    assert address.startswith("?q=tea-&wallet=alipay&before=")
    last = seen(till, f"orders{address}")
    assert rows(last) == ["TEA-4", "TEA-3", "TEA-2", "TEA-1"]
    assert '<a class="button" href="?q=tea-&amp;wallet=alipay">Newest</a>' in last
    assert 'name="q" value="tea-"' in last


def test_one_refused_request_is_found_below_a_hundred_good_ones(till: Till) -> None:
    refuse(till, "NEVER-1")
    for number in range(110):
        till.create(f"GOOD-{number}")
    for query in ("code=refused", "only=rejected", "q=never", "code=-1000&q=NEVER-1", "code=refused&wallet=alipay"):
        assert rows(seen(till, f"requests?{query}")) == ["NEVER-1"], query
    assert shown_total(seen(till, "requests?code=refused")) == "1"
    assert shown_total(seen(till, "requests")) == "111"
    first = seen(till, "requests?q=good")
    assert len(rows(first)) == 100
    assert shown_total(first) == "100+"
    assert rows(seen(till, f"requests{older(first)}")) == [f"GOOD-{number}" for number in range(9, -1, -1)]


def test_an_order_that_was_refused_is_found_with_its_refusal(till: Till) -> None:
    refuse(till, "NEVER-1")
    unknown = json.dumps({"user": "x", "sign": "x", "method": "m", "time": 1, "data": {"order_id": "NEVER-2"}})
    requests.post(f"{till.sandbox.url}/Payments", data=unknown, timeout=30)
    page = seen(till, "orders?q=never")
    assert "No matching orders." in page
    refusals = page[page.index("which created no order") :]
    [own, others] = re.findall(r'<a href="([^"]+)">NEVER-', refusals)
    assert own.startswith(f"{OWN}/requests/")
    assert "/unknown-users/" in others
    assert "amount" in refusals
    assert "which created no order" not in seen(till, "orders")


def test_half_a_surrogate_pair_in_a_request_breaks_no_page(till: Till) -> None:
    body = '{"user": "x", "method": "\\ud83d", "time": 1, "sign": "\\ud83d", "data": {"order_id": "\\ud83d"}}'
    requests.post(f"{till.sandbox.url}/Payments", data=body, timeout=30)
    assert "The body is not a JSON object" in seen(till, "requests")
    for page in ("unknown-users/1", "signature-tool?unknown=1"):
        assert requests.get(f"{till.sandbox.url}/_sandbox/{page}", timeout=30).status_code == 200


def test_a_page_shows_a_question_mark_for_what_utf_8_cannot_encode(sandbox: Sandbox) -> None:
    with create_site(sandbox.app).test_request_context("/"):
        assert b"half ?</p>" in render_page("error.html", title="Error", text="half \ud83d").data


def test_notifications_are_found_and_lead_with_their_order(till: Till) -> None:
    for order_id in ("TEA-1", "CAKE-1"):
        till.create(order_id)
    till.pass_time(2000)
    assert rows(seen(till, "notifications")) == ["CAKE-1", "TEA-1"]
    assert rows(seen(till, "notifications?q=cake")) == ["CAKE-1"]
    assert "No matching notifications." in seen(till, "notifications?state=held")


@pytest.mark.parametrize("page", ["orders", "requests", "notifications"])
@pytest.mark.parametrize(
    "query", ["state=nonsense", "code=1", "since=yesterday", "until=2024-13-01", "before=x", "q=" + "a" * 201, "since=" + quote(HOSTILE)]
)  # fmt: skip
def test_a_wrong_value_is_answered_and_left_out(till: Till, page: str, query: str) -> None:
    till.create("O-1")
    till.pass_time(2000)
    text = seen(till, f"{page}?{query}")
    assert rows(text) == ["O-1"]
    named = query.partition("=")[0]
    has_filter = named not in {"state", "code"} or (named == "code") == (page == "requests")
    assert ("This filter was left out" in text) == has_filter
    assert "<script>alert" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filtered_list_that_is_empty_says_so(till: Till, language: str) -> None:
    till.create("O-1")
    for page in ("orders", "requests", "notifications"):
        text = seen(till, f"{page}?q=nothing&lang={language}")
        assert rows(text) == []
        assert ("No matching" if language == "en" else "没有符合条件的") in text


def test_an_order_says_what_became_of_it(till: Till) -> None:
    trade_id = till.create("O-1").trade_id
    till.pass_time(2000)

    def progress() -> str:
        [cell] = re.findall(r'<td class="state-of-order">(.*?)</td>', seen(till, "orders"))
        return html.unescape(" · ".join(filter(None, map(str.strip, re.split("<[^>]+>", cell)))))

    assert progress() == "paid · acknowledged"
    till.client.create_refund(trade_id, amount="1.00", currency="EUR", description="x")
    assert progress() == "paid · refunded in part · acknowledged"
    till.client.create_refund(trade_id, amount="23.99", currency="EUR", description="x")
    assert progress() == "paid · refunded in full · acknowledged"
    assert '<span class="state good">refunded in full</span>' in seen(till, "orders")


def test_an_order_says_when_its_notification_is_tried_again(till: Till) -> None:
    till.merchant.respond_with(200, "no")
    till.create("O-1")
    till.pass_time(2000)
    page = seen(till, "orders")
    assert '<small class="warning">not acknowledged, next try in 15 s</small>' in page
    assert "未确认，15 s后重试" in seen(till, "orders?lang=zh")


def test_a_missigned_request_is_shown_as_curl_with_the_right_sign(till: Till) -> None:
    wrong = json.loads(signed(order_id="FIXED-1", description="it's a <tea>"))
    requests.post(f"{till.sandbox.url}/Payments", json={**wrong, "sign": "0" * 64}, timeout=30)
    page = html.unescape(seen(till, "requests/1"))
    [line] = re.findall(r"with the right sign</summary>.*?<pre[^>]*>(curl .*?)</pre>", page)
    command, url, option, body = shlex.split(line)
    assert (command, url, option) == ("curl", f"{till.sandbox.url}/Payments", "-d")
    assert requests.post(url, data=body.encode(), timeout=30).json()["code"] == "200"
    assert rows(seen(till, "orders")) == ["FIXED-1"]


@pytest.mark.parametrize("body", [b"no JSON", b'{"data": 1}', b"[]", b'{"user": "016683", "method": "m", "data": []}'])
def test_what_is_no_request_has_no_curl_with_the_right_sign(till: Till, body: bytes) -> None:
    requests.post(f"{till.sandbox.url}/Payments", data=body, timeout=30)
    pages = re.findall(r"(?:requests|unknown-users)/[0-9]+", seen(till, "requests"))
    address = (
        f"{till.sandbox.url}/_sandbox/{pages[0]}"
        if pages[0].startswith("unknown")
        else f"{till.sandbox.url}{OWN}/{pages[0]}"
    )
    page = requests.get(address, timeout=30).text
    assert "as it came" in page
    assert "with the right sign" not in page
