"""A PostgreSQL server for measures: one that runs already, or one of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bench.process import cpu_times, family, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = (
    "PostgreSQL is left out: its programs and the driver psycopg are not both installed. Install them, "
    "or name a server with --postgresql postgresql+psycopg://user:password@host/postgres."
)
_OWNER = "sandbox"
_LONGEST_START = 60
_STATEMENTS = "pg_stat_statements"


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


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest of several; None if they or the driver are not installed."""
    try:
        import psycopg  # type: ignore[import-not-found,unused-ignore]  # noqa: F401, PLC0415
    except ImportError:
        return None
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    folders = [file.parent for file in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def temporary_server(folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL server of its own, which syncs each commit to the disk as it does by default.

    Raises:
        TimeoutError: it does not start.
    """
    # PostgreSQL refuses to run as root.
    owner = "postgres" if os.getuid() == 0 else None
    with TemporaryDirectory() as scratch:
        data, port = Path(scratch) / "data", free_port()
        if owner is not None:
            shutil.chown(scratch, owner)
        initialize = [str(folder / "initdb"), "-D", str(data), "-U", _OWNER, "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run(initialize, user=owner, cwd=scratch, stdout=subprocess.DEVNULL, check=True)
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": scratch, "max_connections": 200,
            "fsync": "on", "synchronous_commit": "on",
            "shared_preload_libraries": _STATEMENTS, f"{_STATEMENTS}.track": "none",
        }  # fmt: skip
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (Path(scratch) / "log").open("wb") as log:
            process = subprocess.Popen(
                [folder / "postgres", "-D", data, *given], user=owner, cwd=scratch, stdout=log, stderr=log
            )
        url = f"postgresql+psycopg://{_OWNER}@127.0.0.1:{port}/postgres"
        try:
            _wait_until_it_answers(url, process, Path(scratch) / "log")
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # which does not wait for connections to end
            process.wait()


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    began = time.monotonic()
    while True:
        try:
            engine.connect().close()
        except sa.exc.OperationalError:
            if process.poll() is not None or time.monotonic() - began > _LONGEST_START:
                raise TimeoutError(f"PostgreSQL does not start: {log.read_text(encoding='utf-8')}") from None
            time.sleep(0.02)
        else:
            return
