"""The forms of the dashboard: what each says beside itself, what it keeps, and that only what is possible is offered."""

from __future__ import annotations

import html
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.helpers import SECRET_KEY, USER
from tests.scenarios.wire import Till

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox

OWN = f"/accounts/{USER}"
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


class Browser:
    """A browser without scripts: it opens pages of the dashboard, and sends their forms with all that is in them."""

    def __init__(self, sandbox: Sandbox, language: str = "en") -> None:
        self.url = sandbox.url
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = language

    def open(self, path: str) -> str:
        self.answer = self.session.get(f"{self.url}/_sandbox{path}", timeout=30)
        assert self.answer.status_code == 200, self.answer.text
        return self.page

    @property
    def page(self) -> str:
        assert "<script>alert" not in self.answer.text
        return self.answer.text

    def forms(self) -> list[str]:
        return re.findall(r"<form.*?</form>", self.page, re.DOTALL)

    def form(self, button: str) -> str:
        """The first form of the page with a button of this label."""
        return next(one for one in self.forms() if re.search(rf"<button[^>]*>{re.escape(button)}</button>", one))

    def press(self, button: str, status: int = 200, **typed: str) -> str:
        """Send a form; returns what the page then says beside the form, or on top if the form is gone."""
        form = self.form(button)
        found = re.findall(r'<input[^>]* name="(\w+)"(?:[^>]* value="([^"]*)")?', form)
        values = {name: html.unescape(text) for name, text in found if name not in {"force", "sure"}}
        action = html.unescape(re.findall(r'action="([^"]*)"', form)[0])
        self.answer = self.session.post(self.url + action, data={**values, **typed}, timeout=30)
        assert self.answer.status_code == status, self.answer.text
        [note] = re.findall(r'<p class="note[^>]*>(.*?)</p>', self.page, re.DOTALL)
        return html.unescape(note)

    def buttons(self) -> set[str]:
        return set(re.findall(r"<button[^>]*>([^<]+)</button>", self.page.partition("</header>")[2]))


@pytest.fixture
def till(sandbox: Sandbox, clock: FrozenClock, merchant: Merchant) -> Till:
    return Till(sandbox, clock, merchant)


@pytest.fixture
def browser(sandbox: Sandbox) -> Browser:
    return Browser(sandbox)


@pytest.fixture
def authorized(till: Till) -> str:
    """The trade_id of an authorised card payment of EUR 25.00."""
    trade_id = till.client.create_card_payment(
        order_id="CARD-1", operation="2", amount="25.00", currency="EUR", description="Tea",
        notify_url=till.merchant.url, payment_token_object="tok_visa", request_id="request-of-a-card",
    ).trade_id  # fmt: skip
    till.pass_time(1000)
    return trade_id


@pytest.mark.parametrize("amount", ["25.00", "20.00"], ids=["in full", "in part"])
def test_an_authorised_payment_is_captured(till: Till, browser: Browser, authorized: str, amount: str) -> None:
    page = browser.open(f"{OWN}/orders/{authorized}")
    assert 'name="captured_amount" value="25.00"' in page, "the whole amount is offered"
    assert browser.press("Capture", captured_amount=amount) == "The gateway captured the payment."
    assert "Capture" not in browser.buttons(), "it can be captured only once"
    order = till.client.query_order(authorized)
    assert (order.state, order.amount) == ("paid", amount)
    till.settle()
    assert till.notified() == ["authorized", "paid"]


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("25.01", "amount must be at most EUR 25.00, the authorised amount"),
        ("0", "amount must be"),
        (HOSTILE[:20], "amount must be"),
    ],
)
def test_an_amount_that_the_gateway_does_not_capture_is_refused_at_the_form(
    till: Till, browser: Browser, authorized: str, amount: str, said: str
) -> None:
    browser.open(f"{OWN}/orders/{authorized}")
    assert said in browser.press("Capture", captured_amount=amount)
    form = html.unescape(browser.form("Capture"))
    assert said in form, "the note is in the form"
    assert f'value="{amount}"' in form, "what was typed stays"
    assert till.client.query_order(authorized).state == "authorized"


def test_a_note_is_beside_its_form_once_and_an_update_repeats_it(till: Till, browser: Browser) -> None:
    for order_id in ("O-1", "O-2"):
        till.create(order_id)
    till.pass_time(1000)
    browser.open(f"{OWN}/notifications")
    second = browser.forms()[-2]  # of the older notification; the last form is that of the keys
    assert "/notifications/1/resend" in second
    key = html.unescape(re.findall(r'name="pressed" value="([^"]*)"', second)[0])
    back = f"/_sandbox{OWN}/notifications"
    path = f"{browser.url}/_sandbox{OWN}/notifications/1/resend"
    browser.session.post(path, data={"pressed": key, "back": back}, timeout=30)
    update = browser.session.get(browser.url + back, headers={"X-Requested-With": "live"}, timeout=30).text
    assert "is being resent" in update
    noted = [one for one in browser.forms() if "is being resent" in one]
    assert noted == []
    browser.open(f"{OWN}/notifications")
    assert "is being resent" not in browser.page


