"""Where a sandbox is mounted, what a shop's own code does to its requests, bodies that do not arrive, and the end."""

from __future__ import annotations

import json
import socket
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from flask import Flask, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

from mockserver import create_app, create_blueprint
from mockserver.gateway.example import documented_request
from tests.helpers import USER, signed, signed_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse

    from mockserver.clock import FrozenClock
    from mockserver.settings import Settings
    from mockserver.site.application import FlaskSandbox

ACCOUNT = f"/_sandbox/api/accounts/{USER}"
ON_A_PAGE = signed_call("v3.CreatePayments", {**documented_request(USER)["data"], "sub_pay_method": "iDEAL"})


@pytest.fixture
def sandbox(settings: Settings, clock: FrozenClock) -> Iterator[FlaskSandbox]:
    sandbox = create_app(settings, clock=clock)
    yield sandbox
    sandbox.close()


@pytest.fixture
def free_port() -> Iterator[str]:
    """A port of this machine at which nothing answers."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield str(bound.getsockname()[1])


def shop_with(sandbox: FlaskSandbox, prefix: str = "/pay") -> Flask:
    shop = Flask("shop")
    shop.register_blueprint(create_blueprint(sandbox), url_prefix=prefix)
    return shop


def code_of(response: TestResponse) -> str:
    code: str = response.get_json()["code"]
    return code


# Prefixes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "path"),
    [("/pay", "/pay"), ("/pay/", "/pay"), ("/a/b", "/a/b"), ("/支付", "/支付"), ("/pay here", "/pay here"),
     ("/50%", "/50%"), ("/<tenant>", "/acme"), ("/shops/<int:number>/pay", "/shops/7/pay")],
)  # fmt: skip
def test_addresses_below_any_prefix_are_urls_that_work(sandbox: FlaskSandbox, prefix: str, path: str) -> None:
    client, base = shop_with(sandbox, prefix).test_client(), quote(path)
    created = client.post(f"{base}/Payments", data=ON_A_PAGE)
    assert code_of(created) == "200"
    page = created.get_json()["data"]["url"]
    assert page.startswith(f"http://localhost{base}/checkout/")
    assert client.get(page).status_code == 200
    assert client.post(page, data={"state": "paid"}).status_code == 303
    assert client.head(page).headers["X-Sandbox-State"] == "paid"
    dashboard = f"{base}/_sandbox/accounts/{USER}"
    client.post(f"{dashboard}/requests/1/replay", data={"way": "order"})
    client.post(f"{dashboard}/stage", data={"offer": "v3.CreatePayments iDEAL"})
    client.post(f"{dashboard}/test-order")
    sent = [json.loads(one["answer"]) for one in client.get(f"{base}{ACCOUNT}/exchanges").get_json()["items"]]
    pages = [answer["data"]["url"] for answer in sent if "url" in answer["data"]]
    assert len(pages) == 3  # a test order has none
    assert all(client.get(page).status_code == 200 for page in pages), pages
    record = created.headers["X-Sandbox-Record"]
    assert record.startswith(f"{base}{ACCOUNT}/exchanges/")
    assert client.get(record).status_code == 200
    assert f"http://localhost{base}/Payments" in client.get(f"{base}/llms.txt").text
    assert client.get(f"{base}/_sandbox/", follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    ("root", "base"),
    [("/r", "/r"), ("/r/", "/r"), ("r", "/r"), ("//r", "/r"), ("/", ""), ("/a b", "/a%20b"), ("/é", "/%C3%A9"),
     ("/a\r\nX: 1", "/a%0D%0AX:%201")],
)  # fmt: skip
def test_a_script_name_is_part_of_addresses_as_a_url_has_it(sandbox: FlaskSandbox, root: str, base: str) -> None:
    environ = {"SCRIPT_NAME": root.encode().decode("latin-1")}
    created = sandbox.test_client().post("/Payments", data=ON_A_PAGE, environ_overrides=environ)
    assert created.get_json()["data"]["url"].startswith(f"http://localhost{base}/checkout/")
    assert created.headers["X-Sandbox-Record"].startswith(f"{base}{ACCOUNT}/")


# Bodies ----------------------------------------------------------------------------------------------------------------


def chunked(app: Any, path: str, stream: BytesIO) -> tuple[str, bytes]:
    """The answer to a body without Content-Length, whose end the server finds."""
    environ = EnvironBuilder(path, method="POST", input_stream=stream, content_type="application/json").get_environ()
    environ.pop("CONTENT_LENGTH", None)
    parts, status, _ = run_wsgi_app(app, {**environ, "wsgi.input_terminated": True})
    return status, b"".join(parts)


@pytest.mark.parametrize("is_read", [False, True])
def test_a_chunked_body_arrives_even_if_the_shop_has_read_it(sandbox: FlaskSandbox, is_read: bool) -> None:  # noqa: FBT001 - a parameter of the test
    shop, logged = shop_with(sandbox), list[int]()
    if is_read:
        shop.before_request(lambda: logged.append(len(request.get_data())))
    assert b'"code":"200"' in chunked(shop, "/pay/Payments", BytesIO(signed()))[1]


@pytest.mark.parametrize("size", [100, 2 * 1024 * 1024])
def test_a_body_that_the_shop_has_read_as_a_form_is_an_error_of_the_shop_that_says_what_to_do(
    sandbox: FlaskSandbox, size: int
) -> None:
    shop, logged = shop_with(sandbox), list[int]()
    shop.testing = True
    shop.config["MAX_FORM_MEMORY_SIZE"] = None
    shop.before_request(lambda: logged.append(len(request.form)))
    sent = {"content_type": "application/x-www-form-urlencoded", "data": signed().ljust(size)}
    with pytest.raises(RuntimeError, match=r"Call request.get_data\(\) before request.form"):
        shop.test_client().post("/pay/Payments", **sent)
    assert code_of(shop.test_client().post("/pay/Payments", data=signed(), content_type="application/json")) == "200"


def test_a_shop_may_read_the_form_after_the_data(sandbox: FlaskSandbox) -> None:
    shop, logged = shop_with(sandbox), list[int]()
    shop.before_request(lambda: logged.append(len(request.get_data()) + len(request.form)))
    sent = {"content_type": "application/x-www-form-urlencoded", "data": signed()}
    assert code_of(shop.test_client().post("/pay/Payments", **sent)) == "200"


class BrokenStream(BytesIO):
    """What a server makes of malformed chunks, and of a client that leaves."""

    def read(self, *_: Any) -> bytes:
        raise OSError("Invalid chunk header")

    readinto = read  # type: ignore[assignment]


@pytest.mark.parametrize("path", ["/Payments", "/_sandbox/api/accounts"])
def test_a_body_that_does_not_arrive_is_a_bad_request(sandbox: FlaskSandbox, path: str) -> None:
    malformed = chunked(sandbox, path, BrokenStream())
    environ = EnvironBuilder(path, method="POST", data=b"{", content_type="application/json").get_environ()
    parts, status, _ = run_wsgi_app(sandbox, {**environ, "CONTENT_LENGTH": "10"})
    for code, body in (malformed, (status, b"".join(parts))):
        assert code == "400 BAD REQUEST"
        assert b"The body of the request is incomplete, or its chunks are malformed." in body


# The server, and the end -----------------------------------------------------------------------------------------------


def first_attempt(sandbox: FlaskSandbox, **environ: str) -> dict[str, Any]:
    """The first attempt to notify the documented notify_url, after a first request with this environment."""
    client = sandbox.test_client()
    client.post("/Payments", data=signed(notify_url="https://www.yabandpay.com/notify"), environ_overrides=environ)
    client.post(f"{ACCOUNT}/clock/advance", json={"by": "1s"})
    attempt: dict[str, Any] = client.get(f"{ACCOUNT}/notifications").get_json()[0]["attempts"][0]
    return attempt


def test_behind_a_unix_socket_no_notification_goes_to_the_name_in_a_host_header(sandbox: FlaskSandbox) -> None:
    attempt = first_attempt(sandbox, SERVER_SOFTWARE="gunicorn/23", SERVER_NAME="shop.invalid", REMOTE_ADDR="")
    assert "www.yabandpay.com is the gateway's own host" in attempt["error"]


def test_waitress_which_does_not_say_its_name_is_reached_on_this_machine(sandbox: FlaskSandbox, free_port: str) -> None:
    server = {"SERVER_SOFTWARE": "waitress", "SERVER_NAME": "waitress.invalid", "SERVER_PORT": free_port}
    assert first_attempt(sandbox, **server)["url"] == f"http://127.0.0.1:{free_port}/_sandbox/merchant/notify"


@pytest.mark.parametrize("is_used", [False, True])
def test_a_closed_sandbox_says_so(settings: Settings, is_used: bool) -> None:  # noqa: FBT001 - a parameter of the test
    sandbox = create_app(settings)
    client = sandbox.test_client()
    if is_used:
        assert code_of(client.post("/Payments", data=signed())) == "200"
    sandbox.close()
    for path in ("/Payments", f"{ACCOUNT}/wait"):
        answered = client.post(path, data=signed())
        assert (answered.status_code, answered.get_json()["title"]) == (503, "Closed")
        assert "Create another one with create_app()." in answered.get_json()["detail"]


@pytest.mark.parametrize("workers", [1, 2])
def test_several_processes_each_with_its_payments_are_warned_of_once(
    sandbox: FlaskSandbox, caplog: pytest.LogCaptureFixture, workers: int
) -> None:
    for _ in range(2):
        environ = {"wsgi.multiprocess": workers > 1}
        assert code_of(sandbox.test_client().post("/Payments", data=signed(), environ_overrides=environ)) == "200"
    assert sum("use one worker with several threads" in one.getMessage() for one in caplog.records) == workers - 1


# Slashes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "/pay", "/pay/", "/<tenant>"])
@pytest.mark.parametrize("path", ["//Payments", "/Payments/", "//Payments/"])
def test_more_slashes_reach_the_gateway_below_any_prefix(sandbox: FlaskSandbox, prefix: str, path: str) -> None:
    shop = Flask("shop")
    shop.register_blueprint(create_blueprint(sandbox), url_prefix=prefix or None)
    base = prefix.rstrip("/").replace("<tenant>", "acme")
    environ = EnvironBuilder(method="POST", data=signed()).get_environ() | {"PATH_INFO": base + path}
    parts, status, headers = run_wsgi_app(shop, environ)
    assert (status, b'"code":"200"' in b"".join(parts)) == ("200 OK", True)
    assert f"The request came to '{path}' instead of /Payments." in headers["X-Sandbox-Reason"]
