"""The dashboard over HTTP: what its pages show, what its buttons do, and that nothing a merchant sends is more than text."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.pages.dashboard import dashboard_pages
from mockserver.scenarios.shipped import SHIPPED_SCENARIOS
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.helpers import SECRET_KEY, USER, signed
from tests.scenarios.wire import Till

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


@pytest.fixture
def till(sandbox: Sandbox, clock: FrozenClock, merchant: Merchant) -> Till:
    return Till(sandbox, clock, merchant)


def seen(till: Till, path: str, **headers: str) -> str:
    """A page of the dashboard, as text."""
    answer = requests.get(f"{till.sandbox.url}/_sandbox{path}", headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return answer.text


def pressed(till: Till, path: str, back: str = "", **form: str) -> str:
    """What the page says after a button was pressed."""
    address = f"{till.sandbox.url}/_sandbox{path}"
    with requests.Session() as browser:
        answer = browser.post(address, data={"back": f"/_sandbox{back}", **form}, timeout=30)
    assert answer.status_code == 200, answer.text
    notes = re.findall(r'<p class="note[^>]*>(.*?)</p>', answer.text)
    return html.unescape(" ".join(notes))


OWN = f"/accounts/{USER}"


def test_the_front_leads_to_the_accounts_stage(till: Till) -> None:
    answer = requests.get(f"{till.sandbox.url}/_sandbox/", timeout=30)
    assert answer.url == f"{till.sandbox.url}/_sandbox{OWN}/stage"


def test_an_account_is_shown_with_its_name(till: Till) -> None:
    with till.sandbox.account(name="tests/test_shop.py::test_<tea>") as account:
        page = seen(till, f"/accounts/{account.user}/orders")
        assert f"<strong>{account.user}</strong> <small" in page
        assert "tests/test_shop.py::test_&lt;tea&gt;</small>" in page
    assert '<small class="name"' not in seen(till, f"{OWN}/orders")


def test_an_empty_dashboard_teaches_the_first_step(till: Till) -> None:
    page = seen(till, f"{OWN}/orders")
    assert "No orders yet" in page
    assert f"curl {till.sandbox.url}/Payments" in html.unescape(page)
    assert "No requests yet" in seen(till, f"{OWN}/requests")
    assert "No notifications yet" in seen(till, f"{OWN}/notifications")


def test_orders_are_listed_newest_first_found_and_filtered(till: Till) -> None:
    for number in range(60):
        till.create(f"O-{number}")
        till.clock.advance(1)
    declined = till.create("DECLINED-1").trade_id
    till.pass_time(2000)
    orders = re.findall(r">(O-\d+|DECLINED-1)</a>", seen(till, f"{OWN}/orders"))
    assert orders == ["DECLINED-1", *(f"O-{number}" for number in range(59, 10, -1))]
    assert re.findall(r">(O-\d+)</a>", seen(till, f"{OWN}/orders?page=2")) == [
        f"O-{number}" for number in range(10, -1, -1)
    ]
    assert re.findall(r">(O-\d+|DECLINED-1)</a>", seen(till, f"{OWN}/orders?state=declined")) == ["DECLINED-1"]
    for text in ("DECLINED-1", declined):
        assert re.findall(r">(O-\d+|DECLINED-1)</a>", seen(till, f"{OWN}/orders?q={text}")) == ["DECLINED-1"]
    assert "No matching orders" in seen(till, f"{OWN}/orders?q=unknown")


@pytest.mark.parametrize("page", ["0", "-1", "999999", "x", "1e9", "²"])
def test_a_page_that_there_is_not_is_empty_or_the_first(till: Till, page: str) -> None:
    till.create("O-1")
    seen(till, f"{OWN}/orders?page={page}&state=nonsense")


def test_an_orders_page_shows_its_whole_timeline(till: Till) -> None:
    trade_id = till.create("REVIEW-1", demo='{"a":1}').trade_id
    till.pass_time(3000)
    till.client.create_refund(trade_id, amount="1.00", currency="EUR", description="back")
    till.pass_time(1000)
    page = html.unescape(seen(till, f"{OWN}/orders/{trade_id}"))
    timeline = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page[page.index("Timeline") :]))
    for text in ("+0.000 s", "v3.CreatePaymentsAlipayMiniPay", "verify", "+1.000 s", "paid", "v3.CreateRefund", "refunded",
                 "accepted (", '"state": "verify"', "HTTP 200 ok"):  # fmt: skip
        assert text in timeline, text


def test_a_refused_request_shows_both_strings_with_the_differing_character_marked(till: Till) -> None:
    body = json.loads(signed())
    pairs = [f"{name}={body[name]}" for name in ("user", "method", "time")]
    from mockserver.signing.signature import sign  # noqa: PLC0415 - only this test signs by hand

    body["sign"] = sign("&".join([*pairs, *(f"{name}={value}" for name, value in body["data"].items())]), SECRET_KEY)
    requests.post(f"{till.sandbox.url}/Payments", data=json.dumps(body), timeout=30)
    page = seen(till, f"{OWN}/requests/1")
    assert "The keys were not sorted" in page
    assert re.findall("<mark>(.)</mark>", page) == ["a", "u"]
    assert "First difference: byte 0" in page
    assert "The keys were not sorted" in seen(till, f"{OWN}/requests?only=rejected")


def test_requests_from_unknown_users_are_listed_apart(till: Till) -> None:
    requests.post(
        f"{till.sandbox.url}/Payments",
        data='{"user":"nobody","sign":"x","method":"m","time":1,"data":{"a":1}}',
        timeout=30,
    )
    assert "Requests from unknown users" in seen(till, f"{OWN}/requests")
    assert "No account has the user" in seen(till, "/unknown-users/1")


@pytest.mark.parametrize(
    "path", ["/accounts/nobody/orders", f"{OWN}/orders/unknown", f"{OWN}/requests/99", "/unknown-users/9"]
)
def test_an_unknown_record_is_an_error_page(till: Till, path: str) -> None:
    answer = requests.get(f"{till.sandbox.url}/_sandbox{path}", timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_nothing_that_a_merchant_sends_is_more_than_text(till: Till) -> None:
    order: dict[str, Any] = {"description": HOSTILE, "demo": HOSTILE, "notify_url": f"{till.merchant.url}?<b>"}
    till.merchant._respond = lambda _received: (200, HOSTILE.encode())
    trade_id = till.create(HOSTILE, **order).trade_id
    till.pass_time(1000)
    body = json.dumps({"user": HOSTILE, "sign": HOSTILE, "method": HOSTILE, "time": 1, "data": {HOSTILE: HOSTILE}})
    requests.post(f"{till.sandbox.url}/Payments", data=body, timeout=30)
    requests.post(f"{till.sandbox.url}/Payments", data=body.replace(json.dumps(HOSTILE), f'"{USER}"', 1), timeout=30)
    paths = [f"{OWN}/orders", f"{OWN}/orders/{trade_id}", f"{OWN}/requests", f"{OWN}/requests/1", f"{OWN}/requests/2",
             "/unknown-users/1", f"{OWN}/notifications", f"{OWN}/orders?q={HOSTILE}", f"{OWN}/scenarios?q={HOSTILE}"]  # fmt: skip
    for path in paths:
        page = seen(till, path)
        assert "<script>alert" not in page, path
        assert "<b>" not in page, path
        assert "49" not in re.sub(r"\d{3,}|[0-9a-f-]{36}", "", page) or "{{7*7}}" in page
    assert "<script>alert" in html.unescape(seen(till, f"{OWN}/orders/{trade_id}"))


def test_a_notification_is_sent_again_by_a_button(till: Till) -> None:
    till.create("O-1")
    till.pass_time(1000)
    assert pressed(till, f"{OWN}/notifications/1/resend", f"{OWN}/notifications") == "The notification is being resent."
    till.settle()
    assert till.notified() == ["paid", "paid"]


def test_a_notification_of_ones_own_is_sent(till: Till) -> None:
    trade_id = till.create("O-1").trade_id
    said = pressed(till, f"{OWN}/orders/{trade_id}/notifications", f"{OWN}/orders/{trade_id}", state="failed", amount="9.99",
                   order_id="", form="resultData", defect="")  # fmt: skip
    assert said == "The notification is being sent."
    till.settle()
    [received] = till.merchant.received
    assert received.body.startswith(b"resultData=")
    assert received.notification is not None
    assert (received.notification.state, received.notification.data["amount"]) == ("failed", "9.99")


def test_the_state_of_an_order_is_changed_and_an_illegal_change_is_refused_with_a_message(till: Till) -> None:
    trade_id = till.create("O-1").trade_id
    page = f"{OWN}/orders/{trade_id}"
    assert pressed(till, f"{page}/state", page, state="declined") == "State changed."
    assert "declined and cannot become paid" in pressed(till, f"{page}/state", page, state="paid")
    assert pressed(till, f"{page}/state", page, state="paid", force="on") == "State changed."
    assert (
        "Nothing is planned" in pressed(till, f"{page}/signal", page)
        or till.client.query_order(trade_id).state == "paid"
    )


def test_the_clock_is_stepped_by_a_button(till: Till) -> None:
    before = till.ask(f"/accounts/{USER}/clock")["now"]
    assert pressed(till, f"{OWN}/clock", f"{OWN}/orders", by="1h") == "Clock advanced."
    assert till.ask(f"/accounts/{USER}/clock")["now"] > before
    assert "expected a duration" in pressed(till, f"{OWN}/clock", f"{OWN}/orders", by="soon").lower()


def test_every_scenario_is_shown_and_can_be_selected(till: Till) -> None:
    page = seen(till, f"{OWN}/scenarios")
    assert set(re.findall(r'<article class="card" id="([^"]+)"', page)) == {one.name for one in SHIPPED_SCENARIOS}
    assert "uses this scenario" in pressed(till, f"{OWN}/scenarios/next", f"{OWN}/scenarios", name="declined")
    assert "Next requests:" in seen(till, f"{OWN}/scenarios")
    trade_id = till.create("O-1").trade_id
    till.pass_time(2000)
    assert till.client.query_order(trade_id).state == "declined"
    pressed(till, f"{OWN}/scenarios/default", f"{OWN}/scenarios", name="failed")
    assert "Default scenario: failed" in seen(till, f"{OWN}/scenarios")
    pressed(till, f"{OWN}/scenarios/reset", f"{OWN}/scenarios")
    assert "Default scenario: default" in seen(till, f"{OWN}/scenarios")
    assert "did you mean 'declined'?" in pressed(till, f"{OWN}/scenarios/next", f"{OWN}/scenarios", name="declind")


def test_scenarios_are_found_in_both_languages(till: Till) -> None:
    assert 'id="notified-twice"' in seen(till, f"{OWN}/scenarios?q=twice")
    chinese = seen(till, f"{OWN}/scenarios?q=先后两次", **{"Accept-Language": "zh"})
    assert re.findall(r'<article class="card" id="([^"]+)"', chinese) == ["notified-twice"]
    assert "支付延迟之后" in chinese


def test_an_update_of_an_open_page_leaves_the_message_to_the_next_page(till: Till) -> None:
    page = f"{till.sandbox.url}/_sandbox{OWN}/orders"
    with requests.Session() as browser:
        browser.post(f"{till.sandbox.url}/_sandbox{OWN}/clock", data={"by": "1h"}, allow_redirects=False, timeout=30)
        update = browser.get(page, headers={"X-Requested-With": "live"}, timeout=30)
        assert (update.status_code, "Clock advanced." in update.text) == (200, False)
        assert "Clock advanced." in browser.get(page, timeout=30).text
        assert "Clock advanced." not in browser.get(page, timeout=30).text


def test_a_notification_is_listed_with_its_state_and_its_delivery(till: Till) -> None:
    till.create("DECLINED-1")
    till.pass_time(2000)
    rows = re.findall(r'<span class="state (\w+)">(\w+)</span>', seen(till, f"{OWN}/notifications"))
    assert rows == [("bad", "declined"), ("good", "accepted")]


def test_the_scenario_of_a_request_is_named_unless_it_is_the_default(till: Till) -> None:
    till.create("O-1")
    till.create("DECLINED-1")
    named = re.findall(r"<br><small>([\w-]+)</small>", seen(till, f"{OWN}/requests"))
    assert named == ["declined"]


def test_every_page_belongs_to_a_page_of_the_menu_or_to_the_accounts_in_the_header() -> None:
    pages = dashboard_pages()
    menu = [page.name for page in pages if page.menu_order]
    assert menu == ["stage", "orders", "requests", "notifications", "scenarios", "examination", "tour",
                    "signature_tool", "codes"]  # fmt: skip
    assert {page.section or page.name for page in pages if page.template} == {*menu, "accounts"}


def test_a_sandbox_without_accounts_still_has_its_tools_and_documentation(till: Till) -> None:
    requests.delete(f"{till.sandbox.url}/_sandbox/api{OWN}", timeout=30)
    statuses = {}
    for path in ("/signature-tool", "/docs/methods", "/docs/codes", "/"):
        answer = requests.get(f"{till.sandbox.url}/_sandbox{path}", timeout=30)
        statuses[path] = answer.status_code
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert statuses == {"/signature-tool": 200, "/docs/methods": 200, "/docs/codes": 404, "/": 404}


def test_the_menu_marks_the_section_of_a_page(till: Till) -> None:
    trade_id = till.create("O-1").trade_id
    for path, current in (
        (f"{OWN}/orders", ("page", "Orders")),
        (f"{OWN}/orders/{trade_id}", ("true", "Orders")),
        ("/docs/methods", ("true", "Documentation")),
    ):
        header = seen(till, path).partition("</header>")[0]
        assert re.findall(r'<a href="[^"]+" aria-current="(page|true)">([\w ]+)</a>\s', header) == [current]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/_sandbox/", "/elsewhere", ""])
def test_a_button_leads_back_to_its_own_pages_only(till: Till, back: str) -> None:
    answer = requests.post(f"{till.sandbox.url}/_sandbox{OWN}/scenarios/reset", data={"back": back}, timeout=30,
                           allow_redirects=False)  # fmt: skip
    assert answer.headers["Location"] == "/_sandbox/"


def test_foreign_pages_and_names_are_kept_away(till: Till) -> None:
    address = f"{till.sandbox.url}/_sandbox{OWN}/scenarios/next"
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        answer = requests.post(address, data={"name": "declined"}, headers=headers, timeout=30)
        assert answer.status_code == 403
    assert till.ask(f"/accounts/{USER}/scenarios") == []


def test_a_token_is_asked_for_as_a_password(clock: FrozenClock) -> None:
    with Sandbox(Settings(port=0, control_token="sesame"), clock=clock) as sandbox:
        address = f"{sandbox.url}/_sandbox{OWN}/orders"
        refused = requests.get(address, timeout=30)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Basic ")
        assert requests.get(address, auth=("anyone", "sesame"), timeout=30).status_code == 200
        assert requests.get(address, auth=("anyone", "simsim"), timeout=30).status_code == 401
        assert requests.get(address, headers={"Authorization": "Bearer sesame"}, timeout=30).status_code == 200
        assert requests.get(f"{sandbox.url}/_sandbox/static/sandbox.css", timeout=30).status_code == 200


def test_browsers_keep_static_files_by_the_version_in_their_address(till: Till) -> None:
    addresses = set(re.findall(r'"(/_sandbox/static/[^"]+)"', seen(till, f"{OWN}/orders")))
    assert len(addresses) > 3
    for address in addresses:
        kept = requests.get(till.sandbox.url + address, timeout=30)
        assert (kept.status_code, kept.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
        for other in (f"{address}0", address.partition("?")[0]):
            asked_again = requests.get(till.sandbox.url + other, timeout=30)
            assert asked_again.headers["Cache-Control"] == "no-cache"
            assert asked_again.headers["ETag"]
    missing = requests.get(f"{till.sandbox.url}/_sandbox/static/missing.css?v=", timeout=30)
    assert (missing.status_code, "immutable" in missing.headers.get("Cache-Control", "")) == (404, False)


def test_news_reach_a_page_at_once_and_need_no_thread(till: Till) -> None:
    address = f"{till.sandbox.url}/_sandbox/live/{USER}"
    streams = [requests.get(address, stream=True, timeout=30) for _ in range(30)]
    try:
        lines = [stream.iter_lines() for stream in streams]
        for line in lines:
            assert [next(line), next(line)] == [b"data: changed", b""], "what happened before counts too"
        till.create("O-1")
        for line in lines:
            assert next(line) == b"data: changed"
        assert streams[0].headers["Content-Type"] == "text/event-stream"
    finally:
        for stream in streams:
            stream.close()
    assert till.client.list_orders().total == 1
