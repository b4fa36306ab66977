"""The sandbox as a Flask application: behind WSGI servers, in a test client, and in an application of a shop."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests
from flask import Flask, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from mockserver import create_app, create_blueprint
from mockserver.client import signed_request
from mockserver.gateway.example import documented_request
from mockserver.settings import ENVIRONMENT_PREFIX, Settings
from mockserver.testing import Merchant, Sandbox
from tests.helpers import SECRET_KEY, USER, signed, signed_call
from tests.machine import needs_gunicorn
from tests.sockets import wait_until, wsgi_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.clock import FrozenClock
    from mockserver.site.application import FlaskSandbox

ACCOUNT = f"/_sandbox/api/accounts/{USER}"
ON_A_PAGE = signed_call("v3.CreatePayments", {**documented_request(USER)["data"], "sub_pay_method": "iDEAL"})
DOCUMENTED = signed_request(documented_request(USER), SECRET_KEY)
NOT_PLAYED = "X-Sandbox-Not-Played"


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


Ask = Callable[..., Answered]


def over_http(url: str) -> Ask:
    """Asks a server: `ask(verb, path, body, **headers)`."""

    def ask(verb: str, path: str, body: bytes | None = None, **headers: str) -> Answered:
        reply = requests.request(verb, url + path, data=body, headers=headers, timeout=60)
        return Answered(reply.status_code, {k.title(): v for k, v in reply.headers.items()}, reply.content)

    return ask


def in_process(app: Flask) -> Ask:
    """Asks an application through its test client."""
    client = app.test_client()

    def ask(verb: str, path: str, body: bytes | None = None, **headers: str) -> Answered:
        reply = client.open(path, method=verb, data=body, headers=headers, buffered=True)
        return Answered(reply.status_code, {k.title(): v for k, v in reply.headers.items()}, reply.data)

    return ask


def ask_json(ask: Ask, verb: str, path: str, value: Any) -> Answered:
    return ask(verb, path, json.dumps(value).encode(), **{"Content-Type": "application/json"})


FLASK = ("flask", "--app", "mockserver", "run", "--port", "0")
GUNICORN = ("gunicorn", "mockserver:create_app()", "--bind", "127.0.0.1:0")
SHOP = """
from flask import Flask, request
from mockserver import create_blueprint, verify

shop, received = Flask(__name__), []
shop.register_blueprint(create_blueprint(), url_prefix="/pay")

@shop.post("/notify")
def notify():
    received.append(request.get_data(as_text=True))
    return "ok"

@shop.get("/received")
def show():
    return received
