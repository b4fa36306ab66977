"""Several processes on one port: they share connections, stop together, and one that dies is replaced and logged."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from mockserver.client import signed_request
from mockserver.clock import stopwatch
from mockserver.gateway.example import documented_request
from tests.server.workers import WITHOUT_DATABASE, Workers, answer_to, children_of, parent_of
from tests.serving import COMMAND, ENVIRONMENT, Serving
from tests.sockets import ROOT, connect, payment, request, statuses, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the tests find workers in /proc")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    with Workers(tmp_path) as running:
        yield running


def loads(answers: list[bytes]) -> list[int]:
    """How many of these payments each worker took, the least first.

    Each worker with a memory of its own gives its first payment the same id, its second one another, and so on.
    """
    ids = Counter(re.findall(rb'"trade_id":"([^"]+)"', b"".join(answers)))
    assert ids.total() == len(answers), answers
    took = list(ids.values())
    return sorted(sum(1 for reached in took if reached >= nth) for nth in range(1, max(took, default=0) + 1))


def pay_at_both(pay: Callable[[int], list[bytes]]) -> None:
    """Pay until both workers have taken payments: on a busy machine one may take all that come at once."""
    answers: list[bytes] = []

    def have_taken() -> bool:
        answers.extend(pay(8))
        return len(loads(answers)) == 2

    wait_until(have_taken)


class TestOnePort:
    @pytest.mark.parametrize("count", [2, 4])
    def test_connections_that_come_at_once_spread_over_the_workers(self, tmp_path: Path, count: int) -> None:
        fullest = []
        for number in range(5):
            folder = tmp_path / str(number)
            folder.mkdir()
            with Workers(folder, "--log", "none", count=count) as workers:
                fullest.append(loads(workers.pay(16))[-1])
                assert workers.stop() == (0, "")
        assert sorted(fullest)[2] <= 16 / count + 3, fullest

    def test_a_worker_that_hangs_holds_up_no_connection(self, workers: Workers) -> None:
        hanging = workers.pids[0]
        os.kill(hanging, signal.SIGSTOP)
        try:
            assert loads(workers.pay(20)) == [20]
        finally:
            os.kill(hanging, signal.SIGCONT)
        assert workers.stop() == (0, "")

    def test_all_workers_serve_https_with_one_certificate(self, tmp_path: Path) -> None:
        authority = tmp_path / "ca.pem"
        with (
            Workers(tmp_path, "--tls", "--tls-port", "0", "--ca-file", str(authority)) as workers,
            ExitStack() as closing,
        ):
            context = ssl.create_default_context(cafile=str(authority))

            def pay(count: int) -> list[bytes]:
                clients = [
                    context.wrap_socket(closing.enter_context(connect(workers.secure_url)), server_hostname="localhost")
                    for _ in range(count)
                ]
                answers = []
                for client in clients:
                    client.sendall(payment("https"))
                    answers.append(answer_to(client))
                    closing.enter_context(client)
                return answers

            pay_at_both(pay)
            assert workers.stop() == (0, "")


_ENTRY = (
    r"\d+ *  \d\d:\d\d:\d\dZ  request    -1000  CreatePaymentsAlipayMiniPay",
    r"           currency must be one of CHF, .* NOK,",
    r"           PLN, SEK, USD, not",
    r"           'x+…'\.",
    r"           http://.*/_sandbox/accounts/016683/requests/\d+",
)
"""The lines of the log about a refused request."""


class TestGreeting:
    def test_it_appears_once_and_has_the_number_of_processes(self, tmp_path: Path) -> None:
        with Workers(tmp_path, count=3) as workers:
            assert len(workers.pids) == 3
            assert workers.output.count("YabandPay sandbox") == 1
            assert "  workers   3 processes\n" in workers.output
            assert f"  gateway   {workers.url}/Payments\n" in workers.output
            assert workers.stop() == (0, "")

    def test_one_worker_is_the_sandbox_itself(self) -> None:
        serving = Serving("--workers", "1")
        children = Path(f"/proc/{serving.process.pid}/task/{serving.process.pid}/children").read_text()
        assert (children, "workers" in serving.greeting) == ("", False)
        assert serving.stop() == (0, "")

    def test_lines_of_all_workers_stay_whole(self) -> None:
        command = [*COMMAND[:1], "-c", WITHOUT_DATABASE, "serve", "--port", "0", "--workers", "4"]
        sandbox = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT, start_new_session=True)
        Serving.started.append(sandbox)
        assert sandbox.stdout is not None
        url = ""
        for line in sandbox.stdout:
            url = url or "".join(re.findall(r"gateway +(\S+)/Payments", line))
            if "Ctrl-C" in line:
                break
        assert sandbox.stdout.readline() == "\n"
        long = signed_request(documented_request("016683", currency="x" * 900), "sandbox-secret-key")
        count, batch = 16, 120
        with ExitStack() as closing:
            clients = [closing.enter_context(connect(url)) for _ in range(count)]
            for client in clients:
                client.sendall(request(long) * batch)
            for client in clients:
                received = b""
                while len(statuses(received)) < batch:
                    received += client.recv(65536)
            # By now the pipe is full and all workers have much to write, so they compete for each byte that is read.
            lines = [sandbox.stdout.readline() for _ in range(count * batch * len(_ENTRY))]
        entries = [lines[begin : begin + len(_ENTRY)] for begin in range(0, len(lines), len(_ENTRY))]
        shape = re.compile("\n".join(_ENTRY) + "\n")
        assert [entry for entry in entries if not shape.fullmatch("".join(entry))] == []
        sandbox.terminate()
        assert sandbox.communicate(timeout=30)[0] == ""


class TestStart:
    PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from mockserver.server.listening import listen
from mockserver.server.supervisor import Supervisor
from mockserver.settings import Settings

def work(link):
    number = link.listeners.counts.own + 1
    Path(sys.argv[1], f"{number}").read_text()  # waits until the test opens this pipe
    async def serve():
        link.ready(lambda: None)
        os.write(1, f"worker {number}\\n".encode())
        await asyncio.Event().wait()
    asyncio.run(serve())

Supervisor(3, listen(Settings(port=0)), work).run(lambda: os.write(1, b"all\\n"))
"""

    @pytest.fixture
    def starting(self, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
        for number in "123":
            os.mkfifo(tmp_path / number)
        command = [*COMMAND[:1], "-c", self.PROGRAM, str(tmp_path)]
        supervisor = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, cwd=ROOT
        )
        yield supervisor
        if supervisor.poll() is None:
            supervisor.send_signal(signal.SIGSTOP)  # so that it replaces none of those that are killed
            for pid in [*children_of(supervisor.pid), supervisor.pid]:
                os.kill(pid, signal.SIGKILL)
        supervisor.communicate()

    def test_the_first_starts_alone_and_all_are_ready_before_it_is_announced(
        self, tmp_path: Path, starting: subprocess.Popen[str]
    ) -> None:
        assert starting.stdout is not None
        assert len(children_of(starting.pid)) <= 1
        for number in "12":
            (tmp_path / number).write_text("")
            assert starting.stdout.readline() == f"worker {number}\n"
        os.kill(children_of(starting.pid)[1], signal.SIGKILL)
        (tmp_path / "2").write_text("")  # the supervisor has seen it serve, and die
        assert starting.stdout.readline() == "worker 2\n"
        (tmp_path / "3").write_text("")
        assert sorted([starting.stdout.readline(), starting.stdout.readline()]) == ["all\n", "worker 3\n"]
        starting.terminate()
        assert (starting.communicate(timeout=30), starting.returncode) == (("", ""), 0)

    @pytest.mark.parametrize("started", ["", "1", "12"])
    def test_a_signal_stops_what_has_started_so_far(
        self, tmp_path: Path, starting: subprocess.Popen[str], started: str
    ) -> None:
        assert starting.stdout is not None
        for number in started:
            (tmp_path / number).write_text("")
            assert starting.stdout.readline() == f"worker {number}\n"
        wait_until(lambda: bool(children_of(starting.pid)))
        begun = children_of(starting.pid)
        starting.terminate()
        assert (starting.communicate(timeout=30), starting.returncode) == (("", ""), 0)
        assert [pid for pid in begun if parent_of(pid) is not None] == []


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_to_the_supervisor_stops_all_in_the_middle_of_anything(
        self, workers: Workers, number: int
    ) -> None:
        place = urlsplit(workers.url)
        body = b'{"what": {"type": "requests", "count": 99}, "timeout": "10m"}'
        path = b"/_sandbox/api/accounts/016683/wait"
        head = [b"Host: " + place.netloc.encode(), b"Content-Type: application/json"]
        for _ in range(8):
            waiting = workers.resources.enter_context(connect(workers.url))
            waiting.sendall(request(body, *head, path=path).replace(b"Host: x\r\n", b""))
            silent = workers.resources.enter_context(connect(workers.url))
            silent.sendall(b"POST /Payments HTTP/1.1\r\n")
        pay_at_both(workers.pay)
        assert workers.stop(number) == (0, "")

    def test_ctrl_c_reaches_the_whole_group_and_stops_it_once(self, workers: Workers) -> None:
        greeting = workers.output
        _ = workers.pids
        os.killpg(workers.process.pid, signal.SIGINT)
        os.killpg(workers.process.pid, signal.SIGINT)
        assert workers.stop(signal.SIGINT) == (0, "")
        assert workers.output == greeting

    def test_workers_stop_when_their_supervisor_is_killed(self, workers: Workers) -> None:
        first, last = workers.pids
        os.kill(last, signal.SIGSTOP)  # it knows the first one's connection to the supervisor, if it inherited it
        workers.process.kill()
        workers.process.wait()
        wait_until(lambda: parent_of(first) is None)
        os.kill(last, signal.SIGCONT)
        wait_until(lambda: parent_of(last) is None)
        with pytest.raises(ConnectionRefusedError):
            connect(workers.url)
        assert workers.errors == ""

    def test_a_worker_that_does_not_stop_is_killed(self, workers: Workers) -> None:
        hanging = workers.pids[0]
        os.kill(hanging, signal.SIGSTOP)
        expected = f"worker 1 (process {hanging}) did not stop within 5 s, so it was killed\n"
        assert workers.stop() == (0, expected)

    def test_a_terminal_that_nobody_reads_holds_up_no_stop(self, tmp_path: Path) -> None:
        reading, writing = os.pipe()
        command = [*COMMAND[:1], "-c", WITHOUT_DATABASE, "serve", "--port", "0", "--workers", "2",
                   "--ready-file", str(tmp_path / "ready")]  # fmt: skip
        sandbox = subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        Serving.started.append(sandbox)
        os.close(writing)
        wait_until((tmp_path / "ready").exists)
        url = (tmp_path / "ready").read_text().split()[0]
        for _ in range(1000):
            assert requests.post(f"{url}/Payments", data=b"{}", timeout=30).status_code == 200
        sandbox.terminate()
        assert (sandbox.communicate(timeout=30)[1], sandbox.returncode) == ("", 0)
        os.close(reading)


