"""The page that examines a shop: the form, the progress, the report with its links, and the file."""

from __future__ import annotations

import html
import re
import shlex
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import requests

from mockserver.cli.remote.examining import examine
from mockserver.settings import Settings
from mockserver.system.command import shared_command
from mockserver.testing import Sandbox
from tests.examine.shops.right import QueueShop
from tests.examine.shops.signatures import NoSignatureShop
from tests.pages.test_report_file import report, result
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.examine.report import Report
    from mockserver.testing import MerchantAccount

PATIENCE = 30


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, log="none")) as sandbox:
        yield sandbox


@pytest.fixture
def account(running: Sandbox) -> Iterator[MerchantAccount]:
    with running.account() as one:
        yield one


class Visitor:
    """A browser without scripts, on the page of an account."""

    def __init__(self, account: MerchantAccount) -> None:
        self.own = f"{account.url}/_sandbox/accounts/{account.user}"
        self.api = f"{account.url}/_sandbox/api/accounts/{account.user}/examination"

    def read(self, language: str = "en") -> str:
        answer = requests.get(f"{self.own}/examination?lang={language}", timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.text

    def start(self, **form: str) -> requests.Response:
        return requests.post(f"{self.own}/examination", data=form, timeout=PATIENCE)

    def keep(self, shown: Report) -> None:
        """Have a report that was made elsewhere."""
        sent = requests.put(self.api, data=msgspec.json.encode(shown), headers=JSON, timeout=PATIENCE)
        assert sent.ok, sent.text

    def ended(self) -> dict[str, Any]:
        wait_until(lambda: requests.get(self.api, timeout=PATIENCE).json()["state"] != "running")
        found: dict[str, Any] = requests.get(self.api, timeout=PATIENCE).json()
        return found


JSON = {"Content-Type": "application/json"}


@pytest.fixture
def visitor(account: MerchantAccount) -> Visitor:
    return Visitor(account)


def test_a_shop_that_was_never_examined_has_a_form_and_no_file(visitor: Visitor) -> None:
    page = visitor.read()
    assert "The shop of this account has not been examined." in page
    assert '<details class="examine-form" open>' in page
    assert 'placeholder="http://127.0.0.1:3000/orders/{order_id}"' in page
    shown = html.unescape(page.split('<pre tabindex="0">')[1].split("</pre>")[0])
    command = shlex.split(shown.removeprefix(shared_command()).replace("\\\n", ""))
    assert examine.make_context(command[0], command[1:]).params["create"] == "http://127.0.0.1:3000/orders"
    file = requests.get(f"{visitor.own}/examination/report.html", timeout=PATIENCE)
    assert (file.status_code, "has not been examined" in file.text) == (404, True)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"create": "orders"}, "create: expected a URL such as http://127.0.0.1:3000/orders, not 'orders'."),
        ({"create": ""}, "create: expected a URL"),
        ({"create": "http://shop.example/orders", "state": "http://shop.example/orders"},
         "state: expected {order_id} in the URL"),
        ({"create": "http://mapi.yabandpay.com/orders"}, "is the gateway's own host"),
        ({"create": "http://shop.example/orders", "checks": "wrong-signatur"}, "did you mean 'wrong-signature'?"),
        ({"create": "http://shop.example/orders", "state_field": "x" * 999}, "state_field"),
    ],
)  # fmt: skip
def test_a_wrong_form_says_what_is_wrong_and_keeps_what_was_entered(
    visitor: Visitor, form: dict[str, str], said: str
) -> None:
    answer = visitor.start(**form)
    alert = re.findall(r'<p class="note error" role="alert">(.*?)</p>', answer.text)
    assert [said in html.unescape(one) for one in alert] == [True], alert
    for name, text in form.items():
        assert f'name="{name}" value="{text}"' in answer.text
    assert "The shop of this account has not been examined." in answer.text


def test_the_sandboxs_own_address_is_refused(visitor: Visitor, account: MerchantAccount) -> None:
    answer = visitor.start(create=f"{account.url}/_sandbox/api/accounts")
    assert "is an address of this sandbox" in html.unescape(answer.text)


