"""`listen` as a process: what it prints, what it copies, and how it ends and goes on."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockserver.cli.lines import columns_of
from mockserver.settings import Settings
from mockserver.system.command import own_command
from mockserver.testing import Merchant, Sandbox
from tests.cli.remote import Terminal
from tests.helpers import SECRET_KEY
from tests.machine import free_port
from tests.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, tls_port=0, log="none", pay_delay=10)) as running:
        yield running


@pytest.fixture
def terminal(sandbox: Sandbox) -> Iterator[Terminal]:
    used = Terminal(sandbox.url)
    yield used
    used("reset")


class Listening:
    """A running `listen`, which has begun to listen."""

    def __init__(self, terminal: Terminal, *options: str) -> None:
        self.process = terminal.start("listen", *options)
        self.greeting = self._line(self.process.stderr)

    def _line(self, stream: Any) -> str:
        line: str = stream.readline()
        assert line, self.process.communicate(timeout=30)
        return line

    def read_until(self, text: str) -> list[str]:
        lines = [""]
        while text not in lines[-1]:
            lines.append(self._line(self.process.stdout).rstrip("\n"))
        return lines[1:]

    def error(self) -> str:
        return self._line(self.process.stderr)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=30)
        return self.process.returncode, output, errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(terminal: Terminal, number: int) -> None:
    listening = Listening(terminal)
    assert listening.greeting == f"Listening to account 016683 at {terminal.url}. Press Ctrl-C to stop.\n"
    assert listening.stop(number) == (0, "", "")


@pytest.mark.parametrize("after", ["nothing", "a line", "many lines"])
def test_it_ends_cleanly_when_nobody_reads_any_more(terminal: Terminal, after: str) -> None:
    listening = Listening(terminal)
    if after != "nothing":
        terminal("trigger", "signature-error")
        listening.read_until("/requests/1")
    if after == "many lines":
        listening.process.send_signal(signal.SIGSTOP)  # so that it finds out when it writes
        terminal("trigger", "declined")
    listening.process.stdout.close()  # type: ignore[union-attr]
    listening.process.send_signal(signal.SIGCONT)
    assert listening.process.wait(timeout=30) == 0
    assert listening.process.stderr.read() == ""  # type: ignore[union-attr]
    listening.process.stderr.close()  # type: ignore[union-attr]


def test_requests_states_and_notifications_are_printed_in_80_columns(terminal: Terminal) -> None:
    listening = Listening(terminal)
    terminal("trigger", "declined", "--order-id", "订单-1")
    requests.post(f"{terminal.url}/Payments", data=b"{}", timeout=30)
    lines = listening.read_until("/unknown-users/")
    listening.stop()
    heads = [[order, *rest[:2]] for order, _, *rest in (line.split() for line in lines if not line.startswith(" "))]
    assert heads[:4] == [
        ["订单-1", "request", "accepted"], ["订单-1", "state", "processing"], ["订单-1", "state", "declined"],
        ["订单-1", "notified", "declined"],
    ]  # fmt: skip
    assert heads[4] == ["-", "request", "-3001"]
    assert max(map(columns_of, lines)) <= 80


def test_only_what_is_chosen_is_printed_as_json(terminal: Terminal) -> None:
    states = Listening(terminal, "--kind", "state", "--order-id", "B-*", "--json")
    refused = Listening(terminal, "--refused", "--json")
    for order_id in ("A-1", "B-1"):
        terminal("trigger", "declined", "--order-id", order_id)
    terminal("trigger", "signature-error", "--order-id", "B-2")
    read = [json.loads(line) for line in states.read_until("declined")]
    assert [(one["kind"], one["order_id"], one["text"]) for one in read] == [
        ("state", "B-1", "processing"), ("state", "B-1", "declined"),
    ]  # fmt: skip
    [only] = [json.loads(line) for line in refused.read_until("-403")]
    assert (only["order_id"], only["code"], only["page"]) == ("B-2", "-403", "/_sandbox/accounts/016683/requests/3")
    states.stop()
    refused.stop()


def test_a_copy_of_each_notification_is_forwarded_exactly(terminal: Terminal) -> None:
    with Merchant(SECRET_KEY) as shop, Merchant(SECRET_KEY) as copied:
        listening = Listening(terminal, "--forward-to", f"{copied.url}/copy?a=1")
        for scenario in ("declined", "notified-by-form", "notified-with-wrong-signature"):
            terminal("trigger", scenario, "--to", shop.url, "--order-id", f"F-{scenario}")
        lines = listening.read_until("not accepted")
        lines += listening.read_until("copy to")
        listening.stop()
        assert [one.body for one in copied.received] == [one.body for one in shop.received]
        assert copied.received[0].path == "/notify/copy?a=1"
        assert sum("HTTP 200 ok" in line for line in lines) == 2


def test_a_copy_that_cannot_be_delivered_is_reported_and_ends_nothing(terminal: Terminal) -> None:
    target = f"http://127.0.0.1:{free_port()}/x"
    listening = Listening(terminal, "--forward-to", target, "--json")
    for order_id in ("A-1", "A-2"):
        terminal("trigger", "declined", "--order-id", order_id)
    read = [json.loads(line) for line in [*listening.read_until('"forwarded"'), *listening.read_until('"forwarded"')]]
    listening.stop()
    copies = [one["forwarded"] for one in read if "forwarded" in one]
    assert [(one["url"], one["status"], one["accepted"]) for one in copies] == [(target, None, False)] * 2
    assert "Connection refused" in copies[0]["result"]


@pytest.mark.parametrize("kept", [False, True], ids=["memory", "sqlite"])
def test_it_goes_on_when_the_sandbox_restarts_and_loses_nothing(tmp_path: Path, *, kept: bool) -> None:
    options = ["--port", str(free_port()), "--pay-delay", "10ms", "--log", "none"]
    options += ["--database", f"sqlite:///{tmp_path / 'sandbox.db'}"] if kept else []
    first = Serving(*options)
    terminal = Terminal(first.url)
    listening = Listening(terminal, "--json")
    terminal("trigger", "declined", "--order-id", "A-1")
    listening.read_until('"attempt"')
    first.stop()
    assert listening.error() == f"The sandbox at {terminal.url} has stopped. Waiting until it is there again.\n"
    second = Serving(*options)
    terminal("trigger", "declined", "--order-id", "A-2")  # perhaps before the listener is back
    read = [json.loads(line) for line in listening.read_until('"attempt"')]
    assert [(one["kind"], one["order_id"]) for one in read] == [
        ("request", "A-2"), ("state", "A-2"), ("state", "A-2"), ("notification", "A-2"), ("attempt", "A-2"),
    ]  # fmt: skip
    assert listening.error() == "The sandbox is there again.\n"
    listening.stop()
    second.stop()


def test_it_ends_when_its_account_is_deleted(terminal: Terminal) -> None:
    requests.post(f"{terminal.url}/_sandbox/api/accounts", json={"user": "gone"}, timeout=30)
    listening = Listening(terminal, "--account", "gone")
    requests.delete(f"{terminal.url}/_sandbox/api/accounts/gone", timeout=30)
    _, errors = listening.process.communicate(timeout=30)
    assert listening.process.returncode == 1
    assert errors == f"There is no account 'gone'. List them with {own_command()} accounts.\n"


@pytest.mark.slow
def test_what_other_processes_do_is_heard_once(postgres_database: str) -> None:
    server = Serving("--workers", "2", "--database", postgres_database, "--pay-delay", "10ms", "--log", "none")
    terminal = Terminal(server.url)
    listening = Listening(terminal, "--json", "--kind", "request", "--kind", "notification")
    orders = [f"A-{number}" for number in range(8)]
    for order_id in orders:
        terminal("trigger", "default", "--order-id", order_id)
    terminal("trigger", "signature-error", "--order-id", "the end")
    read = [json.loads(line) for line in listening.read_until("the end")]
    listening.stop()
    server.stop()
    for kind in ("request", "attempt"):
        assert [one["order_id"] for one in read if one["kind"] == kind and one["order_id"] != "the end"] == orders
