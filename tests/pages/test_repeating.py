"""What happened once is done again from its page: requests and notifications, by a button, by a command, or edited."""

from __future__ import annotations

import html
import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.gateway.example import curl_command
from mockserver.pages.body_view import body_view
from tests.helpers import SECRET_KEY, USER, signed, signed_call
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
    response = requests.get(f"{till.sandbox.url}/_sandbox{path}", timeout=30)
    assert response.status_code == 200, response.text
    return response.text


def replayed(till: Till, way: str, page: str = f"{OWN}/requests/1") -> requests.Response:
    return requests.post(f"{till.sandbox.url}{page}/replay", data={"way": way}, timeout=30)


def code(page: str) -> str:
    return str(re.findall(r'<h1>.*?<span class="state \w+">([^<]*)', page)[0])


def test_a_request_is_sent_again_as_it_was_with_a_new_time_or_with_a_new_order_id(till: Till) -> None:
    till.create("AGAIN-1")
    ways = re.findall(r'name="way" value="(\w+)"', seen(till, f"/accounts/{USER}/requests/1"))
    assert ways == ["same", "new", "order"]
    for number, way in enumerate(ways, start=2):
        page = replayed(till, way)
        assert page.url == f"{till.sandbox.url}{OWN}/requests/{number}?replay_of=1"
        assert f'href="{OWN}/requests/1">request 1</a>' in page.text
        assert code(page.text) == "200", way
    with till.sandbox.app.store.read(USER) as unit:
        sent = [exchange.request for number in (1, 2, 3, 4) if (exchange := unit.exchange(number))]
    assert sent[1] == sent[0]
    assert json.loads(sent[2])["time"] == till.clock.now() // 1000
    assert json.loads(sent[3])["data"]["order_id"] == "AGAIN-1-4"


def test_a_query_or_a_foreign_request_has_no_way_that_makes_no_sense(till: Till) -> None:
    trade_id = till.create("AGAIN-1").trade_id
    requests.post(f"{till.sandbox.url}/Payments", data=signed_call("v3.QueryOrder", {"trade_id": trade_id}), timeout=30)
    assert replayed(till, "order", f"{OWN}/requests/2").status_code == 409
    assert code(replayed(till, "new", f"{OWN}/requests/2").text) == "200"
    requests.post(f"{till.sandbox.url}/Payments", data=b'{"user": "nobody"}', timeout=30)
    again = replayed(till, "same", "/_sandbox/unknown-users/1")
    assert again.url.endswith("/_sandbox/unknown-users/2?replay_of=1")
    assert replayed(till, "new", "/_sandbox/unknown-users/1").status_code == 409
    assert replayed(till, "same", "/_sandbox/unknown-users/9").status_code == 404


@pytest.mark.parametrize(
    "description", [f"key {SECRET_KEY}", "tea " * 5000, "茶" * 6000], ids=["masked", "cut", "cut character"]
)
def test_a_request_that_the_journal_has_masked_or_cut_cannot_be_sent_again(till: Till, description: str) -> None:
    requests.post(f"{till.sandbox.url}/Payments", data=signed(description=description), timeout=30)
    page = seen(till, f"/accounts/{USER}/requests/1")
    assert "or keeps only its first 16 KiB, so it cannot be sent again from here" in page
    assert 'name="way"' not in page
    assert "curl " not in page
    assert replayed(till, "same").status_code == 409


@pytest.mark.parametrize("form", ["json", "resultData", "percent-encoded"])
def test_no_body_button_or_form_shows_a_secret(till: Till, form: str) -> None:
    trade_id = till.create(SECRET_KEY, description=f"{SECRET_KEY} <b>").trade_id
    path = f"{till.sandbox.url}/_sandbox/api/accounts/{USER}/payments/{trade_id}/notifications"
    requests.post(path, json={"form": form}, timeout=30)
    till.settle()
    for page in ("requests", "requests/1", "notifications", "notifications/1", "orders", f"orders/{trade_id}"):
        text = seen(till, f"/accounts/{USER}/{page}")
        assert SECRET_KEY not in html.unescape(text), page
        assert "***" in text, page


BODIES = [
    b"plain", b"it's \"quoted\" $HOME `id` \\n %d", b"two\nlines\n", b"two\r\nlines", b"@file", "中文 \U0001f9fe".encode(),
    bytes(range(256)), b"%41 100%", b"",
]  # fmt: skip


def run(command: str) -> str:
    """What a real shell says after a command."""
    ran = subprocess.run(["sh", "-c", command.replace("curl ", "curl -s ", 1)], capture_output=True, check=True)
    return ran.stdout.decode()


def test_a_command_sends_exactly_the_bytes(merchant: Merchant) -> None:
    for body in BODIES:
        run(curl_command(f"{merchant.url}?q='[1-3]{{a}}", body, "text/plain; x=it's"))
    assert [one.body for one in merchant.received] == BODIES
    assert curl_command(merchant.url, b"x" * 100_000) == "", "too long for a command"


def command(page: str, label: str) -> str:
    found = re.findall(rf"<summary>{label}</summary>.*?<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    return html.unescape(str(found[0]))


def test_a_request_and_a_notification_are_sent_by_the_commands_of_their_pages(till: Till) -> None:
    body = json.dumps(json.loads(signed(description=HOSTILE, notify_url=till.merchant.url)), indent=1)
    requests.post(f"{till.sandbox.url}/Payments", data=body, timeout=30)
    page = seen(till, f"/accounts/{USER}/requests/1")
    assert json.loads(run(command(page, "As curl, as it came")))["code"] == "200"
    with till.sandbox.app.store.read(USER) as unit:
        first, second = unit.exchange(1), unit.exchange(2)
    assert first is not None
    assert second is not None
    assert first.request == second.request
    till.pass_time(1000)
    page = seen(till, f"/accounts/{USER}/notifications/1")
    assert run(command(page, "Send it by hand, with curl")) == "ok"
    *before, last = till.merchant.received
    assert last.body in [one.body for one in before]


def test_an_order_is_queried_and_refunded_by_the_commands_of_its_page(till: Till) -> None:
    trade_id = till.create("CURL-1").trade_id
    assert "Refund it" not in seen(till, f"/accounts/{USER}/orders/{trade_id}"), "there is nothing to refund yet"
    till.pass_time(1000)
    page = seen(till, f"/accounts/{USER}/orders/{trade_id}")
    assert json.loads(run(command(page, "Query it, with curl")))["data"]["transaction_info"]["state"] == "paid"
    assert json.loads(run(command(page, "Refund it, with curl")))["data"]["refund_amount"] == "24.99"
    assert "Refund it" not in seen(till, f"/accounts/{USER}/orders/{trade_id}")


def edited(till: Till, number: int = 1, **form: str) -> requests.Response:
    return requests.post(
        f"{till.sandbox.url}{OWN}/notifications/{number}", data={"sign": "new", "form": "json", **form}, timeout=30
    )


def text_of(page: str) -> str:
    return html.unescape(re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[0])


def test_a_notification_is_edited_and_sent_with_a_new_sign_or_with_the_old_one(till: Till) -> None:
    till.create("EDIT-1")
    till.pass_time(1000)
    page = seen(till, f"/accounts/{USER}/notifications/1")
    text = text_of(page)
    assert json.loads(text)["data"]["order_id"] == "EDIT-1"
    changed = text.replace('"24.99"', '"0.01"').replace("\n", "\r\n")
    for number, (sign, form, defect) in enumerate(
        [("new", "json", "wrong amount"), ("new", "resultData", "wrong amount"), ("kept", "percent-encoded", "wrong signature")],
        start=2,
    ):  # fmt: skip
        answer = edited(till, body=changed, sign=sign, form=form)
        assert answer.url == f"{till.sandbox.url}{OWN}/notifications/{number}"
        assert "The edited notification is being sent." in answer.text
        assert defect in answer.text
        till.settle()
    first, *copies = till.merchant.received
    assert [one.notification is not None for one in copies] == [True, True, False]
    assert copies[0].notification is not None
    assert copies[0].notification.data["amount"] == "0.01"
    assert copies[1].body.startswith(b"resultData=")
    assert b"%0A" in copies[2].body, "the text goes exactly as it is"
    assert first.notification is not None
    assert first.notification.data["amount"] == "24.99"
    shown = seen(till, f"/accounts/{USER}/notifications/3")
    assert "decoded" in shown
    assert 'id="attempt-1"' in shown


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"data": {\n  "a": 1,,\n}}', "line 2, column 10, at “,”"),
        ("", "line 1, column 1"),
        ('{"a": 1}', "has no data to sign"),
        ('{"data": {"a": NaN}}', "has a value that cannot be sent"),
        (f'{{"data": {{"a": {"9" * 5000}}}}}', "has a value that cannot be sent"),
        ('{"data": ' + "[" * 3000, "nested too deeply"),
    ],
)
def test_a_text_that_cannot_be_sent_is_kept_with_a_message(till: Till, body: str, message: str) -> None:
    till.create("EDIT-1")
    till.pass_time(1000)
    answer = edited(till, body=body)
    assert message in html.unescape(answer.text)
    assert text_of(answer.text) == body
    unsent = edited(till, body='{"data": {}}', url="ftp://shop.example")
    assert "Expected a url such as https://shop.example/notify" in unsent.text
    till.settle()
    assert len(till.merchant.received) == 1


