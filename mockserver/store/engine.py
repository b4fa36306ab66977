"""Opens the database of the SQL store."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_LONGEST_WAIT = 2  # seconds for a database that another process has locked


def open_engine(url: str) -> sa.Engine:
    """An engine whose units of work take SQLite's write lock when they begin, so that none fails half-way."""
    if not url.startswith("sqlite:///") or url in {"sqlite:///", "sqlite:///:memory:"}:
        raise ValueError(f"expected a database such as sqlite:///sandbox.db, not {url!r}")
    engine = sa.create_engine(url, connect_args={"timeout": _LONGEST_WAIT})

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine
