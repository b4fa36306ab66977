"""The command `serve` as a process of its own, for tests of what it prints and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import ClassVar

COMMAND = [sys.executable, "-m", "mockserver"]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("YABANDPAY_MOCK_")}


class Serving:
    """A running `yabandpay-mock serve`, and what it printed at its start."""

    started: ClassVar[list[subprocess.Popen[str]]] = []

    def __init__(self, *options: str, **environment: str) -> None:
        command = [*COMMAND, "serve", "--port", "0", *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**ENVIRONMENT, **environment}
        )
        self.started.append(self.process)
        self.greeting = self.read_until("Ctrl-C to stop")
        self.url = re.search(r"gateway +(\S+)/Payments", self.greeting)[1]  # type: ignore[index]

    def read_until(self, end: str) -> str:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if end in line:
                break
        return "".join(lines)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors

    @classmethod
    def end_all(cls) -> None:
        """End what a test that failed has left running."""
        while cls.started:
            process = cls.started.pop()
            if process.poll() is None:
                process.kill()
                process.communicate()