def test_a_body_is_shown_whole_coloured_and_folded_whatever_it_is() -> None:
    def plain(markup: str) -> str:
        return html.unescape(re.sub("<[^>]*>", "", markup))

    source = '{"b": {"x": [1, -2.50, 1e400, true, null]}, "b": "\\u4e2d<i>", "": [], "long": "' + "x" * 70_000 + '"}'
    view = body_view(source.encode())
    assert (view.kind, view.text) == ("JSON", source)
    assert re.sub(r"\s", "", plain(view.html)) == re.sub(r"\s", "", source)
    assert view.html.count("<details open>") == 3
    assert '<span class="key">&#34;b&#34;</span>' in view.html
    for kind, text in (
        ("number", "-2.50"),
        ("number", "1e400"),
        ("literal", "true"),
        ("string", "&#34;\\u4e2d&lt;i&gt;&#34;"),
    ):
        assert f'<span class="{kind}">{text}</span>' in view.html
    for deep in ('{"a":' * 500 + "1" + "}" * 500, "[" * 5000 + "]" * 5000, "[" + "[1]," * 9000 + "2]"):
        view = body_view(deep.encode())
        assert re.sub(r"\s", "", plain(view.html)) == deep
        assert len(re.findall("<details", view.html)) == view.html.count("</details>")
        assert view.html.count("<div>") == view.html.count("</div>")
    view = body_view(b"resultData=%7B%22a%22%3A%22%3Cb%3E%22%7D&x=1")
    assert (view.kind, [name for name, _ in view.fields]) == ("form", ["resultData", "x"])
    assert plain(view.fields[0][1]) == '{"a": "<b>"}'
    assert plain(body_view(b"%7B%22a%22%3A1%7D").fields[0][1]) == '{"a": 1}'
    view = body_view(b"<b>\xff\x00\xe2\x80\x8b\r\n\tok")
    assert view.text is None
    assert plain(view.html) == "<b>\\xFFU+0000U+200B\\r\n\\tok"


def test_the_pages_of_requests_and_notifications_run_nothing_that_a_merchant_sends(till: Till) -> None:
    fields: dict[str, Any] = {"description": HOSTILE, "notify_url": f"{till.merchant.url}?{HOSTILE}"}
    till.merchant._respond = lambda _received: (200, HOSTILE.encode())
    till.create(HOSTILE, **fields)
    till.pass_time(1000)
    for path in ("requests/1", "notifications/1", "notifications"):
        page = seen(till, f"/accounts/{USER}/{path}")
        assert "<script>alert" not in page
        assert "alert(1)" in html.unescape(page)
    assert "<script>alert" not in edited(till, body=HOSTILE, url=HOSTILE).text
