"""One sandbox for the shops that are examined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.settings import Settings
from mockserver.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, tls_port=0, log="none", pay_delay=10)) as running:
        yield running