class TestReplacement:
    def test_a_worker_that_is_killed_is_replaced_and_logged(self, workers: Workers) -> None:
        first, second = workers.pids
        new = workers.kill(second)
        assert workers.replacements == [(2, second, "was killed by SIGKILL", new)]
        assert re.search(r"^\d\d:\d\d:\d\dZ  worker\s+2 \(process", workers.output, re.MULTILINE)
        assert set(workers.pids) == {first, new}
        assert workers.ready.exists()
        pay_at_both(workers.pay)
        assert workers.stop() == (0, "")

    def test_one_that_is_stopped_alone_is_replaced_too(self, workers: Workers) -> None:
        old = workers.pids[0]
        os.kill(old, signal.SIGTERM)
        wait_until(lambda: bool(workers.replacements))
        assert workers.replacements[0][:3] == (1, old, "ended with status 0")
        assert workers.stop() == (0, "")

    def test_without_a_log_it_is_a_warning(self, tmp_path: Path) -> None:
        with Workers(tmp_path, "--log", "none") as workers:
            old = workers.pids[0]
            new = workers.kill(old)
            expected = f"worker 1 (process {old}) was killed by SIGKILL; process {new} replaces it\n"
            assert workers.stop() == (0, expected)

    def test_connections_wait_while_no_worker_is_there(self, workers: Workers) -> None:
        for pid in workers.pids:
            os.kill(pid, signal.SIGKILL)
        assert len(workers.pay(4)) == 4
        assert workers.stop() == (0, "")

    def test_pauses_grow_while_it_dies_again_and_again_and_a_stop_ends_them(self, workers: Workers) -> None:
        pid, began, waited = workers.pids[0], stopwatch(), []
        for _ in range(4):
            pid = workers.kill(pid)
            waited.append(stopwatch() - began)
            began = stopwatch()
        assert [took >= least for took, least in zip(waited, [0, 0.25, 0.5, 1], strict=True)] == [True] * 4, waited
        os.kill(pid, signal.SIGKILL)  # the next would start two seconds later
        wait_until(lambda: pid not in workers.pids)
        assert workers.stop() == (0, "")
        assert len(workers.replacements) == 4

    def test_one_that_cannot_start_again_is_logged_with_the_reason_and_tried_again(self, tmp_path: Path) -> None:
        scenarios = tmp_path / "scenarios"
        scenarios.mkdir()
        with Workers(tmp_path, "--scenarios", str(scenarios)) as workers:
            (scenarios / "mine.yaml").write_text("nonsense")
            old = workers.pids[0]
            os.kill(old, signal.SIGKILL)
            wait_until(lambda: len(workers.replacements) == 2)
            (_, failed, reason, _) = workers.replacements[1]
            assert workers.replacements[0] == (1, old, "was killed by SIGKILL", failed)
            assert reason.startswith(f"could not start: {scenarios / 'mine.yaml'}:1: ")
            assert len(loads(workers.pay(4))) == 1
            (scenarios / "mine.yaml").unlink()
            wait_until(lambda: re.search(r"  worker\s+1 \(process", workers.output) is not None)
            pay_at_both(workers.pay)
            assert len(workers.errors.splitlines()) == len(workers.replacements) - 1
            assert workers.stop()[0] == 0

    def test_accounts_of_a_file_are_created_by_the_first_worker_alone(self, tmp_path: Path) -> None:
        accounts = tmp_path / "accounts.yaml"
        accounts.write_text("accounts: [{user: shop, secret_key: shop-secret-key}]")
        body = signed_request(documented_request("shop"), "shop-secret-key")

        def codes(running: Workers) -> set[bytes]:
            with ExitStack() as closing:
                clients = [closing.enter_context(connect(running.url)) for _ in range(16)]
                for client in clients:
                    client.sendall(request(body))
                return {re.findall(rb'"code":"([^"]+)"', answer_to(client))[0] for client in clients}

        with Workers(tmp_path, "--accounts", str(accounts)) as running:
            wait_until(lambda: codes(running) == {b"200", b"-403"})
            running.kill(running.pids[0])
            assert codes(running) == {b"-403"}
            assert running.stop() == (0, "")