def test_the_note_says_which_of_several_buttons_was_pressed(till: Till, browser: Browser) -> None:
    for order_id in ("O-1", "O-2"):
        till.create(order_id)
    till.pass_time(1000)
    browser.open(f"{OWN}/notifications")
    assert browser.press("Resend") == "The notification is being resent."
    noted = [one for one in browser.forms() if "is being resent" in one]
    assert len(noted) == 1
    assert "/notifications/2/resend" in noted[0], "the newest is the first"
    assert '<button class="" autofocus aria-describedby="note">Resend</button>' in noted[0]


def test_a_refund_is_made_through_the_gateway_and_a_wrong_one_keeps_what_was_typed(
    till: Till, browser: Browser
) -> None:
    trade_id = till.create("O-1").trade_id
    till.pass_time(1000)
    browser.open(f"{OWN}/orders/{trade_id}")
    said = browser.press("Refund", refund_amount="99.99", refund_description=HOSTILE)
    assert said.startswith("The gateway answered -1000: refund_amount must be at most the EUR 24.99")
    form = html.unescape(browser.form("Refund"))
    assert 'value="99.99"' in form
    assert f'value="{HOSTILE}"' in form
    assert "The gateway refused v3.CreateRefund with -1000." in browser.page
    assert (
        browser.press("Refund", refund_amount="4.99", refund_description=HOSTILE) == "The gateway accepted the refund."
    )
    till.pass_time(1000)
    page = browser.open(f"{OWN}/orders/{trade_id}")
    assert re.search(r'<span class="state good">refunded</span>\s*<strong>EUR 4\.99</strong>', page)
    assert html.escape(HOSTILE, quote=False) in page.replace("&#34;", '"').replace("&#39;", "'")
    assert 'name="refund_amount" value="20.00"' in page
    assert "Cancel payment" not in browser.buttons()
    assert "cannot be cancelled, because it was refunded" in page


def test_a_failed_refund_is_red_and_the_states_of_a_waiting_one_are_offered(till: Till, browser: Browser) -> None:
    trade_id = till.create("O-1").trade_id
    till.pass_time(1000)
    till.client.create_refund(trade_id, amount="1.00", currency="EUR", description="back")
    browser.open(f"{OWN}/orders/{trade_id}")
    assert {"refunded", "refund failed", "refund error"} <= browser.buttons()
    browser.press("refund failed")
    assert '<span class="state bad">refund failed</span>' in browser.page
    assert "The refund of EUR 1.00 has the state refund failed." in browser.page
    assert "refunded" not in browser.buttons()


@pytest.mark.parametrize(
    ("order", "offered", "missing"),
    [
        ({}, {"Change state", "Send notification", "Cancel payment", "Continue: paid"}, {"Refund", "Capture"}),
        ({"notify_url": "http://127.0.0.1:1/", "order_id": "DECLINED-1"}, {"Send notification"},
         {"Refund", "Cancel payment", "Capture", "Continue: declined"}),
    ],
)  # fmt: skip
def test_only_what_is_possible_is_offered(
    till: Till, browser: Browser, order: dict[str, Any], offered: set[str], missing: set[str]
) -> None:
    order_id = order.pop("order_id", "O-1")
    trade_id = till.create(order_id, **order).trade_id
    if order_id != "O-1":
        till.pass_time(3000)
    page = browser.open(f"{OWN}/orders/{trade_id}")
    assert offered <= browser.buttons()
    assert not missing & browser.buttons()
    assert ("The state declined is final" in page) == (order_id != "O-1")


def test_what_went_wrong_is_on_top_with_its_cure(till: Till, browser: Browser) -> None:
    till.merchant._respond = lambda _received: (200, f"{HOSTILE}OK".encode())
    trade_id = till.create("O-1").trade_id
    till.pass_time(1000)
    top = browser.open(f"{OWN}/orders/{trade_id}").partition("Timeline")[0]
    assert "The shop did not acknowledge the notification paid." in top
    assert "not accepted: answered 200 with" in top
    assert "the plain text ok as the whole body" in top
    till.merchant._respond = lambda _received: (200, b"ok")
    browser.press("Resend")
    till.settle()
    top = browser.open(f"{OWN}/orders/{trade_id}").partition("Timeline")[0]
    assert 'class="trouble"' not in top
    assert "acknowledged" in top


def test_no_button_copies_a_secret_that_the_page_hides(till: Till, browser: Browser) -> None:
    trade_id = till.create(f"O-{SECRET_KEY}", notify_url=f"{till.merchant.url}?key={SECRET_KEY}").trade_id
    page = browser.open(f"{OWN}/orders/{trade_id}")
    assert "O-***" in page
    assert SECRET_KEY not in page


def test_a_custom_notification_that_cannot_be_sent_keeps_its_fields(till: Till, browser: Browser) -> None:
    trade_id = till.create("O-1").trade_id
    browser.open(f"{OWN}/orders/{trade_id}")
    said = browser.press("Send notification", state="failed", amount="9.99", order_id=HOSTILE, form="resultData",
                         defect="not JSON")  # fmt: skip
    assert said == "The defect 'not JSON' needs the form json, not resultData."
    form = html.unescape(browser.form("Send notification"))
    for kept in ("<option selected>failed", 'value="9.99"', f'value="{HOSTILE}"', "<option selected>resultData",
                 '<option value="not JSON" selected>'):  # fmt: skip
        assert kept in form


def test_a_test_order_is_created_by_a_button_and_by_the_line_beside_it(till: Till, browser: Browser) -> None:
    with till.sandbox.account(name=HOSTILE) as account:
        for page in ("orders", "requests", "notifications"):
            shown = browser.open(f"/accounts/{account.user}/{page}")
            assert "Create a test order" in browser.buttons()
        assert "Create a test order" not in browser.open(f"/accounts/{account.user}/orders?q=nothing")
        line = html.unescape(re.findall(r"<pre[^>]*>(curl .*?)</pre>", shown, re.DOTALL)[0])
        done = subprocess.run(["sh", "-c", f"{line} --silent"], capture_output=True, text=True, check=True)
        assert '"code":"200"' in done.stdout
        form = {"back": "/_sandbox/"}
        address = f"{browser.url}/_sandbox/accounts/{account.user}/test-order"
        created = browser.session.post(address, data=form, timeout=30)
        assert re.fullmatch(rf".*/accounts/{account.user}/orders/[0-9a-f-]{{36}}", created.url)
        assert "<h1>TEST-2 " in created.text


def test_a_test_order_that_is_refused_is_a_message_at_the_button(till: Till, browser: Browser) -> None:
    till.ask(f"{OWN}/scenarios", {"scenario": "signature-error"})
    browser.open(f"{OWN}/orders")
    assert browser.press("Create a test order").startswith("The gateway answered -403:")


def test_a_request_shows_the_message_that_was_answered(till: Till, browser: Browser) -> None:
    till.ask(f"{OWN}/scenarios", {"scenario": "internal-error"})
    browser.open(f"{OWN}/orders")
    browser.press("Create a test order")
    answered = requests.get(f"{browser.url}/_sandbox/api{OWN}/exchanges", timeout=30).json()["items"][0]["answer"]
    message = re.findall(r'"message":"(.*?)"', answered)[0]
    page = html.unescape(browser.open(f"{OWN}/requests/1"))
    assert f"<dt>Message</dt><dd>{message}" in page
    assert page.index("<h1>TEST-1 ") < page.index("v3.CreatePaymentsAlipayMiniPay")


def test_the_header_shows_what_is_unusual_and_undoes_it(till: Till, browser: Browser) -> None:
    def unusual() -> str:
        found = re.findall(r'<div class="unusual".*?</div>', browser.page, re.DOTALL)[0]
        return " ".join(re.sub("<[^>]+>", " ", found).split())

    browser.open("/docs/methods")
    assert unusual() == ""
    for name in ("declined", "declined", "success", "failed"):
        till.ask(f"{OWN}/scenarios", {"scenario": name, "times": 2})
    requests.patch(f"{browser.url}/_sandbox/api{OWN}", json={"scenario": "failed"}, timeout=30)
    browser.open(f"{OWN}/orders")
    browser.press("Advance", by="15m")
    assert unusual() == (
        "Clock + 15 min Reset Next requests: declined × 2, declined × 2, success × 2, + 1 Default scenario: failed Reset"
    )
    assert browser.press("Freeze") == "The clock is set."
    browser.open("/signature-tool")
    assert unusual().startswith("Clock frozen Reset Next")
    form = {"back": "/_sandbox/docs/codes"}
    for part in ("scenarios", "clock"):
        browser.answer = browser.session.post(f"{browser.url}/_sandbox{OWN}/{part}/reset", data=form, timeout=30)
    assert unusual() == ""
    assert browser.press("Advance", by=HOSTILE).startswith("Expected a duration such as")
    assert f'value="{html.escape(HOSTILE)}"' in browser.form("Advance").replace("&#34;", "&quot;").replace(
        "&#39;", "&#x27;"
    )
    assert '<details class="clock" open>' in browser.page


@pytest.mark.parametrize(("kind", "text"), [
    ({"kind": "scaled", "rate": 60}, "Clock × 60"), ({"kind": "stepped", "step": "10s"}, "时钟每个请求前进 10s"),
])  # fmt: skip
def test_each_kind_of_clock_is_named(till: Till, sandbox: Sandbox, kind: dict[str, Any], text: str) -> None:
    requests.put(f"{till.sandbox.url}/_sandbox/api{OWN}/clock", json=kind, timeout=30)
    language = "en" if text.isascii() or "×" in text else "zh"
    assert f">{text}</a>" in Browser(sandbox, language).open(f"{OWN}/orders")