""".replace(", verify", "")
SERVERS = {
    "flask run": ("", FLASK),
    "gunicorn": ("", GUNICORN),
    "gunicorn that forks later": ("", (*GUNICORN, "--preload")),
    "gunicorn with threads": ("", (*GUNICORN, "--threads", "4")),
    "flask run of a shop": ("/pay", ("flask", "--app", "shop:shop", "run", "--port", "0")),
}


def in_a_shop(prefix: str) -> Callable[[FlaskSandbox], Flask]:
    def register(sandbox: FlaskSandbox) -> Flask:
        shop = Flask("shop")
        shop.register_blueprint(create_blueprint(sandbox), url_prefix=prefix or None)
        return shop

    return register


def dispatched(sandbox: FlaskSandbox) -> Flask:
    shop = Flask("shop")
    shop.wsgi_app = DispatcherMiddleware(shop.wsgi_app, {"/pay": sandbox})  # type: ignore[method-assign]
    return shop


IN_PROCESS: dict[str, tuple[str, Callable[[FlaskSandbox], Flask]]] = {
    "test client": ("", lambda sandbox: sandbox),
    "blueprint at the root": ("", in_a_shop("")),
    "blueprint below a prefix": ("/pay", in_a_shop("/pay")),
    "dispatched by path": ("/pay", dispatched),
}


def pays_and_notifies(ask: Ask, prefix: str, merchant: Merchant) -> None:
    """The documented request, byte for byte, whose notify_url a host map leads to the merchant."""
    created = ask("POST", f"{prefix}/Payments", DOCUMENTED)
    assert (created.status, created.json["code"]) == (200, "200")
    trade_id = created.json["data"]["trade_id"]
    paid = {"what": {"type": "state", "state": "paid", "trade_id": trade_id}}
    assert ask_json(ask, "POST", f"{prefix}{ACCOUNT}/wait", paid).status == 200
    [received] = merchant.wait_for(1)
    assert received.notification is not None
    assert (received.notification.state, received.notification.data["trade_id"]) == ("paid", trade_id)
    record = ask("GET", created.headers["X-Sandbox-Record"])
    assert record.json["trade_id"] == trade_id


@pytest.mark.parametrize("way", IN_PROCESS)
def test_a_payment_is_made_paid_and_notified_in_process(way: str, merchant: Merchant) -> None:
    prefix, mount = IN_PROCESS[way]
    sandbox = create_app(pay_delay="10ms", notify_map=f"https://www.yabandpay.com={merchant.url}")
    try:
        pays_and_notifies(in_process(mount(sandbox)), prefix, merchant)
    finally:
        sandbox.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "way", [pytest.param(one, marks=needs_gunicorn if "gunicorn" in one else ()) for one in SERVERS]
)
def test_a_payment_is_made_paid_and_notified_behind_a_server(way: str, merchant: Merchant, tmp_path: Path) -> None:
    prefix, command = SERVERS[way]
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    environment = {"PAY_DELAY": "10ms", "NOTIFY_MAP": f"https://www.yabandpay.com={merchant.url}"}
    variables = {ENVIRONMENT_PREFIX + name: text for name, text in environment.items()}
    with wsgi_server(tmp_path, *command, **variables) as url:
        pays_and_notifies(over_http(url), prefix, merchant)


def test_the_documented_notify_url_reaches_the_example_merchant_and_a_shop_hears_of_its_own(tmp_path: Path) -> None:
    """The shop and the sandbox are one process with one address, which is no reason to refuse its notify_url."""
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    command = SERVERS["flask run of a shop"][1]
    with wsgi_server(tmp_path, *command, YABANDPAY_MOCK_PAY_DELAY="10ms") as url:
        ask = over_http(url)
        ask("POST", "/pay/Payments", DOCUMENTED)
        ask("POST", "/pay/Payments", signed(order_id="own", notify_url=f"{url}/notify"))
        assert ask_json(ask, "POST", f"/pay{ACCOUNT}/wait", {"what": {"type": "quiet"}, "timeout": "30s"}).status == 200
        wait_until(lambda: len(ask("GET", f"/pay{ACCOUNT}/notifications").json) == 2)
        ask_json(ask, "POST", f"/pay{ACCOUNT}/wait", {"what": {"type": "quiet"}, "timeout": "30s"})
        reported = ask("GET", f"/pay{ACCOUNT}/notifications").json
        assert {one["state"] for one in reported} == {"accepted"}
        assert {one["attempts"][0]["url"] for one in reported} == {
            f"{url}/pay/_sandbox/merchant/notify",
            f"{url}/notify",
        }
        [received] = ask("GET", "/received").json
        assert json.loads(received)["data"]["order_id"] == "own"
        ask("POST", "/pay/Payments", signed(notify_url=f"{url}/pay{ACCOUNT}/reset"))
        wait_until(lambda: len(ask("GET", f"/pay{ACCOUNT}/notifications").json) == 3)
        wait_until(
            lambda: any(
                one["attempts"] for one in ask("GET", f"/pay{ACCOUNT}/notifications").json if "reset" in one["url"]
            )
        )
        [own] = [one for one in ask("GET", f"/pay{ACCOUNT}/notifications").json if "reset" in one["url"]]
        assert own["attempts"][0]["status"] == 403  # its API obeys no notification


@pytest.fixture
def sandboxed(settings: Settings, clock: FrozenClock) -> Iterator[FlaskSandbox]:
    sandbox = create_app(settings, clock=clock)
    yield sandbox
    sandbox.close()


def test_without_a_server_there_is_no_example_merchant_to_send_to(sandboxed: FlaskSandbox) -> None:
    ask = in_process(sandboxed)
    ask("POST", "/Payments", DOCUMENTED)
    ask_json(ask, "POST", f"{ACCOUNT}/clock/advance", {"by": "1s"})
    [reported] = ask("GET", f"{ACCOUNT}/notifications").json
    assert reported["state"] == "refused"
    assert "www.yabandpay.com is the gateway's own host" in reported["attempts"][0]["error"]


CASES: dict[str, tuple[str, str, bytes, dict[str, str]]] = {
    "accepted": ("POST", "/Payments", signed(), {}),
    "with a page": ("POST", "/Payments", ON_A_PAGE, {}),
    "a key in the answer": ("POST", "/Payments", signed(order_id=SECRET_KEY), {}),
    "a wrong sign": ("POST", "/Payments", signed().replace(b"EUR", b"CHF"), {}),
    "an odd value": ("POST", "/Payments", signed(currency="\u20ac\r\nX: 1"), {}),
    "no JSON": ("POST", "/Payments", b"nonsense", {}),
    "nothing": ("POST", "/Payments", b"", {}),
    "too large": ("POST", "/Payments", b"x" * (1024 * 1024 + 1), {}),
    "as a form": ("POST", "/Payments", signed(), {"Content-Type": "application/x-www-form-urlencoded"}),
    "GET": ("GET", "/Payments", b"", {}),
    "OPTIONS": ("OPTIONS", "/Payments", b"", {}),
    "PROPFIND": ("PROPFIND", "/Payments", signed(), {}),
    "a slash at the end": ("POST", "/Payments/", signed(), {}),
    "slashes too many": ("POST", "/Payments//", signed(), {}),
    "another path": ("POST", "/api/payments", signed(), {}),
    "parameters in the URL": ("GET", "/Payments?user=016683", b"", {}),
    "a sign in the URL": ("POST", "/Payments?sign=ab", b"{}", {}),
    "a sign in a header": ("POST", "/Payments", b"{}", {"X-Sign": "ab"}),
    "compressed": ("POST", "/Payments", signed(), {"Content-Encoding": "br", "Content-Type": "text/plain"}),
    "a malformed host": ("POST", "/Payments", signed(), {"Host": "a b"}),
    "overdue work": ("POST", "/Payments", signed_call("v3.QueryOrder", {"order_id": "none"}), {}),
    **{
        name: ("POST", "/Payments", signed(), {"X-Sandbox-Scenario": name})
        for name in ("declined", "declined ", "unknown", "bad-gateway", "empty-answer", "garbled-answer",
                     "late", "slow", "third-time-lucky", "server-error", "answered-but-forgotten")
    },
    "an export": ("POST", "/Payments", signed_call("v3.BatchQuery", {"start_time": "1546588959", "end_time": "1546589959"}), {}),
}  # fmt: skip


def slow_scenarios(folder: Path) -> Path:
    """A folder with two scenarios: `late` answers late, and the body of `slow` comes in pieces."""
    (folder / "late.yaml").write_text("name: late\nsummary: Late.\nrespond: {delay: 20ms}\n")
    (folder / "slow.yaml").write_text("name: slow\nsummary: In pieces.\nrespond: {slow: 40ms}\n")
    return folder


OF_THE_SERVER = {"Date", "Server", "Connection", "Transfer-Encoding"}


@pytest.mark.parametrize("error_status", [200, 400])
def test_flask_answers_as_the_fast_path_does(
    settings: Settings, clock: FrozenClock, error_status: int, tmp_path: Path
) -> None:
    settings = replace(settings, error_http_status=error_status, scenarios=slow_scenarios(tmp_path))
    sandbox = create_app(settings, clock=clock)
    try:
        with Sandbox(settings, clock=clock) as served:
            fast, flask = over_http(served.url), in_process(sandbox)
            host = {"Host": served.url.removeprefix("http://")}
            for name, (verb, path, body, headers) in CASES.items():
                expected, found = fast(verb, path, body, **headers), flask(verb, path, body, **{**host, **headers})
                assert found.status == expected.status, name
                assert found.content == expected.content, name
                assert found.headers == {k: v for k, v in expected.headers.items() if k not in OF_THE_SERVER}, name
    finally:
        sandbox.close()


@pytest.mark.parametrize(
    ("scenario", "fault"),
    [
        ("reset-but-created", "a reset"),
        ("answer-lost", "a closed connection"),
        ("never-answered", "silence"),
        ("truncated-answer", "a body that breaks off"),
    ],
)
def test_what_needs_the_connection_is_answered_and_named(sandboxed: FlaskSandbox, scenario: str, fault: str) -> None:
    answered = in_process(sandboxed)("POST", "/Payments", signed(), **{"X-Sandbox-Scenario": scenario})
    assert answered.headers[NOT_PLAYED] == f"{fault} needs yabandpay-mock serve"
    assert answered.headers["X-Sandbox-Scenario"] == scenario
    assert answered.json["code"] == "200"
    assert len(answered.content) == int(answered.headers["Content-Length"])


def test_other_faults_are_played(settings: Settings, tmp_path: Path) -> None:
    sandbox = create_app(settings, scenarios=slow_scenarios(tmp_path))
    ask = in_process(sandbox)
    for name in ("late", "slow", "bad-gateway", "empty-answer"):
        assert NOT_PLAYED not in ask("POST", "/Payments", signed(), **{"X-Sandbox-Scenario": name}).headers
    sandbox.close()


def test_pages_have_no_event_stream_and_say_why(sandboxed: FlaskSandbox) -> None:
    answered = in_process(sandboxed)("GET", f"/_sandbox/live/{USER}")
    assert (answered.status, answered.headers[NOT_PLAYED]) == (204, "an event stream needs yabandpay-mock serve")


def test_a_notification_may_arrive_before_the_response(merchant: Merchant) -> None:
    sandbox = create_app(pay_delay="10ms")
    try:
        sent = signed(notify_url=merchant.url)
        answered = in_process(sandbox)("POST", "/Payments", sent, **{"X-Sandbox-Scenario": "notified-before-answer"})
        assert [one.state for one in merchant.notifications] == ["paid"]
        assert answered.json["code"] == "200"
    finally:
        sandbox.close()


def test_a_long_list_and_a_file_are_complete(sandboxed: FlaskSandbox, clock: FrozenClock) -> None:
    ask = in_process(sandboxed)
    for number in range(60):
        ask("POST", "/Payments", signed(order_id=str(number)))
    minute = clock.now() // 1000
    between = {"start_time": str(minute - 10), "end_time": str(minute + 100)}
    ask_json(ask, "POST", f"{ACCOUNT}/clock/advance", {"by": "1h"})
    file = ask("POST", "/Payments", signed_call("v3.BatchQuery", between))
    assert file.headers["Content-Disposition"].startswith('attachment; filename="payments_')
    assert len(file.content.splitlines()) == 61


OWN_ADDRESS = re.compile(r"http://localhost(/[\w./-]*)")
LINK = re.compile(r'(?:href|action|src|data-live|data-url)="(/[^"]*)"')


def test_every_link_of_a_mounted_sandbox_stays_below_its_prefix(sandboxed: FlaskSandbox) -> None:
    ask = in_process(in_a_shop("/pay")(sandboxed))
    ask("POST", "/pay/Payments", signed().replace(b"EUR", b"CHF"))
    created = ask("POST", "/pay/Payments", ON_A_PAGE)
    page = created.json["data"]["url"]
    assert page.startswith("http://localhost/pay/checkout/")
    waiting = [page.removeprefix("http://localhost"), "/pay/_sandbox/", "/pay/llms.txt"]
    seen, addresses = set[str](), set[str]()
    while waiting:
        path = waiting.pop().replace("&amp;", "&")
        seen.add(path)
        answered = ask("GET", path)
        while answered.status in {302, 303, 308}:
            assert answered.headers["Location"].startswith("/pay/"), path
            answered = ask("GET", answered.headers["Location"])
        assert answered.status in {200, 204, 405}, (path, answered.status)
        text = answered.content.decode()
        links = {link.partition("#")[0] for link in LINK.findall(text)} if "<html" in text else set()
        own = set(OWN_ADDRESS.findall(text))
        addresses |= own
        assert [link for link in own if not f"{link}/".startswith("/pay/")] == [], path
        assert [link for link in links if not link.startswith("/pay/")] == [], path
        waiting += [link for link in links if link not in seen and link not in waiting and "lang=" not in link]
    assert len(seen) > 25
    assert {"/pay/Payments", "/pay/_sandbox/openapi.json"} <= addresses


def test_buttons_of_a_mounted_sandbox_work(sandboxed: FlaskSandbox) -> None:
    client = in_a_shop("/pay")(sandboxed).test_client()
    created = client.post("/pay/Payments", data=ON_A_PAGE)
    page = created.get_json()["data"]["url"].removeprefix("http://localhost")
    pressed = client.post(page, data={"state": "paid"})
    assert (pressed.status_code, pressed.headers["Location"]) == (303, page)
    assert client.head(page).headers["X-Sandbox-State"] == "paid"
    orders = f"/pay/_sandbox/accounts/{USER}/orders"
    moved = client.post(f"/pay/_sandbox/accounts/{USER}/clock", data={"by": "1m", "back": orders})
    assert moved.headers["Location"] == orders
    assert (
        moved.headers["Set-Cookie"].endswith("Path=/pay/_sandbox; SameSite=Lax")
        or "Path=/pay/_sandbox" in moved.headers["Set-Cookie"]
    )
    renewed = client.get(orders, headers={"X-Requested-With": "live"}).text
    assert "Clock advanced." not in renewed
    assert "Clock advanced." in client.get(orders).text
    foreign = client.post(f"/pay/_sandbox/accounts/{USER}/clock", data={"by": "1m", "back": "/_sandbox/x"})
    assert foreign.headers["Location"] == "/pay/_sandbox/"


def test_a_shop_may_have_read_the_body_before(sandboxed: FlaskSandbox) -> None:
    shop = in_a_shop("/pay")(sandboxed)
    lengths: list[int] = []
    shop.before_request(lambda: lengths.append(len(request.get_data())))
    assert in_process(shop)("POST", "/pay/Payments", signed()).json["code"] == "200"
    assert lengths == [len(signed())]


def test_a_shops_own_request_stays_the_one_that_its_test_sees(sandboxed: FlaskSandbox) -> None:
    with in_a_shop("/pay")(sandboxed).test_client() as client:
        assert client.post("/pay/Payments", data=signed()).get_json()["code"] == "200"
        assert request.path == "/pay/Payments"


def test_a_shop_keeps_its_own_pages_and_errors(sandboxed: FlaskSandbox) -> None:
    shop = in_a_shop("")(sandboxed)
    shop.add_url_rule("/", "home", lambda: "the shop")
    ask = in_process(shop)
    assert ask("GET", "/").content == b"the shop"
    assert b"Not Found" in ask("GET", "/nowhere").content
    assert "There is no operation" in ask("GET", "/_sandbox/api/nowhere").json["detail"]


def test_a_foreign_name_is_refused_with_the_address_and_the_setting(sandboxed: FlaskSandbox) -> None:
    answered = in_process(sandboxed)("GET", ACCOUNT, Host="sandbox.example.com")
    assert answered.status == 403
    assert "Use http://localhost:80, or" in answered.json["detail"]
    assert "YABANDPAY_MOCK_ALLOWED_HOST=sandbox.example.com" in answered.json["detail"]


def test_two_applications_in_one_process_are_two_sandboxes(clock: FrozenClock) -> None:
    first, second = create_app(Settings(seed="1"), clock=clock), create_app(Settings(seed="2"), clock=clock)
    one, other = in_process(first), in_process(second)
    assert (
        one("POST", "/Payments", signed()).json["data"]["trade_id"]
        != other("POST", "/Payments", signed()).json["data"]["trade_id"]
    )
    first.close()
    assert other("POST", "/Payments", signed()).json["code"] == "200"
    assert len(other("GET", f"{ACCOUNT}/payments").json["items"]) == 2
    second.close()


def test_many_threads_of_a_server_get_each_their_own_trade(sandboxed: FlaskSandbox) -> None:
    trades: list[str] = []

    def pay(number: int) -> None:
        ask = in_process(sandboxed)
        for turn in range(10):
            trades.append(ask("POST", "/Payments", signed(order_id=f"{number}-{turn}")).json["data"]["trade_id"])

    threads = [threading.Thread(target=pay, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(trades)) == 160


def test_nothing_runs_before_the_first_request_or_after_the_end(settings: Settings) -> None:
    before = set(threading.enumerate())
    sandbox = create_app(settings)
    assert set(threading.enumerate()) == before  # a thread would be lost where a server forks
    ask = in_process(sandbox)
    assert ask("POST", "/Payments", signed()).json["code"] == "200"
    assert ask("GET", "/_sandbox/api/health/ready").json["status"] == "ready"
    assert set(threading.enumerate()) > before
    sandbox.close()
    sandbox.close()
    assert set(threading.enumerate()) == before


def test_due_work_stops_when_the_process_exits() -> None:
    code = """
