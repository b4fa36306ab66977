"""Each store in turn: a test that takes `store` runs against every implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mockserver.store.memory import MemoryStore
from mockserver.store.sql.opening import open_sql_store
from tests.store.samples import ANNA, BERT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mockserver.store.contract import Store


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []
    url = f"sqlite:///{tmp_path / 'sandbox.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")

    def open_one() -> Store:
        memory = request.param == "memory"
        store: Store = MemoryStore(3) if memory else open_sql_store(url, 3)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    made = open_store()
    made.open_account(ANNA)
    made.open_account(BERT)
    return made
