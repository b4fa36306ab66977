"""The process that searches for the causes of wrong signatures: what it finds, what it knows, and when it ends."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from mockserver.client import signed_request
from mockserver.explain.budget import DEFAULT_UNITS, Budget
from mockserver.gateway.diagnosis import diagnose_signature
from mockserver.gateway.example import documented_request
from mockserver.masking import Secrets
from mockserver.server import explanation_process
from mockserver.server.explanation_process import CRASHED, STOPPED, Explainer, Interrupted, reply_to_questions
from mockserver.server.explanation_queue import ExplanationQueue
from mockserver.signing.signature import sign, signed_parameters, string_to_sign
from mockserver.testing import Sandbox
from tests.helpers import SECRET_KEY, USER
from tests.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mockserver.gateway.answer import DiagnoseSignature
    from mockserver.gateway.diagnosis import Diagnosis
    from mockserver.settings import Settings

OTHER_KEYS = {"011844": "another-secret-key", "036870": "a-third-secret-key"}
PROC = Path("/proc")
needs_proc = pytest.mark.skipif(not Path(f"/proc/{os.getpid()}/task").exists(), reason="needs Linux's /proc")


def body(key: str = SECRET_KEY, signed: Callable[[str], str] = str, **data: Any) -> bytes:
    request = documented_request(USER)
    request["data"].update(data)
    return json.dumps({**request, "sign": sign(signed(string_to_sign(signed_parameters(request))), key)}).encode()


def ask(explainer: Explainer, content: bytes = b"", mask: Callable[[str], str] = str) -> Diagnosis:
    """Ask in a hurry, as otherwise much more is tried before nothing is found."""
    return explainer.diagnose(content or body("wrong"), SECRET_KEY, OTHER_KEYS, mask, is_hurried=True)


def pid_of(explainer: Explainer) -> int:
    assert explainer._process is not None
    return explainer._process._popen.pid


def runs(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has waited for yet has."""
    try:
        return PROC.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid: int) -> list[int]:
    return [
        int(child)
        for task in PROC.joinpath(str(pid), "task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def wait_until(condition: Callable[[], bool]) -> None:
    while not condition():
        threading.Event().wait(0.001)


def sent(url: str, content: bytes) -> socket.socket:
    """A connection on which a request has arrived that nobody answers for now."""
    host = urlsplit(url)
    connection = socket.create_connection((host.hostname, host.port))
    connection.sendall(b"POST /Payments HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
    requests.post(f"{url}/Payments", data=b"{}", timeout=60)
    return connection


@pytest.fixture
def explainer() -> Iterator[Explainer]:
    made = Explainer()
    yield made
    made.rest()


QUESTIONS = {
    "a known mistake": (body(signed=str.lower), SECRET_KEY),
    "the key of another account": (body("another-secret-key"), SECRET_KEY),
    "no known mistake": (body("wrong"), SECRET_KEY),
    "a key in the body": (body(signed=lambda text: f"{text}&key={SECRET_KEY}", demo=f"{SECRET_KEY} 4111 1111 1111 1111"), SECRET_KEY),
    "a short key": (body("1", signed=str.lower, demo="1"), "1"),
    "letters of every kind": (body("wrong", demo='Caf\u00e9 \U0001f600 "\\/\n\u2028', description="分账"), SECRET_KEY),
    "numbers": (body("wrong", amount=12.50, demo=[1e-7, 10**30, {"a": [True, None, -0.0]}]), SECRET_KEY),
    "a large body": (body("wrong", demo="a&b %41 " * 20_000), SECRET_KEY),
    "an unknown user": (body("a-third-secret-key"), None),
    "an unknown user and key": (body("wrong"), None),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_it_finds_is_what_the_search_finds_here(explainer: Explainer, question: str) -> None:
    content, key = QUESTIONS[question]
    secrets = Secrets(*OTHER_KEYS.values(), SECRET_KEY)

    def mask(text: str) -> str:
        return secrets.text(text, key or "", everyone=key is None)

    here = diagnose_signature(content, key, OTHER_KEYS, mask, Budget(for_small=DEFAULT_UNITS))
    assert explainer.diagnose(content, key, OTHER_KEYS, mask, is_hurried=True) == here
    assert explainer._process is not None
    assert explainer.diagnose(content, key, OTHER_KEYS, mask, is_hurried=True) == here


def test_it_has_more_time_when_nobody_else_waits(explainer: Explainer) -> None:
    here = diagnose_signature(body("wrong"), SECRET_KEY, OTHER_KEYS, str)
    assert explainer.diagnose(body("wrong"), SECRET_KEY, OTHER_KEYS, str) == here
    assert here != ask(explainer)


def test_it_dies_in_the_middle_and_the_next_one_is_explained_by_another(
    explainer: Explainer, caplog: pytest.LogCaptureFixture
) -> None:
    pids = []

    def kill(text: str) -> str:
        pids.append(pid_of(explainer))
        os.kill(pids[-1], signal.SIGKILL)
        return text

    with pytest.raises(Interrupted, match=CRASHED):
        ask(explainer, mask=kill)
    assert len(pids) == 1
    assert "ended with status -9" in caplog.text
    assert SECRET_KEY not in caplog.text
    assert ask(explainer).reason.startswith("No known mistake")
    assert pid_of(explainer) != pids[0]


def test_it_dies_between_two_questions_and_the_next_but_one_is_explained(explainer: Explainer) -> None:
    ask(explainer)
    process = explainer._process
    assert process is not None
    process._popen.kill()
    process._popen.wait()
    with pytest.raises(Interrupted, match=CRASHED):
        ask(explainer)
    assert ask(explainer).reason.startswith("No known mistake")


def test_a_stop_in_the_middle_waits_for_nothing(explainer: Explainer, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(explainer)
    process, waits = explainer._process, threading.Event()
    assert process is not None
    os.kill(pid_of(explainer), signal.SIGSTOP)  # from now on it never replies
    receive = process.receive

    def wait_for_reply() -> Any:
        waits.set()
        return receive()

    monkeypatch.setattr(process, "receive", wait_for_reply)
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(ask, explainer)
        waits.wait()
        explainer.stop()
        with pytest.raises(Interrupted, match=STOPPED):
            asked.result()
    assert explainer._process is None
    with pytest.raises(Interrupted, match=STOPPED):
        ask(explainer)
    assert explainer._process is None


@pytest.mark.parametrize("is_up", [False, True])
def test_a_stop_while_it_starts_waits_for_nothing(monkeypatch: pytest.MonkeyPatch, *, is_up: bool) -> None:
    explainer = Explainer()

    class StoppedAtItsStart(explanation_process._Process):
        def __init__(self, interpreter: str) -> None:
            if not is_up:
                explainer.stop()  # which finds no process to be killed
            super().__init__(interpreter)

        def receive(self) -> Any:
            os.kill(self._popen.pid, signal.SIGSTOP)
            if is_up:
                explainer.stop()
            return super().receive()

    monkeypatch.setattr(explanation_process, "_Process", StoppedAtItsStart)
    with pytest.raises(Interrupted, match=STOPPED):
        ask(explainer)
    assert explainer._process is None


def test_a_text_that_cannot_be_masked_is_the_end_of_the_process_that_waits_for_it(explainer: Explainer) -> None:
    pids = []

    def fail(_text: str) -> str:
        pids.append(pid_of(explainer))
        raise OSError("the database is gone") if len(pids) > 1 else ValueError("not this text")

    with pytest.raises(ValueError, match="not this text"):
        ask(explainer, mask=fail)
    assert ask(explainer).reason.startswith("No known mistake")
    with pytest.raises(OSError, match="the database is gone"):
        ask(explainer, mask=fail)
    assert ask(explainer).reason.startswith("No known mistake")
    assert len({*pids, pid_of(explainer)}) == 3


def test_a_fault_in_it_is_raised_here_with_its_place_and_without_its_text(explainer: Explainer) -> None:
    with pytest.raises(RuntimeError, match="TypeError in the process") as caught:
        ask(explainer, json.dumps([SECRET_KEY]).encode())
    assert "diagnose_signature" in str(caught.value)
    assert "a signed body is an object" not in str(caught.value).replace('raise TypeError(f"a signed', "")
    assert ask(explainer).reason.startswith("No known mistake")
    assert SECRET_KEY not in explanation_process._where(KeyError(SECRET_KEY))


@needs_proc
def test_secrets_reach_it_through_its_standard_input_alone(
    explainer: Explainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YABANDPAY_MOCK_SECRET_KEY", SECRET_KEY)
    seen: list[str] = []

    def look(text: str) -> str:
        process = PROC / str(pid_of(explainer))
        seen.extend(process.joinpath(name).read_text() for name in ("cmdline", "environ"))
        seen.extend(str(process.joinpath("fd", str(number)).readlink()).partition(":")[0] for number in range(3))
        return text

    ask(explainer, mask=look)
    arguments, environment, *pipes = seen[:5]
    assert arguments.startswith(sys.executable)
    assert not any(key in arguments + environment for key in (SECRET_KEY, *OTHER_KEYS.values(), USER))
    assert pipes == ["pipe", "pipe", "/dev/null"]


@needs_proc
def test_it_is_out_of_the_reach_of_a_ctrl_c(explainer: Explainer) -> None:
    ask(explainer)
    assert os.getpgid(pid_of(explainer)) != os.getpgrp()


def test_it_lets_others_run_during_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    question = json.dumps([body("wrong").decode(), SECRET_KEY, OTHER_KEYS, DEFAULT_UNITS]) + "\n"
    texts = [json.dumps(text) + "\n" for text in ("masked",) * 50]
    replies, yielded = io.BytesIO(), []
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("".join([question, *texts]).encode())))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(replies))
    monkeypatch.setattr(os, "sched_yield", lambda: yielded.append(1), raising=False)
    with pytest.raises(ValueError, match="unpack"):  # what was left of the texts is no question
        reply_to_questions()
    kinds = [json.loads(line)[0] for line in replies.getvalue().splitlines()]
    assert kinds == ["ready", *["mask"] * (len(kinds) - 2), "diagnosis"]
    assert len(yielded) > 10


@pytest.mark.parametrize("interpreter", ["", "/no/such/python", "/bin/false", "/bin/true", "/bin/echo"])
def test_without_a_process_it_is_found_in_the_thread_that_asks(interpreter: str) -> None:
    explainer = Explainer(interpreter)
    assert ask(explainer) == ask(Explainer(""))
    assert (explainer._process, explainer._interpreter) == (None, "")
    assert ask(explainer).reason.startswith("No known mistake")
    explainer.stop()
    with pytest.raises(Interrupted, match=STOPPED):
        ask(explainer)


@pytest.mark.parametrize(
    ("executable", "is_used"),
    [("", False), (None, False), ("/opt/shop/bin/shop", False), ("/usr/bin/uwsgi", False), ("/usr/bin/python3.10", True),
     ("/opt/pypy/bin/pypy3", True)],
)  # fmt: skip
def test_only_an_interpreter_is_started(
    monkeypatch: pytest.MonkeyPatch, executable: str | None, *, is_used: bool
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    assert explanation_process._own_interpreter() == (executable if is_used else "")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert explanation_process._own_interpreter() == ""


class Question:
    """A refusal whose diagnosis is all that is asked for."""

    owner, size = USER, 1

    def explained(self, search: DiagnoseSignature) -> str:
        return search(body("wrong"), SECRET_KEY, OTHER_KEYS, str).reason


@needs_proc
def test_it_ends_after_a_while_without_questions_and_is_started_again() -> None:
    explainer = Explainer()
    queue = ExplanationQueue[str](longest_idle=0.001, explainer=explainer)
    started, before = [], set(children(os.getpid()))

    async def within() -> None:
        for _ in range(2):
            diagnosis = await queue.explain(Question(), asyncio.get_running_loop().create_future())
            assert diagnosis.startswith("No known mistake")
            started.append(1)
            await asyncio.to_thread(wait_until, lambda: explainer._process is None)
            assert set(children(os.getpid())) == before

    asyncio.run(within())
    queue.close()
    assert len(started) == 2


@needs_proc
def test_a_sandbox_starts_it_with_the_first_wrong_signature_and_ends_it_when_it_stops(settings: Settings) -> None:
    def send(content: bytes) -> str:
        answer = requests.post(f"{sandbox.url}/Payments", data=content, timeout=60)
        return answer.headers.get("X-Sandbox-Reason", "")

    before = set(children(os.getpid()))
    with Sandbox(settings) as sandbox:
        assert send(signed_request(documented_request(USER), SECRET_KEY)) == ""
        assert send(b"{}").startswith("Missing or empty in the envelope")
        assert set(children(os.getpid())) == before
        assert send(body("wrong")).startswith("No known mistake")
        [process] = set(children(os.getpid())) - before
        assert send(body("wrong")).startswith("No known mistake")
        assert set(children(os.getpid())) - before == {process}
    assert set(children(os.getpid())) == before


@needs_proc
@pytest.mark.parametrize("is_busy", [False, True])
def test_it_ends_with_a_sandbox_that_is_killed(*, is_busy: bool) -> None:
    server = Serving()
    requests.post(f"{server.url}/Payments", data=body("wrong"), timeout=60)
    [pid] = children(server.process.pid)
    os.kill(pid, signal.SIGSTOP)
    waiting = sent(server.url, body("wrong", demo="a&b " * 200_000)) if is_busy else None
    server.process.kill()
    server.process.communicate()
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: not runs(pid))
    if waiting is not None:
        waiting.close()


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_a_sandbox_that_stops_while_it_is_busy(number: int) -> None:
    server = Serving()
    requests.post(f"{server.url}/Payments", data=body("wrong"), timeout=60)
    [pid] = children(server.process.pid)
    os.kill(pid, signal.SIGSTOP)  # so that it stays busy
    waiting = sent(server.url, body("wrong"))
    assert server.stop(number) == (0, "")
    assert STOPPED.encode() in waiting.recv(65536)
    waiting.close()
    assert not runs(pid)
