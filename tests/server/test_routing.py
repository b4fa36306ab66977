"""The sandbox over real HTTP."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from mockserver.gateway.example import documented_request
from mockserver.server.listening import PortTakenError, bind
from mockserver.signing.signature import sign, signed_parameters
from mockserver.testing import Merchant, Sandbox
from tests.helpers import SECRET_KEY, USER, signed
from tests.serving import ENVIRONMENT
from tests.sockets import serving

if TYPE_CHECKING:
    from pathlib import Path

    from mockserver.clock import FrozenClock
    from mockserver.settings import Settings


def post(sandbox: Sandbox, body: bytes, **headers: str) -> requests.Response:
    return requests.post(f"{sandbox.url}/Payments", data=body, headers=headers, timeout=30)


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/json", "application/x-www-form-urlencoded", "text/plain"]
)
def test_the_body_is_json_whatever_the_content_type_says(sandbox: Sandbox, content_type: str) -> None:
    response = post(sandbox, signed(), **{"Content-Type": content_type})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["status"] is True


def test_a_chunked_body_is_taken(sandbox: Sandbox) -> None:
    body = signed()
    response = requests.post(f"{sandbox.url}/Payments", data=iter([body[:10], body[10:]]), timeout=30)
    assert response.json()["status"] is True


def test_what_the_sandbox_adds_travels_beside_the_answer(sandbox: Sandbox) -> None:
    response = post(sandbox, signed(order_id="DECLINED-1"))
    assert response.headers["X-Sandbox-Scenario"] == "declined"
    assert response.headers["X-Sandbox-Record"] == f"/_sandbox/api/accounts/{USER}/exchanges/1"
    assert "X-Sandbox-Reason" not in response.headers
    assert set(response.json()) == {"status", "code", "data", "message"}


def test_a_refusal_explains_itself_in_a_header_and_a_record(sandbox: Sandbox) -> None:
    request = documented_request(USER)
    request["sign"] = sign("&".join(f"{k}={v}" for k, v in signed_parameters(request).items()), SECRET_KEY)
    response = post(sandbox, json.dumps(request).encode())
    assert response.status_code == 200
    assert response.json()["code"] == "-403"
    assert response.headers["X-Sandbox-Reason"].startswith("The keys were not sorted before they were joined")
    record = requests.get(sandbox.url + response.headers["X-Sandbox-Record"], timeout=30).json()
    assert record["code"] == "-403"
    explanation = record["explanation"]
    assert explanation["mistakes"] == ["keys unsorted"]
    assert explanation["sandbox_string"] == record["string_to_sign"]
    assert explanation["client_string"].startswith("user=016683&method=")
    assert explanation["first_difference"] == 0
    assert SECRET_KEY not in json.dumps(record)


def test_a_reason_with_line_breaks_and_foreign_letters_makes_one_plain_header(sandbox: Sandbox) -> None:
    response = post(sandbox, signed(), **{"X-Sandbox-Scenario": "x"})
    assert response.json()["code"] == "-1000"
    response = post(sandbox, signed(currency="€\r\nX-Evil: 1"))
    assert "X-Evil" not in response.headers
    assert "\\u20ac" in response.headers["X-Sandbox-Reason"]


def test_the_header_asks_for_a_scenario(sandbox: Sandbox) -> None:
    assert post(sandbox, signed(), **{"X-Sandbox-Scenario": "internal-error"}).json()["code"] == "-1000"


@pytest.mark.parametrize("http_method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_http_method_is_answered_with_the_envelope(sandbox: Sandbox, http_method: str) -> None:
    response = requests.request(http_method, f"{sandbox.url}/Payments", timeout=30)
    assert (response.status_code, response.json()["code"]) == (200, "-1000")


def test_a_body_over_one_mebibyte_is_answered_with_the_envelope(sandbox: Sandbox) -> None:
    response = post(sandbox, b"x" * (3 * 1024 * 1024))
    assert (response.status_code, response.json()["message"]) == (200, "The body is larger than the limit of 1 MiB.")


def test_refusals_may_have_another_http_status(settings: Settings) -> None:
    with Sandbox(replace(settings, error_http_status=400)) as sandbox:
        assert post(sandbox, b"{}").status_code == 400
        assert post(sandbox, signed()).status_code == 200


def test_a_connection_is_kept_for_the_next_request(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=30)
    for _ in range(3):
        connection.request("POST", "/Payments", signed())
        assert json.loads(connection.getresponse().read())["status"] is True
    connection.close()


@pytest.mark.parametrize("offer", [b"Upgrade: h2c", b"upgrade:h2c"])
def test_an_offer_to_go_on_in_http2_is_passed_over(sandbox: Sandbox, offer: bytes) -> None:
    body, host = signed(description="Upgrade: h2c"), urlsplit(sandbox.url)
    head = b"POST /Payments HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAA\r\n"
    with socket.create_connection((host.hostname, host.port)) as client:
        for _ in range(2):
            client.sendall(head + offer + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            answer = b""
            while not answer.endswith(b"}"):
                answer += client.recv(65536)
            assert b'"code":"200"' in answer


def test_many_clients_at_once_get_each_their_own_trade(sandbox: Sandbox) -> None:
    trades: list[str] = []

    def pay(number: int) -> None:
        for turn in range(10):
            trades.append(post(sandbox, signed(order_id=f"{number}-{turn}")).json()["data"]["trade_id"])

    threads = [threading.Thread(target=pay, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(trades)) == 160


def test_a_sandbox_on_a_database_answers_the_same(settings: Settings, clock: FrozenClock, tmp_path: Path) -> None:
    with Sandbox(replace(settings, database=f"sqlite:///{tmp_path / 's.db'}"), clock=clock) as stored:
        on_disk = post(stored, signed()).content
    with Sandbox(settings, clock=clock) as fresh:
        assert post(fresh, signed()).content == on_disk


class TestRecords:
    def get(self, sandbox: Sandbox, path: str) -> requests.Response:
        return requests.get(f"{sandbox.url}/_sandbox/api{path}", timeout=30)

    def test_the_journal_of_an_account(self, sandbox: Sandbox) -> None:
        post(sandbox, signed(order_id="1"))
        post(sandbox, signed(order_id="2"))
        journal = self.get(sandbox, f"/accounts/{USER}/exchanges").json()
        assert (journal["taken"], journal["dropped"]) == (2, 0)
        assert [exchange["number"] for exchange in journal["items"]] == [2, 1]
        assert json.loads(journal["items"][0]["request"])["data"]["order_id"] == "2"

    def test_requests_of_unknown_users_have_a_journal_of_their_own(self, sandbox: Sandbox) -> None:
        response = post(sandbox, b"nonsense")
        assert response.headers["X-Sandbox-Record"] == "/_sandbox/api/exchanges/1"
        assert [exchange["number"] for exchange in self.get(sandbox, "/exchanges").json()["items"]] == [1]
        assert self.get(sandbox, "/exchanges/1").json()["request"] == "nonsense"

    def test_the_life_of_an_order(self, sandbox: Sandbox, clock: FrozenClock, merchant: Merchant) -> None:
        trade_id = post(sandbox, signed(notify_url=merchant.url)).json()["data"]["trade_id"]
        clock.advance(1000)
        merchant.wait_for(1)
        record: dict[str, Any] = {}
        while not (record.get("notifications") and record["notifications"][0]["attempts"]):
            record = self.get(sandbox, f"/accounts/{USER}/payments/{trade_id}").json()
        assert [event["kind"] for event in record["timeline"]] == [
            "request", "signature", "scenario", "state", "state", "notification", "attempt"
        ]  # fmt: skip
        assert record["payment"]["state"] == "paid"
        attempt = record["notifications"][0]["attempts"][0]
        assert (attempt["status"], attempt["answer"], attempt["accepted"]) == (200, "ok", True)
        assert attempt["sent"] == merchant.received[0].body.decode()
        assert record["payment"]["created_at"] == "2024-11-27T01:55:45.000+00:00"

    @pytest.mark.parametrize(
        ("path", "detail"),
        [
            (f"/accounts/{USER}/exchanges/99", "The journal has no exchange 99; it keeps the newest 1000."),
            (f"/accounts/{USER}/payments/x", f"Account {USER} has no payment x."),
            ("/accounts/nobody/exchanges", "There is no account nobody. Create one with POST /_sandbox/api/accounts."),
        ],
    )
    def test_what_is_not_there_is_a_problem_document(self, sandbox: Sandbox, path: str, detail: str) -> None:
        response = self.get(sandbox, path)
        assert response.status_code == 404
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["detail"] == detail

    @pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
    def test_health(self, sandbox: Sandbox, path: str) -> None:
        assert self.get(sandbox, path).json()["status"] == path.rpartition("/")[2]


def test_the_front_door_shows_where_everything_is(sandbox: Sandbox) -> None:
    text = requests.get(f"{sandbox.url}/", timeout=30).text
    assert f"POST {sandbox.url}/Payments" in text
    assert SECRET_KEY not in text


@pytest.mark.parametrize(
    ("path", "nearest"),
    [("/payments", "Did you mean POST /Payments? Upper and lower case"), ("/Payment", "Did you mean POST /Payments?"),
     ("/api/Payments", "Did you mean POST /Payments? Remove what is around it"),
     ("/Payments//create", "Did you mean POST /Payments? Remove what is around it"), ("/orderquery.php", ""),
     ("/_sandbox/api/account", "Did you mean /_sandbox/api/accounts?")],
)  # fmt: skip
def test_another_address_is_answered_and_logged_with_the_nearest(path: str, nearest: str) -> None:
    with serving() as (server, lines):
        response = requests.post(f"{server.app.base_url}{path}", data=signed(), timeout=30)
    assert response.status_code == 404
    detail = response.json()["detail"]
    assert nearest in detail
    assert ("Did you mean" in detail) == bool(nearest)
    assert "POST /Payments" in detail or path.startswith("/_sandbox/")
    assert lines == [f"POST {path}: 404. {detail}"]


def test_a_wrong_verb_is_logged() -> None:
    with serving() as (server, lines):
        requests.delete(f"{server.app.base_url}/llms.txt", timeout=30)
    assert lines == ["DELETE /llms.txt: 405. /llms.txt accepts GET, not DELETE."]


@pytest.mark.parametrize("path", ["//Payments", "/Payments/", "//Payments//"])
def test_more_slashes_reach_the_gateway_and_are_noted_in_the_journal(sandbox: Sandbox, path: str) -> None:
    for body, code in ((signed(), "200"), (b"{}", "-3001")):
        response = requests.post(f"{sandbox.url}{path}", data=body, timeout=30)
        assert response.json()["code"] == code
        assert f"The request came to '{path}' instead of /Payments." in response.headers["X-Sandbox-Reason"]
        record = requests.get(f"{sandbox.url}{response.headers['X-Sandbox-Record']}", timeout=30).json()
        assert record["reason"] == response.headers["X-Sandbox-Reason"]


def test_a_wrong_verb_says_which_is_right(sandbox: Sandbox) -> None:
    response = requests.delete(f"{sandbox.url}/_sandbox/api/health/live", timeout=30)
    assert response.status_code == 405
    assert response.json()["detail"] == "/_sandbox/api/health/live accepts GET, not DELETE."


def test_the_documented_notify_url_reaches_the_example_merchant(sandbox: Sandbox, clock: FrozenClock) -> None:
    trade_id = post(sandbox, signed()).json()["data"]["trade_id"]
    accepted = threading.Event()
    sandbox.app.worker.on_attempt(lambda _user, _told, attempt: accepted.set() if attempt.accepted else None)
    clock.advance(1000)
    assert accepted.wait(30)
    with sandbox.app.store.unit(USER) as unit:
        assert unit.attempts(unit.notifications(trade_id)[0].number)[0].url == f"{sandbox.url}/_sandbox/merchant/notify"


def test_the_example_merchant_refuses_what_does_not_verify(sandbox: Sandbox) -> None:
    response = requests.post(f"{sandbox.url}/_sandbox/merchant", data=b'{"sign":"x","data":{"a":"b"}}', timeout=30)
    assert response.text == "bad"


def test_a_port_that_is_taken_is_reported_with_the_cure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"Cannot listen on 127.0.0.1 port {port}: .* --port 0 for a free one"):
            bind("127.0.0.1", port)


def test_stopping_leaves_no_thread_and_no_port(settings: Settings) -> None:
    before = set(threading.enumerate())
    for _ in range(5):
        with Sandbox(settings) as sandbox:
            assert post(sandbox, signed()).ok
        with pytest.raises(requests.ConnectionError):
            post(sandbox, signed())
    assert set(threading.enumerate()) <= before


def test_stopping_does_not_wait_for_an_idle_connection(sandbox: Sandbox) -> None:
    host = urlsplit(sandbox.url)
    with socket.create_connection((host.hostname, host.port)) as idle:
        idle.sendall(b"GET /Payments HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += idle.recv(65536)
        sandbox.__exit__(None, None, None)
        assert idle.recv(1) == b""


def test_stopping_breaks_off_a_request_that_does_not_end(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    host = urlsplit(sandbox.url)
    with socket.create_connection((host.hostname, host.port)) as slow:
        slow.sendall(b"POST /Payments HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
        assert post(sandbox, signed()).ok
        sandbox.__exit__(None, None, None)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_request_that_ends_too_early_is_not_carried_out(sandbox: Sandbox) -> None:
    host, body = urlsplit(sandbox.url), signed(order_id="half")
    with socket.create_connection((host.hostname, host.port)) as gone:
        head = f"POST /Payments HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body) + 500}\r\n\r\n"
        gone.sendall(head.encode() + body)
        gone.shutdown(socket.SHUT_WR)
        assert gone.recv(65536) == b""
    assert requests.get(f"{sandbox.url}/_sandbox/api/accounts/{USER}/exchanges", timeout=30).json()["items"] == []


def test_a_reason_is_shortened_to_what_clients_take(sandbox: Sandbox) -> None:
    response = post(sandbox, signed(amount="0", currency="X" * 200_000))
    assert response.json()["code"] == "-1000"
    assert len(response.headers["X-Sandbox-Reason"]) <= 1000
    response = post(sandbox, signed(), **{"X-Sandbox-Scenario": "n" * 30_000})
    assert len(response.headers["X-Sandbox-Reason"]) <= 1000


def test_a_scenarios_name_may_have_spaces_around_it(sandbox: Sandbox) -> None:
    answered = post(sandbox, signed(), **{"X-Sandbox-Scenario": "declined "})
    assert answered.headers["X-Sandbox-Scenario"] == "declined"


def test_a_failure_in_the_servers_thread_is_raised_where_the_sandbox_is_entered(settings: Settings) -> None:
    sandbox = Sandbox(settings)
    sandbox._server._listeners.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        sandbox.__enter__()


NEVER_BEFORE_A_PAYMENT = [
    "flask",
    "werkzeug",
    "jinja2",
    "sqlalchemy",
    "faker",
    "requests",
    "http.client",
    "yaml",
    "zoneinfo",
    "msgspec",
    "trustme",
    "cryptography",
    "click",
    "csv",
    "http",
    "pathlib",
    "uuid",
    "mockserver.cli.commands",
    "mockserver.cli.explaining",
    "mockserver.cli.options",
    "mockserver.cli.scenarios",
    "mockserver.delivery.connection",
    "mockserver.delivery.dispatcher",
    "mockserver.scenarios.description",
    "mockserver.scheduler.work",
    "mockserver.server.explanation_process",
    "mockserver.server.explanation_queue",
]


def test_starting_and_paying_import_nothing_heavy() -> None:
    code = f"""
import sys
before = set(sys.modules)
import asyncio
from mockserver.__main__ import main
from mockserver.cli import console, serving
from mockserver.server.server import open_server
from mockserver.gateway.request import Request
server = open_server(serving.plain_settings(["serve", "--port", "0", "--log", "none"]))
server.app.start()
assert b'"200"' in server.app.gateway.answer(Request("POST", {signed()!r})).body
server.app.close()
server._listeners.close()
print(*[name for name in {NEVER_BEFORE_A_PAYMENT!r} if name in sys.modules and name not in before])
"""
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT
    ).stdout
    assert printed.split() == []