def test_a_shop_is_examined_and_each_failure_leads_to_its_order(visitor: Visitor, account: MerchantAccount) -> None:
    with NoSignatureShop(account.url, account.user, account.secret_key) as shop:
        form = {"create": f"{shop.url}/orders", "state": f"{shop.url}/orders/{{order_id}}",
                "checks": "right-payment, wrong-signature\uff0canswer-ok"}  # fmt: skip
        started = visitor.start(**form)
        assert started.status_code == 200
        assert all(f'name="{name}" value="{html.escape(text)}"' in started.text for name, text in form.items())
        assert visitor.ended()["state"] == "ended"
    page = visitor.read()
    assert "Your shop would have lost money in 1 of 3 checks." in page
    failure = re.findall(r'<article class="card failure" id="wrong-signature">(.*?)</article>', page, re.DOTALL)[0]
    link = re.findall(r'href="(/_sandbox/accounts/[^"]+)"', failure)[0]
    order = requests.get(f"{account.url}{link}", timeout=PATIENCE)
    assert "Your shop accepted a forged notification: wrong signature." in order.text
    assert '<span class="state bad">accepted</span>' in order.text
    assert "Your shop accepted a forged notification: wrong signature." in visited(visitor, "notifications")
    assert "Your shop accepted a forged notification: wrong signature." in visited(visitor, "orders")


def visited(visitor: Visitor, page: str) -> str:
    return requests.get(f"{visitor.own}/{page}", timeout=PATIENCE).text


def test_an_examination_is_stopped_by_a_button(visitor: Visitor, account: MerchantAccount) -> None:
    with QueueShop(account.url, account.user, account.secret_key) as shop:
        started = visitor.start(create=f"{shop.url}/orders", state=f"{shop.url}/orders/{{order_id}}")
        assert ">Stop</button>" in started.text
        again = visitor.start(create=f"{shop.url}/orders")
        assert "is being examined" in again.text
        pressed = requests.post(f"{visitor.own}/examination/stop", data={"back": _path(visitor)}, timeout=PATIENCE)
        assert "The examination is being stopped." in pressed.text
        assert visitor.ended()["state"] == "stopped"
    page = visitor.read()
    assert re.search(r"It was stopped after \d+ of \d+ checks.", page)
    assert ">Stop</button>" not in page
    pressed = requests.post(f"{visitor.own}/examination/stop", data={"back": _path(visitor)}, timeout=PATIENCE)
    assert '<p class="note error"' in pressed.text


def _path(visitor: Visitor) -> str:
    return visitor.own[visitor.own.index("/_sandbox") :] + "/examination"


def test_a_running_examination_shows_how_far_it_is(visitor: Visitor) -> None:
    visitor.keep(report(result(), result("repeated", "passed"), state="running", done=2, total=52))
    page = visitor.read()
    assert "2 of 52 checks are done." in page
    assert '<progress class="progress" max="52" value="2"' in page
    assert ">Wrong signature<" in page
    assert "<article" not in page
    assert "Download" not in page


def test_an_examination_that_failed_says_why(visitor: Visitor) -> None:
    visitor.keep(report(state="failed", problem="The shop created no order: <b>."))
    page = visitor.read()
    assert "The examination could not be carried out." in page
    assert "The shop created no order: &lt;b&gt;." in page


def test_the_file_is_downloaded_in_the_language_of_the_page(visitor: Visitor) -> None:
    visitor.keep(report(result(deliveries=[])))
    for language, headline in (
        ("en", "Your shop would have lost money in 1 of 1 checks."),
        ("zh", "有 1 项会损失资金"),
    ):
        address = f"{visitor.own}/examination/report.html?lang={language}"
        file = requests.get(address, timeout=PATIENCE)
        assert headline in file.content.decode()
        assert file.headers["Content-Disposition"] == "attachment; filename=examination.html"
        assert file.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headline in visitor.read(language)


def test_what_the_shop_said_is_only_text_on_the_page(visitor: Visitor) -> None:
    hostile = "<script>alert(1)</script>\"'&{{7*7}}"
    one = result(order_id=hostile, trade_id="../x", values={"state": hostile})
    one.deliveries[0].answer = one.deliveries[0].body = one.deliveries[0].url = one.deliveries[0].error = hostile
    visitor.keep(report(one, result("repeated", "passed", order_id=hostile)))
    page = visitor.read()
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") == 7