import atexit, threading
atexit.register(lambda: print(*[thread.name for thread in threading.enumerate()]))
from mockserver import create_app
app = create_app()
app.test_client().get("/Payments")
assert threading.active_count() > 1
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["MainThread"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux, to count open files and sockets")
def test_no_file_stays_open(settings: Settings, merchant: Merchant, tmp_path: Path) -> None:
    def work() -> None:
        sandbox = create_app(settings, pay_delay="1ms", database=f"sqlite:///{tmp_path / 'own.db'}")
        assert in_process(sandbox)("POST", "/Payments", signed(notify_url=merchant.url)).json["code"] == "200"
        sandbox.close()

    def open_files() -> Counter[str]:
        gc.collect()
        found: Counter[str] = Counter()
        for file in Path("/proc/self/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile, as the folder is by now
                found[str(file.readlink())] += 1
        return found

    def is_closed(before: Counter[str]) -> bool:
        return not open_files() - before

    work()  # opens what the process keeps
    for _ in range(3):
        before = open_files()
        work()
        wait_until(partial(is_closed, before))  # the merchant closes its end later


def test_accounts_of_a_file_are_there_and_its_mistakes_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "accounts.yaml"
    file.write_text("accounts:\n  - user: shop-1\n    secret_key: k-1\n", encoding="utf-8")
    sandbox = create_app(accounts=str(file))
    assert in_process(sandbox)("GET", "/_sandbox/api/accounts/shop-1").status == 200
    sandbox.close()
    file.write_text("accounts:\n  - usr: shop-1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="accounts.yaml"):
        create_app(accounts=str(file))
