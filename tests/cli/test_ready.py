"""The ready file of `serve`, and the command `ready`."""

from __future__ import annotations

import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from mockserver.cli.commands import main
from mockserver.testing import Merchant
from tests.cli.commands import run
from tests.helpers import SECRET_KEY
from tests.machine import free_port
from tests.serving import COMMAND, ENVIRONMENT, Serving

if TYPE_CHECKING:
    from pathlib import Path


def test_the_ready_file_holds_the_addresses_while_requests_are_taken(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.write_text("http://127.0.0.1:1\n", encoding="utf-8")  # left by a run that was killed
    server = Serving("--ready-file", str(ready), "--tls", "--tls-port", "0")
    plain, secure = ready.read_text(encoding="utf-8").split()
    assert plain == server.url
    assert f"https     {secure}/Payments   use --ca-file" in server.greeting
    assert [file.name for file in tmp_path.iterdir()] == ["ready"]
    assert server.stop() == (0, "")
    assert not ready.exists()


MISTAKES = [
    ["--port", "99999"], ["--hots", "x"], ["--pay-delay", "soon"], ["--scenario", "declind"], ["--scenarios", "no/folder"],
    ["--database", "x"], ["--database", "sqlite:///no/folder/s.db"], ["--accounts", "no/file.yaml"], ["--host", "256.0.0.1"],
    ["--ca-file", "ca.pem"], ["--tls", "--tls-certificate", "no.pem", "--tls-key", "no.key"], ["surplus"],
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=" ".join)
@pytest.mark.parametrize("place", ["before", "after", "variable"])
def test_no_start_that_fails_leaves_the_ready_file_of_a_killed_run(
    tmp_path: Path, mistake: list[str], place: str
) -> None:
    for name in ("ready", "ready.part"):
        (tmp_path / name).write_text("http://127.0.0.1:1\n", encoding="utf-8")
    ready = str(tmp_path / "ready")
    named = ["--ready-file", ready]
    arguments = {"before": [*named, *mistake], "after": [*mistake, *named], "variable": mistake}[place]
    variables = {"YABANDPAY_MOCK_READY_FILE": ready} if place == "variable" else {}
    assert CliRunner().invoke(main, ["serve", "--port", "0", *arguments], env=variables).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_leaves_no_ready_file_of_a_killed_run(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ready.write_text(f"http://127.0.0.1:{port}\n", encoding="utf-8")
        result = CliRunner().invoke(main, ["serve", "--port", str(port), "--ready-file", str(ready)])
    assert (result.exit_code, str(port) in result.stderr, ready.exists()) == (2, True, False)


def test_asking_for_help_withdraws_nothing(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.touch()
    assert CliRunner().invoke(main, ["serve", "--ready-file", str(ready), "--help"]).exit_code == 0
    assert ready.exists()


def test_a_ready_file_that_cannot_be_filled_is_reported(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    full = ["sh", "-c", 'ulimit -f 0 && exec "$@"', "sh"]  # a file can be made, and nothing be written into it
    unmeasured = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("COVERAGE_")}
    options = ["--port", "0", "--ready-file", str(ready)]
    done = subprocess.run(
        [*full, *COMMAND, "serve", *options], capture_output=True, text=True, env=unmeasured, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (2, f"--ready-file: {ready} cannot be written: File too large\n")
    assert list(tmp_path.iterdir()) == []


def test_ready_says_whether_a_sandbox_accepts_payments() -> None:
    server = Serving("--control-token", "hidden")
    code, reported, _ = run("ready", server.url, "--timeout", "10s")
    assert (code, reported) == (0, f"ready at {server.url}\n")
    assert run("ready", "--port", server.url.rpartition(":")[2])[0] == 0
    server.stop()
    code, _, reported = run("ready", server.url, "--timeout", "50ms")
    assert code == 1
    assert reported == f"No sandbox is ready at {server.url} after 0.05 s: [Errno 111] Connection refused\n"


def test_ready_waits_for_a_sandbox_that_is_only_starting() -> None:
    port = str(free_port())
    with ThreadPoolExecutor(1) as asking:
        reported = asking.submit(run, "ready", f"http://127.0.0.1:{port}", "--timeout", "60s")
        server = Serving("--port", port)
        assert reported.result()[0] == 0
        server.stop()


def test_ready_knows_what_is_no_sandbox_and_no_address() -> None:
    with Merchant(SECRET_KEY) as other:
        code, _, reported = run("ready", other.url)
        assert (code, "it answered HTTP 501" in reported) == (1, True)
    for wrong in ("127.0.0.1:8765", "http://[", "http://127.0.0.1:99999"):
        code, _, reported = run("ready", wrong)
        assert (code, "expected an address such as http://127.0.0.1:8765" in reported) == (2, True)
