"""Opens the SQL store of a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.store.sql.store import SqlStore

if TYPE_CHECKING:
    from mockserver.store.sql.database import Database


def open_sql_store(url: str, journal_size: int) -> SqlStore:
    """Open a database; a new or empty one gets the tables.

    Raises:
        ValueError: the database cannot be used; the message says why and how to fix it.
    """
    if url.startswith("postgresql"):
        from mockserver.store.sql.postgresql import PostgresqlDatabase  # noqa: PLC0415 - it needs psycopg

        database: Database = PostgresqlDatabase(url)
    else:
        from mockserver.store.sql.sqlite import SqliteDatabase  # noqa: PLC0415 - the other one

        database = SqliteDatabase(url)
    with database.opening():
        store = SqlStore(database, journal_size)
    database.is_open = True
    return store
