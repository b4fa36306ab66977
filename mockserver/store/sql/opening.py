"""Opens the SQL store of a URL."""

from __future__ import annotations

from mockserver.store.sql.store import SqlStore


def open_sql_store(url: str, journal_size: int) -> SqlStore:
    """Open a database; a new or empty one gets the tables.

    Raises:
        ValueError: the database cannot be used; the message says why and how to fix it.
    """
    if url.startswith("postgresql"):
        from mockserver.store.sql.postgresql import PostgresqlDatabase  # noqa: PLC0415 - it needs psycopg

        return SqlStore(PostgresqlDatabase(url), journal_size)
    from mockserver.store.sql.sqlite import SqliteDatabase  # noqa: PLC0415 - the other one

    return SqlStore(SqliteDatabase(url), journal_size)
