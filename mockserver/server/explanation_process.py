"""Searches for the causes of wrong signatures in a process of its own, so that it takes no time from the event loop.

The process is started for the first wrong signature. It lets others run every half a millisecond, and ends when its
standard input does: with the sandbox, however that ends. What it needs to know comes through this pipe, and never as an
argument or in the environment. Each message is a line of JSON. The sandbox sends a question: a body, the account's key,
the keys of other accounts, and what the search may spend. The process replies with `["mask", text]` for each text that
it is going to show, which the sandbox answers with the masked text; and at last with `["diagnosis", reason, record]`
or `["error", where]`.

Where no process can be started, the search runs in the thread that asks, with pauses.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import IO, TYPE_CHECKING, Any, cast

import mockserver
from mockserver.clock import stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.gateway.diagnosis import Diagnosis

STOPPED = "The signature was not explained, because the sandbox was stopping."
CRASHED = (
    "The signature was not explained, because the process that explains signatures ended unexpectedly. "
    "Send the request again, or save it and run yabandpay-mock explain with it."
)
_LONGEST_AT_WORK = 0.001  # seconds between pauses, where there is no process
_PAUSE = 0.0001  # seconds, enough for another thread to take over
_PRIVATE = "YABANDPAY_MOCK_"
_logger = logging.getLogger(__name__)
_CODE = "import sys; sys.path.append(sys.argv[1]); from {module} import reply_to_questions; reply_to_questions()"


class Interrupted(BaseException):
    """Raised in the middle of a diagnosis that cannot be finished; its text says why."""


class Explainer:
    """Diagnoses wrong signatures, one at a time. `stop` may be called on any thread, the rest on one."""

    def __init__(self, interpreter: str | None = None) -> None:
        """Use the Python of this process, unless another one is named; with an empty name, start no process."""
        self._interpreter = _own_interpreter() if interpreter is None else interpreter
        self._process: _Process | None = None
        self._stopping = Event()
        self._resumed = 0.0

    def diagnose(
        self, body: bytes, secret_key: str | None, other_keys: Mapping[str, str], mask: Callable[[str], str],
        *, is_hurried: bool = False,
    ) -> Diagnosis:  # fmt: skip
        """Diagnose a wrong signature, as `mockserver.gateway.diagnosis.diagnose_signature` does.

        When it `is_hurried`, as others wait, fewer pairs of mistakes are tried.

        Raises:
            Interrupted: the sandbox is stopping, or the process ended.
        """
        from mockserver.explain.budget import DEFAULT_UNITS, PAIRS_UNITS, Budget  # noqa: PLC0415 - only refusals need these
        from mockserver.gateway.diagnosis import Diagnosis, diagnose_signature  # noqa: PLC0415

        for_small = DEFAULT_UNITS if is_hurried else PAIRS_UNITS

        if self._stopping.is_set():
            raise Interrupted(STOPPED)
        process = self._process or self._start()
        if process is None:
            budget = Budget(pause=self._pause, for_small=for_small)
            return diagnose_signature(body, secret_key, other_keys, mask, budget)
        try:
            process.send([body.decode(), secret_key, dict(other_keys), for_small])
            while (reply := process.receive())[0] == "mask":
                process.send(mask(reply[1]))
        except _EndedError:
            status = process.end()
            self._process = None
            if self._stopping.is_set():
                raise Interrupted(STOPPED) from None
            _logger.warning("The process that explains wrong signatures ended with status %s", status)
            raise Interrupted(CRASHED) from None
        except Exception:
            self.rest()  # the process still waits for a masked text
            raise
        if reply[0] == "error":
            raise RuntimeError(reply[1])
        return Diagnosis(*reply[1:])

    def _start(self) -> _Process | None:
        if not self._interpreter:
            return None
        try:
            self._process = _Process(self._interpreter)
            if self._stopping.is_set():  # since before there was a process to be killed
                self._process.kill()
            self._process.receive()
        except (OSError, ValueError, _EndedError):  # also what is no Python, and replies something else
            self.rest()
            if self._stopping.is_set():
                raise Interrupted(STOPPED) from None
            self._interpreter = ""
        return self._process

    def _pause(self) -> None:
        if stopwatch() - self._resumed < _LONGEST_AT_WORK and not self._stopping.is_set():
            return
        if self._stopping.wait(_PAUSE):
            raise Interrupted(STOPPED)
        self._resumed = stopwatch()

    def rest(self) -> None:
        """End the process. The next wrong signature starts a new one."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def stop(self) -> None:
        """Interrupt the current diagnosis, and every later one."""
        self._stopping.set()
        if (process := self._process) is not None:
            process.kill()


