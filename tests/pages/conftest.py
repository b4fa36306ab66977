"""The fixture of tests that have many cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.clock import FrozenClock
from mockserver.settings import Settings
from mockserver.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def lasting() -> Iterator[Sandbox]:
    """One sandbox for all cases that notice nothing of each other, as its site is assembled with its first page."""
    with Sandbox(Settings(port=0, seed="tests"), clock=FrozenClock()) as running:
        yield running
