"""One sandbox for the tests of an example: its payers pay at once, and what a shop refuses is not sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.settings import Settings
from mockserver.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.register_assert_rewrite("tests.examples.selling")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Settings(port=0, pay_delay=10, retry_plan=(), log="none")) as running:
        yield running
