"""The sandbox without what Windows lacks, as far as that can be tried on another system."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mockserver.client import SignatureError, YabandPay
from mockserver.clock import LAST_INSTANT
from mockserver.domain.calendar import day_of
from mockserver.durations import absolute_text, moment
from mockserver.settings import Settings
from mockserver.testing import Merchant, Sandbox
from tests.sockets import ENVIRONMENT, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="imitates Windows on another system")

ROOT = Path(__file__).parents[2]
WINDOWS = [sys.executable, str(Path(__file__).with_name("windows.py"))]
KEY = Settings().secret_key


def run(*line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WINDOWS, *line], capture_output=True, text=True, cwd=ROOT, env={**ENVIRONMENT, **environment}, check=False
    )


class Served:
    """A sandbox as on Windows, on a free port."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(exist_ok=True)
        self._folder, ready = folder, folder / "ready"
        line = [*WINDOWS, "serve", "--port", "0", "--ready-file", str(ready), *options]
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            self.process = subprocess.Popen(line, stdout=out, stderr=err, cwd=ROOT, env=ENVIRONMENT)
        wait_until(lambda: ready.exists() or self.process.poll() is not None)
        self.url = ready.read_text(encoding="utf-8").split()[0] if ready.exists() else ""

    @property
    def output(self) -> str:
        return (self._folder / "out").read_text(encoding="utf-8")

    @property
    def errors(self) -> str:
        return (self._folder / "err").read_text(encoding="utf-8")

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, log="none", pay_delay=10)) as running:
        yield running


def test_every_module_can_be_imported() -> None:
    code = (
        "import importlib, pkgutil, mockserver\n"
        "names = [one.name for one in pkgutil.walk_packages(mockserver.__path__, 'mockserver.')]\n"
        # The SDK for assistants imports an extension that only Windows has.
        "skipped = ('__main__', 'mcp.serving')\n"
        "print(len([importlib.import_module(name) for name in names if not name.endswith(skipped)]))"
    )
    done = run("-c", code)
    assert done.stderr == ""
    assert int(done.stdout) == len(list((ROOT / "mockserver").rglob("*.py"))) - 3  # itself and those skipped


def test_it_serves_explains_and_stops(tmp_path: Path) -> None:
    with Served(tmp_path / "served", "--pay-delay", "10ms") as served, Merchant(KEY) as merchant:
        client = YabandPay("016683", KEY, served.url)
        client.create_alipay_mini_payment(
            order_id="W-1", amount="24.99", currency="EUR", description="茶", notify_url=merchant.url
        )
        assert [one.notification and one.notification.state for one in merchant.wait_for(1)] == ["paid"]
        with pytest.raises(SignatureError):
            YabandPay("016683", KEY.upper(), served.url).query_order("W-1")
        wait_until(lambda: "in capital letters" in served.output or "-403" in served.output)
        assert "not explained" not in served.output
        command = re.search(r"another terminal:\n\n(.*)\n", served.output)
        assert command
        assert command[1].endswith(f" trigger default --url {served.url}")
        assert "curl" not in served.output
        assert (served.stop(), served.errors) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR2])
def test_a_signal_stops_it_though_no_signal_ends_its_wait(tmp_path: Path, number: int) -> None:
    """SIGUSR2 stands for Ctrl-Break."""
    with Served(tmp_path) as served:
        assert (served.stop(number), served.errors) == (0, "")


def test_several_workers_are_refused_with_what_to_do_instead() -> None:
    done = run("serve", "--workers", "2", "--database", "postgresql+psycopg://somebody@127.0.0.1:1/nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "--workers 2 needs a system that can fork processes: Linux, macOS, or WSL on Windows. Leave out --workers, as "
        "one process is enough for the tests of a team. Or start one sandbox for each port behind a load balancer, all "
        "with the same PostgreSQL --database.\n"
    )


def test_a_database_belongs_to_one_process_which_is_named(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'sandbox.db'}"
    for place in ("first", "again"):
        with Served(tmp_path / place, "--database", database) as served:
            with Served(tmp_path / "second", "--database", database) as second:
                assert second.process.wait() == 2
                assert f"is used by another sandbox (process {served.process.pid})" in second.errors
            assert (served.stop(), served.errors) == (0, "")
        assert sorted(path.name for path in tmp_path.glob("sandbox.db*")) == ["sandbox.db"]


def test_a_port_belongs_to_one_process() -> None:
    code = (
        "import socket; from mockserver.server.listening import bind; sock = bind('127.0.0.1', 0)\n"
        "print(*(sock.getsockopt(socket.SOL_SOCKET, one) for one in (socket.SO_EXCLUSIVEADDRUSE, socket.SO_REUSEADDR)))"
    )
    assert run("-c", code).stdout == "1 0\n"


def test_no_more_connections_are_taken_than_can_be_waited_for() -> None:
    code = "from mockserver.server.accepting import most_connections; print(most_connections())"
    assert run("-c", code).stdout == "256\n"


def test_listening_ends_at_ctrl_c(sandbox: Sandbox) -> None:
    line = [*WINDOWS, "listen", "--url", sandbox.url]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as listening:
        assert listening.stderr is not None
        assert "Press Ctrl-C to stop." in listening.stderr.readline()
        listening.send_signal(signal.SIGINT)
        assert listening.wait(30) == 0


def test_an_order_id_that_a_command_cannot_have_is_refused() -> None:
    code = (
        "import sys; from mockserver.examine.shop import ShopError, state_reader\n"
        "for order_id in ('A-1', 'A&B'):\n"
        "    try: print(state_reader('echo {order_id}')(order_id).strip())\n"
        "    except ShopError as error: print(error)\n"
        "print(state_reader('echo $ORDER_ID')('A&B').strip())"
    )
    first, refused, own = run("-c", code).stdout.splitlines()
    assert (first, own) == ("A-1", "A&B")
    assert "cannot be written into a command on Windows" in refused
    assert "ORDER_ID" in refused


def test_a_command_is_killed_with_what_it_has_started(tmp_path: Path) -> None:
    (tmp_path / "taskkill").write_text('#!/bin/sh\necho "$@" > "$0.line"; kill -KILL "$4"\n', encoding="utf-8")
    (tmp_path / "taskkill").chmod(0o755)
    code = (
        "import subprocess; from mockserver.system.processes import end_with_children, of_its_own\n"
        "process = subprocess.Popen(['cat'], stdin=subprocess.PIPE, **of_its_own())\n"
        "end_with_children(process.pid); print(process.pid, process.wait())"
    )
    pid, status = run("-c", code, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}").stdout.split()
    assert (tmp_path / "taskkill.line").read_text(encoding="utf-8") == f"/F /T /PID {pid}\n"
    assert status == "-9"


def test_a_payment_in_the_year_8999_needs_no_function_that_ends_with_3000() -> None:
    at = LAST_INSTANT - 1
    assert moment(at).isoformat() == "8999-12-31T23:59:59.999000+00:00"
    assert absolute_text(at) == "8999-12-31 23:59:59 UTC"
    assert day_of(at).isoformat() == "9000-01-01"


def test_the_imitation_keeps_signals_from_the_main_thread() -> None:
    """Without this, the tests of signals would show nothing of Windows."""
    code = (
        "import signal, select, socket, threading, os\n"
        "here, there = socket.socketpair(); seen = []\n"
        "signal.signal(signal.SIGINT, lambda *_: seen.append(1))\n"
        "threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "select.select([here], [], [], 1); print(len(seen))"
    )
    began = time.monotonic()
    assert run("-c", code).stdout == "1\n"
    assert time.monotonic() - began >= 1
