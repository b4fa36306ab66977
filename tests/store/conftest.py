"""Each store in turn: a test that takes `store` runs against every implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from mockserver.store.memory import MemoryStore
from mockserver.store.sql.opening import open_sql_store
from tests.store.samples import ANNA, BERT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.postgres import PostgresServer
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


@pytest.fixture(params=["sqlite", "postgresql"])
def sql_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'sandbox.db'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


class Outage(NamedTuple):
    """A database, and what makes it unavailable and available."""

    url: str
    begin: Callable[[], object]
    end: Callable[[], object]


@pytest.fixture(params=["sqlite", "postgresql"])
def outage(request: pytest.FixtureRequest, tmp_path: Path) -> Outage:
    """An empty database of each kind, which can become unavailable."""
    if request.param == "sqlite":
        folder, moved = tmp_path / "data", tmp_path / "moved"
        folder.mkdir()
        return Outage(f"sqlite:///{folder / 'sandbox.db'}", lambda: folder.rename(moved), lambda: moved.rename(folder))
    server: PostgresServer = request.getfixturevalue("own_postgres")
    return Outage(server.new_database(), lambda: server.stop("immediate"), server.start)


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    made = open_store()
    made.open_account(ANNA)
    made.open_account(BERT)
    return made
