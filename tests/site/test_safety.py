"""Who may use the API and the dashboard, over sockets: names, pages of others, tokens, and what headers say."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
import requests

from mockserver.client import signed_request
from mockserver.gateway.example import DOCUMENTED_DATA
from mockserver.settings import Settings
from mockserver.testing import RunningSandbox, Sandbox
from tests.helpers import SECRET_KEY, USER, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNTS = "/_sandbox/api/accounts"
ORDERS = f"/_sandbox/accounts/{USER}/orders"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - as the image has it
PUBLIC = "https://pay.example.test"


@pytest.fixture(scope="module")
def image() -> Iterator[Sandbox]:
    """A sandbox that listens as the image does, with further names."""
    settings = Settings(host=EVERYWHERE, port=0, allowed_host=("build.example.com", "*.ci.example.com"))
    with Sandbox(replace(settings, tls_name=("alias.example",))) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def public() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, public_url=PUBLIC)) as sandbox:
        yield sandbox


class Answer:
    """What came back, byte for byte."""

    def __init__(self, received: bytes) -> None:
        head, _, self.body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}

    @property
    def detail(self) -> str:
        assert self.headers["content-type"] == "application/problem+json", self.body
        return str(json.loads(self.body)["detail"])


def ask(sandbox: Sandbox, line: str, *headers: bytes, body: bytes = b"") -> Answer:
    """A request of exactly these headers, such as `GET /path`."""
    place = urlsplit(sandbox.url)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        length = b"Content-Length: %d" % len(body)
        head = [f"{line} HTTP/1.1".encode(), *headers, length, b"Connection: close"]
        connection.sendall(b"\r\n".join(head) + b"\r\n\r\n" + body)
        with connection.makefile("rb") as incoming:
            return Answer(incoming.read())


def port_of(sandbox: Sandbox) -> str:
    return str(urlsplit(sandbox.url).port)


# By which name ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["evil.example", "evil.example.", "EVIL.example", "127.0.0.1.evil.example"])
def test_a_page_whose_name_was_led_here_reaches_nothing(image: Sandbox, name: str) -> None:
    host = f"{name}:{port_of(image)}"
    own = [f"Host: {host}".encode(), f"Origin: http://{host}".encode()]
    json_body = [*own, b"Content-Type: application/json"]
    assert ask(image, f"GET {ACCOUNTS}", *own).status == 403
    assert ask(image, f"POST {ACCOUNTS}", *json_body, body=b'{"user": "stolen", "secret_key": "k"}').status == 403
    assert ask(image, f"GET {ORDERS}", *own).status == 403
    assert ask(image, f"GET /_sandbox/live/{USER}", *own).status == 403
    assert "stolen" not in image.app.merchants()


def test_the_refusal_names_the_setting(image: Sandbox) -> None:
    plain = name = "rebound.example"
    assert ask(image, f"GET {ACCOUNTS}", f"Host: {plain}:1".encode()).detail == (
        f"The API and the dashboard do not answer to the name {name}. Use {image.url}, or start the sandbox with "
        f"--allowed-host {name} (YABANDPAY_MOCK_ALLOWED_HOST={name})."
    )


@pytest.mark.parametrize(
    "name",
    ["localhost", "127.0.0.1", "192.168.1.20", "[::1]", "sandbox", "yabandpay", "host.docker.internal",
     "mapi.yabandpay.com", socket.gethostname(), "build.example.com", "job7.ci.example.com", "alias.example"],
)  # fmt: skip
def test_own_names_given_names_and_those_of_containers_are_answered(image: Sandbox, name: str) -> None:
    for host in (name, f"{name}:49153"):
        assert ask(image, f"GET {ACCOUNTS}", f"Host: {host}".encode(), f"Origin: http://{host}".encode()).status == 200
        assert ask(image, f"GET {ORDERS}", f"Host: {host}".encode()).status == 200


def test_a_star_opens_it_to_every_name() -> None:
    with Sandbox(Settings(port=0, allowed_host=("*",))) as sandbox:
        assert ask(sandbox, f"GET {ACCOUNTS}", b"Host: anything.example").status == 200


def test_a_client_that_names_no_host_is_no_browser(image: Sandbox) -> None:
    place = urlsplit(image.url)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(f"GET {ACCOUNTS} HTTP/1.0\r\n\r\n".encode())
        with connection.makefile("rb") as incoming:
            assert Answer(incoming.read()).status == 200


def test_the_gateway_health_and_payers_pages_answer_to_every_name(image: Sandbox) -> None:
    alias = b"Host: pay.shop.example"
    created = ask(image, "POST /Payments", alias, body=signed_order())
    page = urlsplit(json.loads(created.body)["data"]["url"])
    assert page.netloc == "pay.shop.example"
    assert ask(image, f"GET {page.path}", alias).status == 200
    assert ask(image, "GET /_sandbox/static/sandbox.css", alias).status == 200
    assert ask(image, "GET /_sandbox/api/health/ready", alias).status == 200


# From which page -------------------------------------------------------------------------------------------------------


def test_a_payer_at_the_public_url_pays(public: Sandbox) -> None:
    path = urlsplit(create(public)["url"]).path
    form = b"Content-Type: application/x-www-form-urlencoded"
    for origin in (b"https://evil.example", b"http://pay.example.test", b"null"):
        assert ask(public, f"POST {path}", inside(public), b"Origin: " + origin, form, body=b"state=paid").status == 403
    paid = ask(public, f"POST {path}", inside(public), f"Origin: {PUBLIC}".encode(), form, body=b"state=paid")
    assert (paid.status, paid.headers["location"]) == (303, path)


def test_a_foreign_page_is_reported_of_the_public_url(public: Sandbox) -> None:
    refused = ask(public, f"GET {ACCOUNTS}", inside(public), b"Origin: https://other.example")
    assert "A page of 'https://other.example' may not do this." in refused.detail
    assert "--public-url" in refused.detail
    assert ask(public, f"GET {ACCOUNTS}", inside(public), f"Origin: {PUBLIC}".encode()).status == 200


def inside(sandbox: Sandbox) -> bytes:
    return f"Host: 127.0.0.1:{port_of(sandbox)}".encode()


# What an answer says of the sandbox's address --------------------------------------------------------------------------


def signed_order(method: str = "v3.CreatePayments", **changes: Any) -> bytes:
    data = {**DOCUMENTED_DATA, "sub_pay_method": "iDEAL", "redirect_url": "https://shop.example/back", **changes}
    return signed_request({"user": USER, "method": method, "time": 1, "data": data}, SECRET_KEY)


def create(sandbox: Sandbox, *headers: bytes, method: str = "v3.CreatePayments", **changes: Any) -> dict[str, Any]:
    """The data of an answer to a creation."""
    answer = json.loads(ask(sandbox, "POST /Payments", *headers, body=signed_order(method, **changes)).body)
    assert answer["status"] is True, answer
    data: dict[str, Any] = answer["data"]
    return data


@pytest.mark.parametrize(
    "host", ["localhost:49153", "sandbox:8765", "[::1]:8765", "pay.shop.example", "192.168.1.20:1"]
)
def test_payers_are_sent_to_where_the_shops_request_came(image: Sandbox, host: str) -> None:
    own = f"Host: {host}".encode()
    for method in ("v3.CreatePayments", "v3.QRcodePayment"):
        offline = {"pay_method": "offline", "sub_pay_method": "QRcode"} if method == "v3.QRcodePayment" else {}
        answered = create(image, own, method=method, **offline)
        assert {answered["url"], answered.get("qrcode", answered["url"])} == {
            f"http://{host}/checkout/{USER}/{answered['trade_id']}"
        }
    app = create(image, own, method="v3.CreatePaymentsAlipayAppPay", sub_pay_method="Alipay", os_type="android")
    assert f"url={quote(f'http://{host}/checkout/', safe='')}" in app["parameters"]["pay_url"]


@pytest.mark.parametrize(
    "host", [b"[", b"a b", b"x:99999", b"x:y", b"\xff.example", b"user@evil.example", b"evil.example/path?", b"", b"x" * 400]
)  # fmt: skip
def test_a_malformed_host_comes_back_nowhere(image: Sandbox, host: bytes) -> None:
    assert create(image, b"Host: " + host)["url"].startswith(f"{image.url}/checkout/")


def test_the_public_url_is_what_payers_are_sent_to(public: Sandbox) -> None:
    assert create(public, b"Host: sandbox:8765")["url"].startswith(f"{PUBLIC}/checkout/{USER}/")


@pytest.mark.parametrize("path", ["/", "/llms.txt", ORDERS, "/_sandbox/docs/codes"])
@pytest.mark.parametrize("settings", [Settings(port=0), Settings(port=0, public_url=PUBLIC)], ids=["mapped", "public"])
def test_pages_name_the_address_at_which_they_are_read(settings: Settings, path: str) -> None:
    with Sandbox(settings) as sandbox:
        shown = ask(sandbox, f"GET {path}", b"Host: localhost:49153").body.decode()
    assert (settings.public_url or "http://localhost:49153") in shown
    assert sandbox.url not in shown


def test_the_code_on_a_payers_page_leads_where_the_payer_is(image: Sandbox) -> None:
    path = urlsplit(create(image)["url"]).path
    assert (
        f'href="http://192.168.1.20:49153{path}"'
        in ask(image, f"GET {path}", b"Host: 192.168.1.20:49153").body.decode()
    )


# With which headers ----------------------------------------------------------------------------------------------------

ODD = [b"http://[", b"http://[zz]", b"\xff\xfe", b"://", b"[", b"http://a:99999", b"a b", b",", b"x" * 3000]
PATHS = ["/", "/nothing", f"/checkout/{USER}/none", "/_sandbox/", ACCOUNTS, ORDERS, f"/_sandbox/live/{USER}x", "/llms.txt",
         "/_sandbox/static/sandbox.css", "/_sandbox/api/nothing", "/_sandbox/api/health/ready"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.slow
def test_no_header_makes_the_sandbox_fail(image: Sandbox, path: str) -> None:
    own = inside(image)
    for odd in ODD:
        sent = [[b"Host: " + odd], [own, b"Host: evil.example"]]
        names = (b"Origin", b"Referer", b"Authorization", b"Authorization: Basic", b"Authorization: Bearer", b"Cookie",
                 b"Accept-Language", b"Content-Type", b"X-Forwarded-Host", b"If-None-Match", b"Range")  # fmt: skip
        sent += [[own, name + (b" " if b":" in name else b": ") + odd] for name in names]
        for verb in ("GET", "POST"):
            answers = [ask(image, f"{verb} {path}", *headers).status for headers in sent]
            assert max(answers) < 500, (verb, odd, answers)


@pytest.mark.parametrize("host", [b"[", b"a b", b"x:99999", b"\xff"])
@pytest.mark.parametrize("path", [ACCOUNTS, ORDERS])
def test_a_malformed_host_is_refused_as_that(image: Sandbox, path: str, host: bytes) -> None:
    refused = ask(image, f"GET {path}", b"Host: " + host)
    assert refused.status == 400
    assert refused.detail.startswith("The Host header must be a name or an IP address, with or without a port, not ")


@pytest.mark.parametrize("origin", [b"http://[", b"\xff", b"null", b""])
def test_a_malformed_origin_is_a_foreign_one(image: Sandbox, origin: bytes) -> None:
    for line in (f"GET {ACCOUNTS}", f"POST {urlsplit(create(image)['url']).path}"):
        assert ask(image, line, inside(image), b"Origin: " + origin).status == 403


@pytest.mark.parametrize("path", [*PATHS, "/Payments"])
def test_browsers_take_every_answer_for_what_it_says_it_is(image: Sandbox, path: str) -> None:
    for verb in ("GET", "POST"):
        for host in (inside(image), b"Host: evil.example", b"Host: ["):
            answered = ask(image, f"{verb} {path}", host)
            assert answered.headers["x-content-type-options"] == "nosniff", (verb, answered.status)


def test_exports_spoilt_answers_and_news_are_no_exception(image: Sandbox) -> None:
    span = {"start_time": "2024-01-01 00:00:00", "end_time": "2024-01-02 00:00:00"}
    export = ask(image, "POST /Payments", inside(image), body=signed_request(
        {"user": USER, "method": "v3.BatchQuery", "time": 1, "data": span}, SECRET_KEY))  # fmt: skip
    spoilt = ask(image, "POST /Payments", inside(image), b"X-Sandbox-Scenario: not-json", body=signed())
    assert {answer.headers["x-content-type-options"] for answer in (export, spoilt)} == {"nosniff"}
    with requests.get(f"{image.url}/_sandbox/live/{USER}", stream=True, timeout=30) as news:
        assert news.headers["X-Content-Type-Options"] == "nosniff"


def test_no_site_can_show_the_dashboard_in_a_frame_but_a_shop_the_payers_page(image: Sandbox) -> None:
    for path in PATHS[3:]:
        if "health" not in path:
            assert ask(image, f"GET {path}", inside(image)).headers["x-frame-options"] == "DENY", path
    assert "frame-ancestors 'none'" in ask(image, f"GET {ORDERS}", inside(image)).headers["content-security-policy"]
    page = ask(image, f"GET {urlsplit(create(image)['url']).path}", inside(image))
    assert "x-frame-options" not in page.headers
    assert "frame-ancestors" not in page.headers["content-security-policy"]


# With which token ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["schl\u00fcssel", "\u5bc6\u7801", "a=b", "two words", "pass:word", "==", "t0ken"])
def test_every_token_can_be_sent(token: str) -> None:
    with Sandbox(Settings(port=0, control_token=token)) as sandbox:

        def status(authorization: bytes) -> int:
            return ask(sandbox, f"GET {ACCOUNTS}", inside(sandbox), b"Authorization: " + authorization).status

        assert status(b"Bearer " + token.encode()) == 200
        assert status(b"bearer   " + token.encode() + b"  ") == 200
        assert status(b"Basic " + base64.b64encode(b"any:" + token.encode())) == 200
        wrong = [b"", b"Bearer", b"Bearer x", b"Bearer " + token.encode()[:-1], b"Basic", b"Basic %%%",
                 b"Digest " + token.encode(), b"Basic " + base64.b64encode(token.encode())]  # fmt: skip
        assert {status(one) for one in wrong} == {401}
        with RunningSandbox(sandbox.url, token) as running, running.account() as account:
            assert account.user


def test_a_browser_is_asked_for_a_password_in_utf_8() -> None:
    with Sandbox(Settings(port=0, control_token="schl\u00fcssel")) as sandbox:
        assert 'charset="UTF-8"' in ask(sandbox, f"GET {ORDERS}", inside(sandbox)).headers["www-authenticate"]


# As a notification -----------------------------------------------------------------------------------------------------


def notified(sandbox: Sandbox, url: str) -> tuple[str, str]:
    """What became of the first notification of an order with this notify_url, and what the record says."""
    with sandbox.account(name="shop") as account:
        payment = account.client.create_alipay_mini_payment(
            order_id="N-1", amount="1", currency="EUR", description="Tea", notify_url=url
        )
        account.wait_for("paid", trade_id=payment.trade_id)
        account.wait_until_quiet()
        with sandbox.app.store.unit(account.user) as unit:
            [notification] = unit.notifications(payment.trade_id)
            [attempt, *_] = unit.attempts(notification.number)
            return notification.state, attempt.error or attempt.answer.decode()


@pytest.fixture(scope="module")
def quick() -> Iterator[Sandbox]:
    with Sandbox(Settings(host=EVERYWHERE, port=0, tls=True, tls_port=0, pay_delay=1, retry_plan=())) as sandbox:
        yield sandbox


@pytest.mark.parametrize("path", [f"{ACCOUNTS}/{USER}/notifications/1/resend", "/Payments", f"/checkout/{USER}/x"])
@pytest.mark.parametrize("place", ["http://127.0.0.1", "http://localhost.", "http://127.1", "http://0.0.0.0",
                                   "http://[::ffff:127.0.0.1]", f"http://{socket.gethostname()}", "https"])  # fmt: skip
def test_a_notify_url_does_not_lead_to_the_sandbox_itself(quick: Sandbox, place: str, path: str) -> None:
    url = quick.secure_url + path if place == "https" else f"{place}:{port_of(quick)}{path}"
    advice = f"use an address of your shop as notify_url, or {quick.url}/_sandbox/merchant for its example merchant"
    assert notified(quick, url) == ("refused", f"{url} is an address of this sandbox; {advice}")


def test_it_leads_to_the_example_merchant(quick: Sandbox) -> None:
    for url in (f"{quick.url}/_sandbox/merchant/notify", "https://www.yabandpay.com/notify"):
        assert notified(quick, url)[1] in {"ok", "bad"}


@contextlib.contextmanager
def published(sandbox: Sandbox) -> Iterator[int]:
    """Another port that leads to the sandbox, as a container engine or a proxy opens one."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def carry(source: socket.socket, target: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while part := source.recv(65536):
                    target.sendall(part)
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    outside = stack.enter_context(server.accept()[0])
                    inner = stack.enter_context(socket.create_connection(("127.0.0.1", int(port_of(sandbox)))))
                    for pair in ((outside, inner), (inner, outside)):
                        threading.Thread(target=carry, args=pair, daemon=True).start()

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        serving.join()


def test_the_api_refuses_what_reaches_it_through_a_published_port(quick: Sandbox) -> None:
    with published(quick) as port:
        state, said = notified(quick, f"http://127.0.0.1:{port}{ACCOUNTS}/{USER}/notifications/1/resend")
    assert state == "given up"
    assert json.loads(said)["detail"] == "A notify_url must lead to the shop, not to the API of a sandbox."
