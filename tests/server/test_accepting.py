"""Taking connections: when files run out, when there are too many, with TLS, and while the server stops."""

from __future__ import annotations

import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from mockserver.server.accepting import most_connections
from mockserver.server.connection_log import ConnectionLog
from mockserver.server.limits import Limits
from mockserver.settings import Settings
from tests.helpers import signed
from tests.sockets import (
    ROOT,
    Process,
    connect,
    payment,
    serving,
    slow_scenarios,
    statuses,
    talk,
    until_closed,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

_FILES = 64
_RESET = struct.pack("ii", 1, 0)
HEAD = b"POST /Payments HTTP/1.1\r\nHost: x\r\n"
SECURE = Settings(port=0, tls=True, tls_port=0, seed="tests")


def pays(url: str) -> bool:
    return b'"code":"200"' in talk(url, payment("pays", close=True))


class TestExhaustion:
    def test_more_connections_than_files_leave_the_log_short_and_the_server_well(self, tmp_path: Path) -> None:
        with Process(tmp_path, files=_FILES) as server:
            held = [connect(server.url) for _ in range(3 * _FILES)]
            wait_until(lambda: bool(server.connection_lines))
            for client in held:
                client.close()
            assert pays(server.url)
            assert server.stop() == 0
            (line,) = server.connection_lines
            assert line.startswith("48 connections are open, as many as this process takes; new ones wait. ")
            assert server.errors == ""

    def test_a_server_without_a_file_left_says_so_in_a_few_lines(self) -> None:
        """As when the process that it runs in has used them all: it goes on once some are free."""
        program = f"""
import os, resource, socket, sys
sys.path.insert(0, {str(ROOT)!r})
from mockserver.server.limits import Limits
from tests.sockets import connect, payment, serving, talk, wait_until
resource.setrlimit(resource.RLIMIT_NOFILE, ({_FILES}, {_FILES}))
with serving(Limits(connections=10_000)) as (server, lines):
    clients = [socket.socket() for _ in range(10)]
    taken = []
    try:
        while True:
            taken.append(os.dup(0))
    except OSError:
        pass
    for client in clients:
        client.connect(server._listeners.plain.getsockname())
        client.sendall(payment("waits", close=True))
    wait_until(lambda: lines)
    clients[0].settimeout(1.2)
    try:
        clients[0].recv(1)
    except TimeoutError:
        pass
    for file in taken:
        os.close(file)
    clients[0].settimeout(30)
    assert b"200 OK" in clients[0].recv(65536)
    assert 1 <= len(lines) <= 5, lines
    print(*lines, sep="\\n")
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(
            "Cannot take connections: Too many open files; new ones wait. Have clients close "
        )

    def test_the_server_keeps_files_for_its_other_parts(self) -> None:
        code = "import resource; from mockserver.server.accepting import most_connections; print(most_connections())"
        for files, most in (("20", 4), ("64", 48), ("1024", 768)):
            command = ["sh", "-c", 'ulimit -n "$0" && exec "$@"', files, sys.executable, "-c", code]
            assert int(subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout) == most
        assert 1 <= most_connections() <= 10_000

    def test_connections_that_are_idle_make_room_for_new_ones(self) -> None:
        with serving(Limits(connections=3)) as (server, lines), ExitStack() as open_now:
            url = server.app.base_url
            busy, first, second = (open_now.enter_context(connect(url)) for _ in range(3))
            wait_until(lambda: len(server.context.connections) == 3)
            busy.sendall(HEAD)
            second.sendall(payment("shows that it is in use"))
            assert second.recv(65536)
            assert pays(url)
            assert first.recv(1) == b""
            busy.sendall(b"Connection: close\r\nContent-Length: 0\r\n\r\n")
            assert statuses(until_closed(busy)) == [200]
            assert len(lines) >= 1


def read_answer(sock: socket.socket) -> bytes:
    """One answer of the gateway, on a connection that stays open."""
    answer = b""
    while not answer.endswith(b"}"):
        part = sock.recv(65536)
        assert part, answer
        answer += part
    return answer


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[str, list[str], ssl.SSLContext]]:
    """The address for HTTPS, the lines about connections, and a client's context that trusts the server."""
    settings = replace(SECURE, ca_file=tmp_path / "ca.pem")
    with serving(Limits(handshake_time=0.3, handshakes=2), settings) as (server, lines):
        yield server.app.secure_url, lines, ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))


