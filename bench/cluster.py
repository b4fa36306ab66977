"""A running PostgreSQL server, in which measures create their databases and read what it counts."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from bench.process import cpu_times, family

_STATEMENTS = "pg_stat_statements"
COUNTING = {"shared_preload_libraries": _STATEMENTS, f"{_STATEMENTS}.track": "none"}
"""Settings of a server that can count statements, and does so only for the databases that ask for it."""


class Cluster:
    """A PostgreSQL server in which databases are created for measures, and dropped at the end."""

    def __init__(self, url: str) -> None:
        self._url = sa.make_url(url)
        self._engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT", hide_parameters=True)
        self._made: list[str] = []

    def url(self, database: str) -> str:
        """The URL of a database, as `--database` takes it."""
        return self._url.set(database=database).render_as_string(hide_password=False)

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"yabandpay_bench_{os.getpid()}_{len(self._made)}"
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        self._made.append(name)
        return self.url(name)

    def settings(self) -> str:
        """A sentence with the version and the settings that decide what a commit costs."""
        with self._engine.connect() as connection:
            version, *values = (
                connection.exec_driver_sql(f"SHOW {name}").scalar_one()
                for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
            )
        fsync, synchronous, buffers = values
        where = "another machine" if self._postmaster() is None else "this machine"
        return (
            f"PostgreSQL {version.split()[0]} on {where}: fsync {fsync}, synchronous_commit {synchronous}, "
            f"shared_buffers {buffers}."
        )

    def cpu_seconds(self) -> float:
        """CPU time used so far by all processes of the server; 0 for a server on another machine."""
        postmaster = self._postmaster()
        used = 0.0
        for folder in [] if postmaster is None else family(postmaster):
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                used += sum(cpu_times(folder))
        return used

    def _postmaster(self) -> int | None:
        with self._engine.connect() as connection:
            backend = Path(f"/proc/{connection.exec_driver_sql('SELECT pg_backend_pid()').scalar_one()}")
            try:
                name, _, fields = (backend / "stat").read_text(encoding="utf-8").rpartition(")")
            except FileNotFoundError:
                return None
        return int(fields.split()[1]) if "postgres" in name else None

    def count_statements(self, url: str) -> bool:
        """Count the statements of connections that a database gets from now on; False if the server cannot."""
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {_STATEMENTS}")
                connection.scalar(sa.select(sa.func.count()).select_from(sa.table(_STATEMENTS)))
                connection.exec_driver_sql(
                    f"ALTER DATABASE {sa.make_url(url).database} SET {_STATEMENTS}.track = 'top'"
                )
        except sa.exc.DBAPIError:
            return False
        return True

    def statements(self, url: str) -> dict[str, tuple[int, float]]:
        """The statements that a database has run: how often, and the milliseconds of all runs."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                sa.text(
                    f"SELECT query, sum(calls), sum(total_exec_time) FROM {_STATEMENTS} "  # noqa: S608 - a constant
                    "JOIN pg_database ON pg_database.oid = dbid WHERE datname = :name GROUP BY query"
                ),
                {"name": sa.make_url(url).database},
            )
            return {query: (int(calls), float(took)) for query, calls, took in rows}

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        with self._engine.connect() as connection:
            for name in self._made:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        self._engine.dispose()
