"""Runs the commands that work with a running sandbox, as processes of their own."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.cli.commands import run
from tests.serving import COMMAND, ENVIRONMENT

if TYPE_CHECKING:
    from tests.serving import Serving


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        return json.loads(self.output)


class Terminal:
    """A terminal in which the commands use one sandbox; in this process unless it says otherwise."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.environment = {**ENVIRONMENT, "YABANDPAY_MOCK_URL": url}

    def __call__(self, *line: str) -> Done:
        return Done(*run(line[0], *line[1:], *(() if line[0] == "completion" else ("--url", self.url))))

    def process(self, *line: str, **environment: str) -> Done:
        done = subprocess.run(
            [*COMMAND, *line], capture_output=True, text=True, env={**self.environment, **environment}, check=False
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *line: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment
        )


def terminal_of(server: Serving) -> Terminal:
    return Terminal(server.url)
