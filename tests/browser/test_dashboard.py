"""The dashboard and the signature tool in a real browser."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import msgspec
import requests
from werkzeug.serving import make_server

from mockserver import create_app
from mockserver.gateway.example import documented_request
from mockserver.settings import Settings
from mockserver.signing.signature import sign, signed_parameters, string_to_sign
from tests.browser.conftest import DESKTOP, OWN, PHONE, create
from tests.examine.shops.signatures import NoSignatureShop
from tests.helpers import SECRET_KEY, USER, signed
from tests.pages.test_report_file import report, result

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.examine.report import Report
    from mockserver.testing import Merchant, Sandbox
    from tests.browser.conftest import Visit


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


def test_an_order_appears_by_itself_under_a_wsgi_server_too(merchant: Merchant, visit: Visit) -> None:
    app = create_app(Settings(pay_delay=1500))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        page = visit(f"{url}{OWN}/orders", width=DESKTOP)
        assert page.get_by_text("No orders yet").is_visible()
        requests.post(f"{url}/Payments", data=signed(order_id="LIVE-1", notify_url=merchant.url), timeout=30)
        page.locator("tr", has_text="LIVE-1").locator(".state.good", has_text="paid").wait_for()
        page.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.close()


def test_a_timeline_grows_while_it_is_read_and_a_notification_is_resent(
    sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, visit: Visit
) -> None:
    trade_id = create(sandbox, merchant, "LIVE-2")
    page = visit(f"{sandbox.url}{OWN}/orders/{trade_id}", width=DESKTOP)
    clock.advance(1000)
    page.get_by_text("accepted (").wait_for()
    page.get_by_text("Payload and attempts").click()
    page.get_by_role("button", name="Resend").click()
    page.get_by_text("The notification is being resent.").wait_for()
    assert [one.notification.state for one in merchant.wait_for(2) if one.notification] == ["paid", "paid"]


def test_a_refusal_is_explained_with_the_differing_byte_marked(sandbox: Sandbox, visit: Visit) -> None:
    request = documented_request(USER)
    request["sign"] = sign(
        string_to_sign(signed_parameters(request)).replace("YabandPay test", "YabandPay+test"), SECRET_KEY
    )
    requests.post(f"{sandbox.url}/Payments", data=json.dumps(request), timeout=30)
    page = visit(f"{sandbox.url}{OWN}/requests", width=DESKTOP)
    page.locator("tr", has_text="v3.CreatePaymentsAlipayMiniPay").get_by_role("link").click()
    assert "URL-encoded" in page.locator(".diagnosis strong").first.inner_text()
    row = page.locator(".xray tr", has_text="description")
    assert row.locator("mark").all_inner_texts() == [" ", "+"]


def test_a_scenario_is_selected_by_a_button(
    sandbox: Sandbox, merchant: Merchant, clock: FrozenClock, visit: Visit
) -> None:
    page = visit(f"{sandbox.url}{OWN}/scenarios?q=declined", width=DESKTOP)
    page.locator("#declined").get_by_role("button", name="Use for next request").click()
    page.get_by_text("The next request uses this scenario.").wait_for()
    trade_id = create(sandbox, merchant, "LIVE-3")
    clock.advance(2000)
    merchant.wait_for(1)
    assert sandbox.client().query_order(trade_id).state == "declined"


def test_the_clock_is_stepped(sandbox: Sandbox, merchant: Merchant, visit: Visit) -> None:
    create(sandbox, merchant, "EXPIRED-1")
    page = visit(f"{sandbox.url}{OWN}/orders", width=DESKTOP)
    page.locator("details.clock summary").click()
    page.get_by_role("button", name="+1h").click()
    page.get_by_text("Clock advanced.").wait_for()
    assert page.locator("tr", has_text="EXPIRED-1").locator(".state").inner_text() == "expired"


def test_the_signature_tool_explains_and_forgets(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}/_sandbox/signature-tool", width=DESKTOP)
    page.get_by_label("Body", exact=True).fill('{"data": {"b": "2", "a": "1"}}')
    page.get_by_label("Secret key").fill("k-of-the-tool")
    page.get_by_label("Signature to check").fill(sign("b=2&a=1", "k-of-the-tool"))
    page.get_by_role("button", name="Check signature").click()
    page.get_by_text("The keys were not sorted").wait_for()
    assert page.get_by_label("Secret key").input_value() == ""


def test_the_language_is_switched_and_kept(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/orders", language="zh-CN")
    assert page.locator("h1").inner_text().startswith("订单")
    page.get_by_role("link", name="English").click()
    assert page.locator("h1").inner_text().startswith("Orders")
    page.get_by_role("link", name="Scenarios").click()
    assert page.locator("h1").inner_text().startswith("Scenarios")


def test_an_examination_is_started_followed_and_downloaded(sandbox: Sandbox, visit: Visit) -> None:
    with NoSignatureShop(sandbox.url, USER, SECRET_KEY) as shop:
        page = visit(f"{sandbox.url}{OWN}/examination", width=DESKTOP)
        page.get_by_label("URL that makes the shop create an order").fill(f"{sandbox.url}/x")
        page.get_by_role("button", name="Start").click()
        assert "is an address of this sandbox" in page.get_by_role("alert").inner_text()
        page.get_by_label("URL that makes the shop create an order").fill(f"{shop.url}/orders")
        page.get_by_label("URL of the shop's state").fill(f"{shop.url}/orders/{{order_id}}")
        page.get_by_text("Words and fields of the shop").click()
        page.get_by_label("Only these checks or groups").fill("Forgeries, right-payment")
        page.get_by_role("button", name="Start").click()
        page.locator(".headline", has_text="Your shop would have lost money in").wait_for()
    page.locator("#wrong-signature").get_by_text("Requests and answers").click()
    assert '"sign": ' in page.locator("#wrong-signature mark").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as HTML file").click()
    assert download.value.suggested_filename == "examination.html"
    file = visit(width=PHONE, scripts=False)
    file.set_content(download.value.path().read_text(encoding="utf-8"))
    assert file.get_by_text("Your shop would have lost money in").is_visible()
    assert file.evaluate("document.documentElement.scrollWidth") == PHONE
    file.emulate_media(media="print")
    assert file.get_by_role("heading", name="PHP").first.is_visible()
    page.locator("#wrong-signature dd a").click()
    assert page.locator(".state.bad", has_text="accepted").is_visible()


def test_the_progress_of_an_examination_appears_by_itself(sandbox: Sandbox, visit: Visit) -> None:
    page = visit(f"{sandbox.url}{OWN}/examination", width=DESKTOP)
    page.get_by_label("URL that makes the shop create an order").fill("http://127.0.0.1:3000/typed")
    page.get_by_text("The shop of this account has not been examined.").wait_for()
    for done in (1, 2):
        keep_report(sandbox, report(result(), state="running", done=done, total=52))
        page.get_by_text(f"{done} of 52 checks are done.").wait_for()
    assert page.get_by_role("button", name="Stop").is_visible()
    keep_report(sandbox, report(result()))
    page.locator(".headline", has_text="Your shop would have lost money in 1 of 1 checks.").wait_for()
    assert page.get_by_role("button", name="Stop").count() == 0
    typed = page.get_by_label("URL that makes the shop create an order").input_value()
    assert typed == "http://127.0.0.1:3000/typed", "an update leaves the form alone"


def keep_report(sandbox: Sandbox, shown: Report) -> None:
    address = f"{sandbox.url}/_sandbox/api/accounts/{USER}/examination"
    answer = requests.put(
        address, data=msgspec.json.encode(shown), headers={"Content-Type": "application/json"}, timeout=30
    )
    assert answer.ok, answer.text