class TestRefusal:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--workers", "2"], "needs a database that several processes share, and memory belongs to one process."),
            (["--workers", "2", "--database", "sqlite:///x.db"], "and an SQLite database belongs to one process. Add"),
            (["--workers", "0"], "expected a whole number from 1 to 64, not '0'"),
            (["--workers", "65"], "expected a whole number from 1 to 64, not '65'"),
        ],
    )
    def test_more_workers_than_one_need_a_database_that_they_share(
        self, tmp_path: Path, options: list[str], message: str
    ) -> None:
        ready = tmp_path / "ready"
        ready.write_text("http://127.0.0.1:1\n")
        command = [*COMMAND, "serve", "--port", "0", "--ready-file", str(ready), *options]
        done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--scenario", "declind"], r"There is no scenario 'declind'; did you mean 'declined'\?"),
            (["--database", "sqlite:////no/such/folder/x.db"], "(?!worker|Worker).*/no/such/folder/x.db"),
            (["--accounts", "/no/such/file.yaml"], "/no/such/file.yaml:1: the file cannot be read"),
            (["--host", "256.0.0.1"], "Cannot listen on 256.0.0.1 port 0"),
        ],
    )
    def test_a_start_that_fails_says_why_in_one_sentence(
        self, tmp_path: Path, options: list[str], message: str
    ) -> None:
        command = [*COMMAND[:1], "-c", WITHOUT_DATABASE, "serve", "--port", "0", "--workers", "3",
                   "--ready-file", str(tmp_path / "ready"), *options]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert re.match(message, done.stderr)
        assert len(done.stderr.splitlines()) == 1
        assert list(tmp_path.iterdir()) == []

    def test_more_workers_than_the_system_allows_is_one_sentence(self) -> None:
        command = [*COMMAND[:1], "-c", WITHOUT_DATABASE, "serve", "--port", "0", "--workers", "64"]
        few_files = ["sh", "-c", 'ulimit -n 24 && exec "$@"', "sh"]
        done = subprocess.run([*few_files, *command], capture_output=True, text=True, env=ENVIRONMENT, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(r"Cannot start worker \d+: Too many open files\. Use fewer --workers\.\n", done.stderr)

    def test_a_port_in_use_is_one_sentence(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            command = [*COMMAND[:1], "-c", WITHOUT_DATABASE, "serve", "--workers", "2", "--port", port]
            done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False, cwd=tmp_path)
        assert done.returncode == 2
        assert re.fullmatch(
            rf"Cannot listen on 127\.0\.0\.1 port {port}: Address .* in use\. Choose another .*\n", done.stderr
        )
