"""A signal ends the process in the middle of anything: exit status 0, nothing on stderr, at once.

Each situation would go on for minutes by itself, so a stop that waits for it fails the test.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pytest
import requests

from mockserver.api.operations import Problem
from mockserver.api.paths import STOPPED_WAITING
from mockserver.client import YabandPay
from mockserver.server.server import open_server
from mockserver.settings import Settings
from mockserver.testing import Merchant, Sandbox
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mockserver.testing import Received

PATIENCE = 30
API = "/_sandbox/api"
ACCOUNT = f"{API}/accounts/{USER}"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("YABANDPAY_MOCK_")}


class Serving:
    """A process that serves, and what is under way in it."""

    def __init__(self, folder: Path, *options: str) -> None:
        ready = folder / "ready"
        command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--ready-file", str(ready), "--log", "none",
                   "--notify-timeout", "10m", "--retry-plan", "10m", "--pay-delay", "1h", *options]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
        )
        while not ready.exists():
            assert self.process.poll() is None, self.process.communicate()
            threading.Event().wait(0.005)
        self.url = ready.read_text(encoding="utf-8").split()[0]
        self.resources = ExitStack()

    def pay(self, notify_url: str, count: int = 1) -> None:
        client = YabandPay(USER, SECRET_KEY, self.url)
        for number in range(count):
            client.create_alipay_mini_payment(
                order_id=f"o{number}", amount="1.00", currency="EUR", description="Tea", notify_url=notify_url
            )

    def begin(self, verb: str, path: str, body: Any = None) -> None:
        """Ask for something that will not be answered before the stop."""

        def ask() -> None:
            with suppress(requests.RequestException):
                requests.request(verb, self.url + path, json=body, timeout=PATIENCE)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        self.resources.callback(asking.join)

    def hanging_merchant(self, answers: int = 0) -> tuple[Merchant, threading.Event]:
        """A merchant that answers so many notifications and then no more; the event says that one hangs."""
        hangs, end = threading.Event(), threading.Event()
        left = [answers]

        def respond(_: Received) -> tuple[int, bytes]:
            left[0] -= 1
            if left[0] < 0:
                hangs.set()
                end.wait(PATIENCE)
            return 200, b"ok"

        merchant = self.resources.enter_context(Merchant(SECRET_KEY, respond))
        self.resources.callback(end.set)
        return merchant, hangs

    def connect(self, text: str) -> socket.socket:
        place = urlsplit(self.url)
        sock = socket.create_connection((place.hostname, place.port), PATIENCE)
        self.resources.callback(sock.close)
        sock.sendall(text.encode())
        return sock


def nothing(_: Serving) -> None:
    pass


def advance_over_a_merchant_that_hangs(serving: Serving) -> None:
    merchant, hangs = serving.hanging_merchant()
    serving.pay(merchant.url)
    serving.begin("POST", f"{ACCOUNT}/clock/advance", {"by": "2h"})
    assert hangs.wait(PATIENCE)


def advance_over_many_orders(serving: Serving) -> None:
    merchant, hangs = serving.hanging_merchant(answers=60)
    serving.pay(merchant.url, 150)
    serving.begin("POST", f"{ACCOUNT}/clock/advance", {"by": "2h"})
    assert hangs.wait(PATIENCE)


def advance_many_accounts(serving: Serving) -> None:
    merchant, hangs = serving.hanging_merchant()
    for number in range(20):
        user = f"shop{number}"
        requests.post(f"{serving.url}{API}/accounts", json={"user": user, "secret_key": SECRET_KEY}, timeout=PATIENCE)
        YabandPay(user, SECRET_KEY, serving.url).create_alipay_mini_payment(
            order_id="1", amount="1.00", currency="EUR", description="Tea", notify_url=merchant.url
        )
        serving.begin("POST", f"{API}/accounts/{user}/clock/advance", {"by": "2h"})
    assert hangs.wait(PATIENCE)


def many_waits(serving: Serving) -> None:
    for what in ({"type": "requests", "count": 99}, {"type": "state", "state": "paid"}):
        for _ in range(10):
            serving.begin("POST", f"{ACCOUNT}/wait", {"what": what, "timeout": "10m"})
    serving.pay("https://www.yabandpay.com/notify")


def many_deliveries(serving: Serving) -> None:
    merchant, hangs = serving.hanging_merchant()
    serving.pay(merchant.url, 50)
    faster = {"kind": "scaled", "rate": 1_000_000}
    requests.put(f"{serving.url}{ACCOUNT}/clock", json=faster, timeout=PATIENCE).raise_for_status()
    assert hangs.wait(PATIENCE)


def a_page_that_listens(serving: Serving) -> None:
    listening = serving.connect(f"GET /_sandbox/live/{USER} HTTP/1.1\r\nHost: {urlsplit(serving.url).netloc}\r\n\r\n")
    assert b"200 OK" in listening.recv(4096)


def an_answer_that_never_comes(serving: Serving) -> None:
    client = YabandPay(USER, SECRET_KEY, serving.url)

    def ask() -> None:
        with suppress(Exception):
            client.create_alipay_mini_payment(
                order_id="NEVERANSWERED-1", amount="1.00", currency="EUR", description="Tea", notify_url="https://x.example"
            )  # fmt: skip

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    serving.resources.callback(asking.join)
    while not requests.get(f"{serving.url}{ACCOUNT}/exchanges", timeout=PATIENCE).json()["taken"]:
        threading.Event().wait(0.005)


def an_export_that_nobody_reads(serving: Serving) -> None:
    _fill(serving, 300)
    host = urlsplit(serving.url).netloc
    for _ in range(5):
        serving.connect(f"GET {ACCOUNT}/bundle HTTP/1.1\r\nHost: {host}\r\n\r\n")


def verifying_much(serving: Serving) -> None:
    _fill(serving, 150)
    patterns = [{"data": {"order_id": f"*{number}*x"}} for number in range(1000)]
    for _ in range(8):
        serving.begin("POST", f"{ACCOUNT}/verify", {"requests": patterns, "exactly": 0})


def importing_bundles(serving: Serving) -> None:
    _fill(serving, 200)
    bundle = requests.get(f"{serving.url}{ACCOUNT}/bundle", timeout=PATIENCE).json()
    bundle["exchanges"] = []
    assert len(json.dumps(bundle)) < 1024 * 1024
    for number in range(10):
        serving.begin("POST", f"{API}/bundles", {"bundle": bundle, "user": f"copy{number}"})


def _fill(serving: Serving, count: int) -> None:
    client = YabandPay(USER, SECRET_KEY, serving.url)
    for number in range(count):
        client.create_alipay_mini_payment(
            order_id=f"f{number}", amount="1.00", currency="EUR", description="Tea", notify_url="https://www.yabandpay.com/n"
        )  # fmt: skip


SITUATIONS: list[Callable[[Serving], None]] = [
    nothing,
    advance_over_a_merchant_that_hangs,
    advance_over_many_orders,
    advance_many_accounts,
    many_waits,
    many_deliveries,
    a_page_that_listens,
    an_answer_that_never_comes,
    an_export_that_nobody_reads,
    verifying_much,
    importing_bundles,
]


USE_THE_STORE_MUCH = [nothing, advance_over_many_orders, advance_many_accounts, verifying_much, importing_bundles]


@pytest.fixture
def database() -> str:
    return ""


@pytest.fixture
def serving(tmp_path: Path, database: str) -> Iterator[Serving]:
    made = Serving(tmp_path, *(["--database", f"sqlite:///{tmp_path / database}"] if database else []))
    yield made
    if made.process.poll() is None:
        made.process.kill()
    made.process.communicate()
    made.resources.close()


def stops(serving: Serving, number: signal.Signals = signal.SIGTERM) -> None:
    serving.process.send_signal(number)
    _, errors = serving.process.communicate(timeout=PATIENCE)
    assert (serving.process.returncode, errors) == (0, "")


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_sigterm_ends_the_process_at_once(serving: Serving, situation: Callable[[Serving], None]) -> None:
    situation(serving)
    stops(serving)


@pytest.mark.parametrize("database", ["sandbox.db"])
@pytest.mark.parametrize("situation", USE_THE_STORE_MUCH, ids=lambda situation: situation.__name__)
def test_so_it_does_with_a_database(serving: Serving, situation: Callable[[Serving], None]) -> None:
    situation(serving)
    stops(serving)


def test_ctrl_c_ends_the_process_at_once(serving: Serving) -> None:
    advance_over_many_orders(serving)
    stops(serving, signal.SIGINT)


def test_who_waits_is_reported_that_the_sandbox_stops() -> None:
    with Sandbox(Settings(port=0)) as sandbox, ThreadPoolExecutor(20) as asking:
        wanted = {"what": {"type": "requests", "count": 99}, "timeout": "10m"}
        waiting = [asking.submit(requests.post, f"{sandbox.url}{ACCOUNT}/wait", json=wanted, timeout=PATIENCE)
                   for _ in range(20)]  # fmt: skip
        while sandbox.app.waits._count < 20:
            threading.Event().wait(0.005)
        sandbox._server.stop()
        answers = [one.result() for one in waiting]
    assert {answer.status_code for answer in answers} == {503}
    problem = msgspec.json.decode(answers[0].content, type=Problem)
    assert problem == Problem("Stopping", 503, STOPPED_WAITING)
    assert answers[0].headers["Content-Type"] == "application/problem+json"


def test_a_second_signal_does_not_break_off_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    server, closed = open_server(Settings(port=0)), []
    close = server.app.close

    def closing() -> None:
        signal.raise_signal(signal.SIGINT)
        close()
        closed.append(True)

    monkeypatch.setattr(server.app, "close", closing)
    server.serve_until_stopped(on_ready=lambda: signal.raise_signal(signal.SIGINT))
    assert closed