def half_handshake(url: str, size: int | None = None) -> socket.socket:
    """A client that begins with TLS and sends nothing after its first message, or not even all of that."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    sock = connect(url)
    sock.sendall(outgoing.read()[:size])
    return sock


class TestHandshakes:
    def test_an_ordinary_connection_leaves_no_line(self, secure: tuple[str, list[str], ssl.SSLContext]) -> None:
        url, lines, context = secure
        with context.wrap_socket(connect(url), server_hostname="localhost") as client:
            client.sendall(payment("secure", close=True))
            assert b'"code":"200"' in until_closed(client)
        assert lines == []

    def test_a_client_that_refuses_the_certificate_gets_a_line_with_the_cure(
        self, secure: tuple[str, list[str], ssl.SSLContext], tmp_path: Path
    ) -> None:
        url, lines, _ = secure
        with pytest.raises(requests.exceptions.SSLError):
            requests.post(f"{url}/Payments", data=signed(), timeout=30)
        wait_until(lambda: bool(lines))
        (line,) = lines
        assert line == (
            f"127.0.0.1  A client rejected the certificate (unknown ca). Have it trust {tmp_path / 'ca.pem'}; "
            "if it calls the sandbox by another name, add --tls-name NAME."
        )

    def test_http_to_the_port_of_https_is_answered_in_http(self, secure: tuple[str, list[str], ssl.SSLContext]) -> None:
        url, lines, _ = secure
        answer = requests.post(url.replace("https", "http") + "/Payments", data=signed(), timeout=30)
        expected = f"A request without TLS came to {url}. Use https:// for this port."
        assert (answer.status_code, answer.text) == (400, expected + "\n")
        assert lines == [f"127.0.0.1  400  {expected}"]

    def test_https_to_the_port_of_http_gets_a_line_that_names_the_right_one(self, tmp_path: Path) -> None:
        with serving(settings=replace(SECURE, ca_file=tmp_path / "ca.pem")) as (server, lines):
            with pytest.raises(requests.exceptions.SSLError):
                requests.post(server.app.base_url.replace("http", "https"), data=signed(), timeout=30)
            (line,) = lines
            assert line == (
                f"127.0.0.1  400  An HTTPS request came to {server.app.base_url}, which serves HTTP. "
                f"Use {server.app.secure_url} for HTTPS."
            )

    def test_a_version_that_is_too_old_gets_a_line(self, secure: tuple[str, list[str], ssl.SSLContext]) -> None:
        url, lines, context = secure
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionResetError)), connect(url) as plain:
            context.wrap_socket(plain, server_hostname="localhost")
        wait_until(lambda: bool(lines))
        assert lines[0].startswith(
            "127.0.0.1  A TLS handshake failed (unsupported protocol). Have the client use TLS 1.2 or 1.3."
        )

    @pytest.mark.parametrize("size", [1, None])
    def test_handshakes_that_stop_in_between_end_in_time(
        self, secure: tuple[str, list[str], ssl.SSLContext], size: int | None
    ) -> None:
        """More than are done at once, so that those which wait for others end too."""
        url, lines, context = secure
        clients = [half_handshake(url, size) for _ in range(5)]
        for half in clients:
            with half:
                until_closed(half)
        assert lines
        assert lines[0].startswith("127.0.0.1  A client began a TLS handshake and did not finish it in time.")
        with context.wrap_socket(connect(url), server_hostname="localhost") as client:
            client.sendall(payment("after them", close=True))
            assert b'"code":"200"' in until_closed(client)

    def test_a_client_that_says_nothing_is_closed_without_a_line(
        self, secure: tuple[str, list[str], ssl.SSLContext]
    ) -> None:
        url, lines, _ = secure
        assert talk(url) == b""
        with connect(url):
            pass
        assert lines == []

    def test_a_goodbye_that_is_not_answered_is_not_waited_for(self, tmp_path: Path) -> None:
        settings = replace(SECURE, ca_file=tmp_path / "ca.pem")
        with serving(Limits(stalled=0.2), settings) as (server, _):
            context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
            with context.wrap_socket(connect(server.app.secure_url), server_hostname="localhost") as client:
                client.sendall(payment("goodbye", close=True))
                wait_until(lambda: server.context.responses == 1)
                wait_until(lambda: not server.context.connections)

    def test_a_reset_that_comes_too_late_is_no_failure(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """The client has left already when a scenario resets its connection."""
        settings = replace(SECURE, ca_file=tmp_path / "ca.pem", scenarios=slow_scenarios(tmp_path))
        with serving(settings=settings) as (server, _):
            context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
            tls = context.wrap_socket(connect(server.app.secure_url), server_hostname="localhost")
            for count, client in enumerate((tls, connect(server.app.base_url)), 1):
                with client:
                    client.sendall(payment("late", b"X-Sandbox-Scenario: slow-reset"))
                    wait_until(lambda count=count: server.app.metrics._exchanges.total() == count)  # type: ignore[misc]
            wait_until(lambda: not server.context.tasks)
        assert caplog.records == []


def pythons() -> list[str]:
    """This interpreter, and those of further environments with the package's dependencies: .venv-3.10 and so on."""
    return [sys.executable, *map(str, sorted(ROOT.glob(".venv-3.*/bin/python")))]


