"""The fixture of those who play scenarios over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.wire import Till

if TYPE_CHECKING:
    from mockserver.clock import FrozenClock
    from mockserver.testing import Merchant, Sandbox


@pytest.fixture
def till(sandbox: Sandbox, clock: FrozenClock, merchant: Merchant) -> Till:
    """A merchant's till at a sandbox with a frozen clock."""
    return Till(sandbox, clock, merchant)
