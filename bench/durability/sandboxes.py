"""Sandboxes as processes of their own on one database, killed and started again on the same port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.process import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("YABANDPAY_MOCK_")}


class Interruption(NamedTuple):
    """Something that was killed, and the seconds since the epoch at which it was and at which it was back."""

    victim: str
    began: float
    ended: float


class SandboxProcess:
    """`yabandpay-mock serve` on a port that it keeps, with everything that it starts in one process group."""

    def __init__(self, options: Sequence[str], errors: Path, within: Sequence[str] = ()) -> None:
        """`errors` is the file that its standard error is appended to, `within` a command that it is run by."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.errors = errors
        self._command = [
            *within,
            *(sys.executable, "-m", "mockserver", "serve", "--port", str(self.port), "--log", "none"),
            *options,
        ]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start, and wait until it accepts requests.

        Raises:
            RuntimeError: it has ended instead; the message has its status and what it said.
        """
        with self.errors.open("a", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=errors, text=True, env=_ENVIRONMENT,
                start_new_session=True,
            )  # fmt: skip
        lines = self._process.stdout or ()
        if not any("Ctrl-C to stop" in line for line in lines):
            status = self._process.wait()
            self.end(signal.SIGKILL)
            raise RuntimeError(f"status {status}: {self.errors.read_text(encoding='utf-8')}")

    @property
    def pid(self) -> int:
        """The id of its process; 0 while it does not run."""
        return self._process.pid if self._process else 0

    def victims(self) -> list[int]:
        """The ids of its process, and of the processes that it has started."""
        pid = self.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return [pid, *map(int, children.read_text(encoding="ascii").split())] if children.exists() else [pid]

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it and everything that it has started."""
        process, self._process = self._process, None
        if process is None:
            return
        if number == signal.SIGTERM:
            process.terminate()
            process.wait()
        with suppress(ProcessLookupError):  # all of it has ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


class Sandboxes:
    """Sandboxes on one database. Clients take any of those that are up."""

    def __init__(self, count: int, options: Sequence[str], folder: Path) -> None:
        self._all = [SandboxProcess(options, folder / f"sandbox-{number}.log") for number in range(count)]
        self._up: list[SandboxProcess] = []
        self._changed = threading.Condition()

    def __enter__(self) -> Sandboxes:
        try:
            for sandbox in self._all:
                self._start(sandbox)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for sandbox in self._all:
            sandbox.end(signal.SIGKILL)

    def _start(self, sandbox: SandboxProcess) -> None:
        sandbox.start()
        with self._changed:
            self._up.append(sandbox)
            self._changed.notify_all()

    def any(self, random: Random) -> SandboxProcess:
        """One that is up; waits for one if none is."""
        with self._changed:
            self._changed.wait_for(lambda: self._up)
            return random.choice(self._up)

    def take_down(self, random: Random) -> tuple[SandboxProcess, float]:
        """Kill one of them with SIGKILL; gives it, and the instant."""
        with self._changed:
            sandbox = random.choice(self._up)
            self._up.remove(sandbox)
        began = time.time()
        sandbox.end(signal.SIGKILL)
        return sandbox, began

    def bring_back(self, sandbox: SandboxProcess, began: float) -> Interruption:
        """Start one again on the same port."""
        self._start(sandbox)
        return Interruption(f"sandbox on port {sandbox.port}", began, time.time())

    def kill_worker(self, random: Random) -> Interruption | None:
        """Kill one of the processes that a sandbox with `--workers` serves with, and replaces; None if it has none."""
        workers = [pid for sandbox in self._up for pid in sandbox.victims()[1:]]
        if not workers:
            return None
        began = time.time()
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(random.choice(workers), signal.SIGKILL)
        return Interruption("worker", began, time.time())
