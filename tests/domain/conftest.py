"""A unit of work on an account that has nothing but its opening balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.store.memory import MemoryStore
from tests.domain.samples import ANNA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.domain.unit_of_work import UnitOfWork


@pytest.fixture
def unit() -> Iterator[UnitOfWork]:
    store = MemoryStore(3)
    store.open_account(ANNA)
    with store.unit("anna") as opened:
        yield opened
    store.close()
