"""docs/recipes/haproxy.cfg in front of two sandboxes on one PostgreSQL: payments, waits, streams, faults and an outage."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.client import NoAnswerError, YabandPay
from mockserver.settings import Settings
from mockserver.testing import Merchant, Sandbox
from tests.container.checkers import ROOT
from tests.helpers import SECRET_KEY, USER
from tests.machine import free_port
from tests.sockets import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIGURATION = (ROOT / "docs" / "recipes" / "haproxy.cfg").read_text(encoding="utf-8")
HAPROXY = shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")
NOWHERE = "https://www.yabandpay.com/notify"
ORDER: dict[str, Any] = {"amount": "24.99", "currency": "EUR", "description": "Tea"}


class Balanced:
    """Two sandboxes and the address of the load balancer in front of them."""

    def __init__(self, sandboxes: list[Sandbox], port: int) -> None:
        self.sandboxes, self.port, self.url = sandboxes, port, f"http://127.0.0.1:{port}"
        self.api = f"{self.url}/_sandbox/api"

    def client(self) -> YabandPay:
        return YabandPay(USER, SECRET_KEY, self.url)

    def pays(self) -> bool:
        """Whether a sandbox is ready."""
        try:
            return requests.get(f"{self.api}/health/ready", timeout=10).ok
        except requests.ConnectionError:
            return False


@pytest.fixture
def balanced(postgres_database: str, tmp_path: Path) -> Iterator[Balanced]:
    if HAPROXY is None:
        pytest.skip("needs HAProxy, such as Debian's haproxy")
    port = free_port()
    with ExitStack() as stack:
        settings = Settings(port=0, database=postgres_database, public_url=f"http://127.0.0.1:{port}", pay_delay=10)
        sandboxes = [stack.enter_context(Sandbox(settings)) for _ in range(2)]
        text = CONFIGURATION.replace("bind :8780", f"bind 127.0.0.1:{port}")
        for number, sandbox in enumerate(sandboxes, start=1):
            text = text.replace(f" sandbox-{number}:8765\n", f" {sandbox.url.removeprefix('http://')}\n")
        assert text.count("127.0.0.1") == 3
        (tmp_path / "haproxy.cfg").write_text(text, encoding="utf-8")
        running = stack.enter_context(subprocess.Popen([HAPROXY, "-db", "-f", tmp_path / "haproxy.cfg"]))
        stack.callback(running.kill)
        both = Balanced(sandboxes, port)
        wait_until(both.pays)
        yield both


def accepted(sandbox: Sandbox) -> int:
    """How many creations a sandbox has answered itself."""
    text = requests.get(f"{sandbox.url}/_sandbox/api/metrics", timeout=10).text
    counted = re.findall(r'^yabandpay_requests_total\{.*code="200".*\} (\d+)', text, flags=re.MULTILINE)
    return sum(map(int, counted))


def test_both_take_payments_and_know_those_of_the_other(balanced: Balanced) -> None:
    with Merchant(SECRET_KEY) as merchant:
        trades: list[str] = []
        while not all(map(accepted, balanced.sandboxes)):
            order = f"B-{len(trades)}"
            made = balanced.client().create_alipay_mini_payment(order_id=order, notify_url=merchant.url, **ORDER)
            trades.append(made.trade_id)
        reported = {one.notification.trade_id for one in merchant.wait_for(len(trades)) if one.notification}
    assert reported == set(trades)
    for sandbox in balanced.sandboxes:
        assert {sandbox.client().query_order(trade).state for trade in trades} == {"paid"}


def test_a_wait_is_answered_when_another_sandbox_has_paid(balanced: Balanced) -> None:
    body = {"what": {"type": "state", "order_id": "W-1", "state": "paid"}, "timeout": "60s"}
    with ThreadPoolExecutor() as threads:
        waits = [threads.submit(requests.post, f"{balanced.api}/accounts/{USER}/wait", json=body) for _ in range(4)]
        balanced.sandboxes[0].client().create_alipay_mini_payment(order_id="W-1", notify_url=NOWHERE, **ORDER)
        assert [wait.result().status_code for wait in waits] == [200] * 4


def test_no_wait_that_the_api_takes_is_cut_off() -> None:
    text = requests.structures.CaseInsensitiveDict(re.findall(r"timeout (client|server) +(\d+)m", CONFIGURATION))
    assert {name: int(minutes) > 10 for name, minutes in text.items()} == {"client": True, "server": True}


def test_events_of_all_sandboxes_arrive_at_once(balanced: Balanced) -> None:
    with socket.create_connection(("127.0.0.1", balanced.port)) as client:
        client.sendall(f"GET /_sandbox/live/{USER} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        read_event(client)
        for number, sandbox in enumerate(balanced.sandboxes):
            sandbox.client().create_alipay_mini_payment(order_id=f"E-{number}", notify_url=NOWHERE, **ORDER)
            read_event(client)


def read_event(client: socket.socket) -> None:
    seen = b""
    while b"data: changed" not in seen:
        received = client.recv(65536)
        assert received, seen
        seen += received


def test_the_payer_gets_the_public_address(balanced: Balanced) -> None:
    made = balanced.sandboxes[0].client().create_alipay_wap_payment(order_id="P-1", notify_url=NOWHERE, **ORDER)
    assert made.url.startswith(f"{balanced.url}/")
    assert requests.get(made.url, timeout=10).ok


def test_a_broken_connection_reaches_the_client(balanced: Balanced) -> None:
    """Where a proxy for HTTP would answer 502."""
    with pytest.raises(NoAnswerError, match="RemoteDisconnected"):
        balanced.client().create_alipay_mini_payment(order_id="ANSWERLOST-1", notify_url=NOWHERE, **ORDER)


def test_a_sandbox_that_stops_gets_no_more_connections(balanced: Balanced) -> None:
    trade = (
        balanced.sandboxes[0].client().create_alipay_mini_payment(order_id="S-1", notify_url=NOWHERE, **ORDER).trade_id
    )
    balanced.sandboxes[0].__exit__(None, None, None)
    for _ in range(6):
        assert balanced.client().query_order(trade).state in {"new", "paid"}