@pytest.mark.parametrize("python", pythons(), ids=lambda path: Path(path).parents[1].name)
def test_https_leaves_stderr_empty_on_every_version_of_python(python: str, tmp_path: Path) -> None:
    """Connections that end in every way: closed by either, left, reset, refused, broken off, and open at the end."""
    options = ["--tls", "--tls-port", "0", "--ca-file", str(tmp_path / "ca.pem")]
    options += ["--scenarios", str(slow_scenarios(tmp_path))]
    with Process(tmp_path, *options, python=python) as server:
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))

        def client() -> ssl.SSLSocket:
            return context.wrap_socket(connect(server.secure_url), server_hostname="localhost")

        with requests.Session() as session:
            session.trust_env, session.verify = False, str(tmp_path / "ca.pem")
            for _ in range(3):
                assert session.post(f"{server.secure_url}/Payments", data=signed(), timeout=30).ok
        with client() as closed_by_server:
            closed_by_server.sendall(payment("close", close=True))
            assert until_closed(closed_by_server)
        with client() as well_closed:
            well_closed.sendall(payment("well closed"))
            assert read_answer(well_closed)
            with suppress(ssl.SSLEOFError):  # Python 3.10 does not answer a goodbye
                well_closed.unwrap().close()
        with client() as left:
            left.sendall(payment("left", b"X-Sandbox-Scenario: slow"))
        with client() as left_before_a_reset:
            left_before_a_reset.sendall(payment("left", b"X-Sandbox-Scenario: slow-reset"))
        with client() as bad:
            bad.sendall(b"bad\r\n\r\n")
            assert statuses(until_closed(bad)) == [400]
        with client() as reset:
            reset.sendall(HEAD)
            reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        with client() as by_scenario:
            by_scenario.sendall(payment("RESETBUTCREATED-1"))
            assert until_closed(by_scenario) == b""
        half_handshake(server.secure_url).close()
        with pytest.raises(requests.exceptions.SSLError):
            requests.post(f"{server.secure_url}/Payments", data=signed(), timeout=30)
        opened = client()
        opened.sendall(payment("open"))
        assert read_answer(opened)
        wait_until(lambda: len(server.connection_lines) == 3)
        assert server.stop() == 0
        opened.close()
        assert server.errors == ""
        assert {line.split("  ")[1][:20] for line in server.connection_lines} == {
            "400", "A client broke off t", "A client rejected th"
        }  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_whatever_clients_have_left_undone(tmp_path: Path, number: int) -> None:
    options = ["--tls", "--tls-port", "0", "--ca-file", str(tmp_path / "ca.pem")]
    body = HEAD + b"Content-Length: 99999999\r\n\r\n"
    begun = [b"", b"P", HEAD, body, body + b"1", body + b"x" * 2_000_000, b"bad\r\n\r\n"]
    begun += [HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n1"]
    begun += [payment("never", b"X-Sandbox-Scenario: never-answered")]
    with Process(tmp_path, *options) as server, ExitStack() as open_now:
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        for sent in begun:
            open_now.enter_context(connect(server.url)).sendall(sent)
            tls = context.wrap_socket(connect(server.secure_url), server_hostname="localhost")
            open_now.enter_context(tls).sendall(sent)
        open_now.enter_context(connect(server.secure_url))
        open_now.enter_context(half_handshake(server.secure_url))
        open_now.enter_context(half_handshake(server.secure_url, 1))
        assert pays(server.url)
        assert server.stop(number, within=5) == 0
        assert server.errors == ""


def test_notices_of_a_kind_are_bounded_and_counted() -> None:
    lines: list[str] = []
    now = [0.0]
    log = ConnectionLog(lines.append, lambda: now[0])
    for number in range(100):
        log.add("a", f"a{number}")
    log.add("b", "b")
    assert lines == ["a0", "a1", "a2", "a3", "a4", "b"]
    now[0] = 10.0
    log.add("a", "a100")
    log.add("a", "a101")
    assert lines[6:] == ["a100 (95 more like this before)"]
    now[0] = 10_000.0
    for number in range(9):
        log.add("a", f"c{number}")
    assert lines[7:] == ["c0 (1 more like this before)", "c1", "c2", "c3", "c4"]


def test_stopping_waits_for_no_handshake(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with ExitStack() as open_now, serving(settings=replace(SECURE, ca_file=tmp_path / "ca.pem")) as (server, lines):
        url = server.app.secure_url
        for client in (half_handshake(url), half_handshake(url, 3), connect(url)):
            open_now.enter_context(client)
        wait_until(lambda: len(server._slots.opening) == 3)
    assert lines == []
    assert set(threading.enumerate()) <= before