class _EndedError(Exception):
    """The process has ended."""


class _Process:
    """The process, as the sandbox sees it."""

    def __init__(self, interpreter: str) -> None:
        import subprocess  # noqa: PLC0415 - only wrong signatures need these

        from mockserver.system.processes import of_its_own  # noqa: PLC0415

        code, package = _CODE.format(module=__name__), Path(mockserver.__file__).parents[1]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
        self._popen = subprocess.Popen(  # noqa: S603 - this interpreter and this package
            [interpreter, "-I", "-S", *(["-B"] if sys.dont_write_bytecode else []), "-c", code, str(package)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            **of_its_own(),  # Ctrl-C is for the sandbox
        )  # fmt: skip

    def send(self, message: Any) -> None:  # noqa: ANN401 - JSON
        try:
            _write(cast("IO[bytes]", self._popen.stdin), message)
        except OSError as error:
            raise _EndedError from error

    def receive(self) -> Any:  # noqa: ANN401 - JSON
        line = cast("IO[bytes]", self._popen.stdout).readline()
        if not line.endswith(b"\n"):
            raise _EndedError
        return json.loads(line)

    def kill(self) -> None:
        self._popen.kill()

    def end(self) -> int:
        """End it, unless it has ended by itself, and return its status."""
        with suppress(OSError), self._popen:  # what is left to be written is of no use
            self._popen.kill()
        return self._popen.wait()


def reply_to_questions() -> None:
    """Be the process: reply to each question on the standard input, until that ends."""
    from mockserver.explain.budget import Budget  # noqa: PLC0415 - the sandbox may never need these
    from mockserver.gateway.diagnosis import diagnose_signature  # noqa: PLC0415

    yield_processor = getattr(os, "sched_yield", None)  # missing on Windows
    questions, replies = sys.stdin.buffer, sys.stdout.buffer

    def mask(text: str) -> str:
        _write(replies, ["mask", text])
        masked: str = json.loads(questions.readline())
        return masked

    _write(replies, ["ready"])
    for line in iter(questions.readline, b""):
        body, secret_key, other_keys, for_small = json.loads(line)
        try:
            budget = Budget(pause=yield_processor, for_small=for_small)
            diagnosis = diagnose_signature(body.encode(), secret_key, other_keys, mask, budget)
        except Exception as error:  # noqa: BLE001 - the sandbox logs it
            _write(replies, ["error", _where(error)])
        else:
            _write(replies, ["diagnosis", *diagnosis])


def _write(pipe: IO[bytes], message: Any) -> None:  # noqa: ANN401 - JSON
    pipe.write(json.dumps(message).encode() + b"\n")
    pipe.flush()


def _where(error: Exception) -> str:
    """The type of an error and the lines that it passed through, without its text, which may have a secret."""
    from traceback import format_tb  # noqa: PLC0415 - only a fault of the sandbox's own needs it

    return f"{type(error).__name__} in the process that explains signatures:\n{''.join(format_tb(error.__traceback__))}"


def _own_interpreter() -> str:
    """The Python that runs this; empty within another program, which may not know Python's options."""
    is_python = Path(sys.executable or "").stem.lower().startswith(("python", "pypy"))
    return sys.executable if is_python and not getattr(sys, "frozen", False) else ""
