"""One sandbox for the tests of an example: its payers pay at once, and what a shop refuses is not sent again."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from mockserver.settings import Settings
from mockserver.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.register_assert_rewrite("tests.examples.selling")


_RAM = "/dev/shm"  # noqa: S108 - a folder of its own is made in it
_PATIENCE = 60_000


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    settings = Settings(port=0, pay_delay=10, retry_plan=(), notify_timeout=_PATIENCE, log="none")
    with Sandbox(settings) as running, running.account():  # leaving the account tells what went wrong in the sandbox
        yield running


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where a shop keeps its orders: in memory, as a busy disk makes databases wait for seconds at each commit."""
    with TemporaryDirectory(dir=_RAM if os.access(_RAM, os.W_OK) else None) as made:
        yield Path(made)
