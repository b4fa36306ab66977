"""`python -m bench.suite`: what a test suite pays for the sandbox, from the plug-in's import to the stop."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from mockserver.settings import Settings
from mockserver.testing import Sandbox

_STARTS = 200
_ACCOUNTS = 200
_IMPORTS = 15
_IMPORT = (
    "import time, pytest; t = time.perf_counter(); import mockserver.pytest_plugin; print(time.perf_counter() - t)"
)
_FIRST_USE = """
import time, pytest
from mockserver import pytest_plugin
t = time.perf_counter()
from mockserver.testing import Sandbox
with Sandbox() as sandbox, sandbox.account() as account:
    print(time.perf_counter() - t)
"""


def starts_and_stops(settings: Settings) -> tuple[list[float], list[float]]:
    """Milliseconds of each start and stop, in this process, one after the other."""
    starts, stops = [], []
    for _ in range(_STARTS):
        began = time.perf_counter()
        with Sandbox(settings):
            starts.append((time.perf_counter() - began) * 1000)
            ends = time.perf_counter()
        stops.append((time.perf_counter() - ends) * 1000)
    return starts, stops


def accounts() -> list[float]:
    """Milliseconds of making and dropping an account over HTTP."""
    taken = []
    with Sandbox() as sandbox:
        for _ in range(_ACCOUNTS + 1):
            began = time.perf_counter()
            with sandbox.account():
                pass
            taken.append((time.perf_counter() - began) * 1000)
    return taken[1:]  # the first one waits for imports


def in_fresh_process(code: str) -> float:
    """Milliseconds that a piece of code measures of itself, in processes of their own."""
    command = [sys.executable, "-c", code]
    printed = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(_IMPORTS)]
    return median(map(float, printed)) * 1000


def main() -> None:
    """Measure and print."""
    print(f"import of the plug-in: {in_fresh_process(_IMPORT):.1f} ms (goal: under 5)")
    print(f"first use in a process, imports included: {in_fresh_process(_FIRST_USE):.0f} ms")
    for name, settings in (("HTTP", Settings(port=0)), ("HTTP and HTTPS", Settings(port=0, tls=True, tls_port=0))):
        starts, stops = starts_and_stops(settings)
        print(
            f"{name}: start {median(starts):.1f} ms (longest {max(starts):.1f}), "
            f"stop {median(stops):.1f} ms (longest {max(stops):.1f}; goal: under 20)"
        )
    made = accounts()
    print(f"an account, made and dropped: {median(made):.1f} ms (longest {max(made):.1f})")


if __name__ == "__main__":
    main()
