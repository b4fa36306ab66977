"""`serve` as a real process: its greeting, its log, signals, terminals that nobody reads."""

from __future__ import annotations

import hashlib
import json
import re
import select
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from mockserver.client import signed_request
from mockserver.gateway.example import documented_request
from tests.helpers import SECRET_KEY, USER
from tests.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def serving() -> Iterator[Serving]:
    server = Serving("--pay-delay", "10ms")
    yield server
    server.stop()


def test_the_greeting_shows_address_user_and_secret(serving: Serving) -> None:
    assert f"user      {USER}" in serving.greeting
    assert f"secret    {SECRET_KEY}" in serving.greeting
    assert serving.url.startswith("http://127.0.0.1:")


def test_the_curl_line_works_when_pasted_and_the_example_merchant_is_reported(serving: Serving) -> None:
    line = next(line for line in serving.greeting.splitlines() if line.startswith("curl "))
    printed = subprocess.run(["sh", "-c", f"{line} --silent"], capture_output=True, text=True, check=True).stdout
    assert json.loads(printed)["status"] is True
    log = serving.read_until("sent to").splitlines()
    entries = [line for line in log if line and not line.startswith(" ")]
    assert [re.sub(r"\d\d:\d\d:\d\d", "TIME", line) for line in entries] == [
        "2024519846516588484  TIMEZ  request    accepted  CreatePaymentsAlipayMiniPay",
        f"2024519846516588484  TIMEZ  notified   paid  {re.search(r'accepted .[0-9]+ ms.', log[-3])[0]}",  # type: ignore[index]
    ]
    assert log[-2:] == [
        "           https://www.yabandpay.com/notify",
        f"           sent to {serving.url}/_sandbox/merchant/notify",
    ]


def test_a_refusal_is_logged_with_its_reason_and_its_page_below_in_80_columns(serving: Serving) -> None:
    body = signed_request(documented_request(USER, currency="a\nb\x1b[31m"), SECRET_KEY)
    requests.post(f"{serving.url}/Payments", data=body, timeout=30)
    requests.post(f"{serving.url}/Payments", data=b"{}", timeout=30)
    log = serving.read_until("/_sandbox/unknown-users/1\n")
    assert "\x1b" not in log
    assert max(map(len, log.splitlines())) <= 80
    entries = log.strip().splitlines()
    assert len([line for line in entries if not line.startswith(" ")]) == 2
    assert entries[-3].endswith("-3001 Required field is missing")
    assert entries[-2] == "           Missing or empty in the envelope: user, sign, method, time, data."
    pages = [line.strip() for line in entries if line.startswith("           http")]
    assert pages == [f"{serving.url}/_sandbox/accounts/{USER}/requests/1", f"{serving.url}/_sandbox/unknown-users/1"]
    assert [requests.get(page, timeout=30).status_code for page in pages] == [200, 200]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_at_once_and_cleanly(number: int) -> None:
    assert Serving().stop(number) == (0, "")


@pytest.mark.slow
def test_a_signal_stops_in_the_middle_of_explaining_what_many_clients_wait_for() -> None:
    server = Serving()
    request = documented_request(USER)
    request["data"]["description"] = "a&b %41 " * 110_000
    body = json.dumps({**request, "sign": hashlib.sha256(b"x").hexdigest()}).encode()
    head = b"POST /Payments HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    host = urlsplit(server.url)
    clients = [socket.create_connection((host.hostname, host.port), timeout=30) for _ in range(51)]
    with ThreadPoolExecutor(51) as sending:
        list(sending.map(lambda client: client.sendall(head + body), clients))
    assert select.select(clients, [], [], 30)[0]  # so much waits that some are turned away
    assert server.stop() == (0, "")
    answers = b"".join(map(_received, clients))
    for client in clients:
        client.close()
    assert b"The signature was not explained, because the sandbox was stopping." in answers


def _received(client: socket.socket) -> bytes:
    with suppress(ConnectionError):
        return client.recv(65536)
    return b""


@pytest.mark.slow
def test_a_terminal_that_nobody_reads_holds_up_no_payment() -> None:
    server = Serving()
    for _ in range(600):
        assert requests.post(f"{server.url}/Payments", data=b"{}" + b" " * 100, timeout=30).status_code == 200
    assert server.stop() == (0, "")


def test_a_terminal_that_was_closed_changes_no_answer() -> None:
    server = Serving()
    assert server.process.stdout is not None
    server.process.stdout.close()
    for _ in range(5):
        assert requests.post(f"{server.url}/Payments", data=b"{}", timeout=30).json()["code"] == "-3001"
    server.process.stdout = None
    assert server.stop() == (0, "")


def test_a_terminal_without_chinese_shows_escapes() -> None:
    server = Serving(PYTHONIOENCODING="ascii")
    body = '{"user":"\u6d4b","sign":"x","method":"\u8bd5","time":1,"data":{"a":1}}'.encode()
    assert requests.post(f"{server.url}/Payments", data=body, timeout=30).json()["code"] == "-403"
    assert "\\u8bd5" in server.read_until("-403")
    server.stop()


def test_nothing_is_printed_of_requests_when_asked() -> None:
    server = Serving("--log", "none")
    requests.post(f"{server.url}/Payments", data=b"{}", timeout=30)
    server.process.terminate()
    assert server.process.communicate(timeout=30)[0].strip() == ""


@pytest.mark.slow
def test_a_database_keeps_orders_between_runs(tmp_path: Path) -> None:
    options = ["--database", f"sqlite:///{tmp_path / 'sandbox.db'}"]
    body = signed_request(documented_request(USER), SECRET_KEY)
    first = Serving(*options)
    trade_id = requests.post(f"{first.url}/Payments", data=body, timeout=30).json()["data"]["trade_id"]
    first.stop()
    second = Serving(*options)
    query = signed_request(
        {"user": USER, "method": "v3.QueryOrder", "time": 1, "data": {"trade_id": trade_id}}, SECRET_KEY
    )
    assert requests.post(f"{second.url}/Payments", data=query, timeout=30).json()["status"] is True
    second.stop()
